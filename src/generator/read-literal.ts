/** What a literal of the generated module can hold. */
export type Data = string | number | boolean | readonly Data[] | { readonly [key: string]: Data }

/** The text is not a literal of plain data. */
export class NotLiteral extends Error {}

/**
 * Reads the JavaScript literal of plain data that begins at `start`: what `literal()` writes, and what a formatter
 * makes of it. Nothing is evaluated: a generated file that somebody tampered with runs no code in here. Throws
 * `NotLiteral`.
 */
export function readLiteral(text: string, start: number): Data {
  return new Reader(text, start).value()
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
}

class Reader {
  readonly #text: string
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  value(): Data {
    if (this.#punctuation('{')) return this.#object()
    if (this.#punctuation('[')) return this.#array()
    const string = this.#string()
    if (string !== undefined) return string
    const word = this.#match(/(?:true|false|-?\d+(?:\.\d+)?)(?![\w$.])/y)
    if (word === undefined) throw this.#unexpected()
    return word === 'true' || (word !== 'false' && Number(word))
  }

  #object(): Data {
    const entries: [string, Data][] = []
    while (!this.#punctuation('}')) {
      const key = this.#key()
      this.#expect(':')
      entries.push([key, this.value()])
      if (!this.#punctuation(',')) {
        this.#expect('}')
        break
      }
    }
    // Defines own properties, also one named `__proto__`.
    return Object.fromEntries(entries)
  }

  #array(): Data {
    const items: Data[] = []
    while (!this.#punctuation(']')) {
      items.push(this.value())
      if (!this.#punctuation(',')) {
        this.#expect(']')
        break
      }
    }
    return items
  }

  #key(): string {
    const computed = this.#punctuation('[')
    const key = this.#string() ?? (computed ? undefined : this.#match(/[A-Za-z_$][\w$]*/y))
    if (key === undefined) throw this.#unexpected()
    if (computed) this.#expect(']')
    return key
  }

  #string(): string | undefined {
    const quoted = this.#match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y)
    return quoted?.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) => {
      if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
      return simpleEscapes[escaped] ?? escaped
    })
  }

  #expect(character: string): void {
    if (!this.#punctuation(character)) throw this.#unexpected()
  }

  #punctuation(character: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): string | undefined {
    this.#skip()
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  /** White space and comments. */
  #skip(): void {
    const space = /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*/y
    space.lastIndex = this.#at
    this.#at += space.exec(this.#text)?.[0].length ?? 0
  }

  #unexpected(): NotLiteral {
    return new NotLiteral(`line ${this.#text.slice(0, this.#at).split('\n').length} is not plain data`)
  }
}

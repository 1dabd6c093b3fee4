/** A value in the parentheses of an annotation. `at` is its offset in the comment. */
export type Value =
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly at: number }
  /** `first(3)`. `text` is for messages. */
  | {
      readonly kind: 'call'
      readonly name: string
      readonly items: readonly Value[]
      readonly text: string
      readonly at: number
    }

/** One entry of the parentheses: `email`, or `scope: tenant`. */
export interface Argument {
  readonly name?: string
  readonly value: Value
  /** The value as it stands in the comment. */
  readonly written: string
  readonly at: number
}

export type ArgumentList =
  | { readonly ok: true; readonly args: readonly Argument[]; readonly end: number }
  /** What is wrong, where, and an offset from which to continue. */
  | { readonly ok: false; readonly message: string; readonly at: number; readonly end: number }

interface Token {
  readonly kind: 'word' | 'string' | '(' | ')' | '[' | ']' | ',' | ':' | 'stray' | 'end'
  readonly text: string
  readonly at: number
}

// Words may contain dots, dashes and digits, so that the message for `as: patient.ssn` or `pad: 64` is about the option.
const lexemes =
  /(?<space>\s+)|(?<word>[\p{L}\p{N}_][\p{L}\p{N}_.-]*)|(?<string>"[^"\n]*")|(?<mark>[()[\],:])|(?<stray>.)/suy

class Syntax {
  constructor(
    readonly message: string,
    readonly at: number,
  ) {}
}

/** Reads the arguments that follow an opening parenthesis; `from` is the offset after it. Never throws. */
export function readArguments(text: string, from: number): ArgumentList {
  let offset = from

  const peek = (): Token => {
    const [token] = tokenAt(text, offset)
    return token
  }
  const take = (): Token => {
    const [token, end] = tokenAt(text, offset)
    offset = end
    return token
  }

  const value = (): Value => {
    const token = take()
    if (token.kind === 'word') {
      const { text: name, at } = token
      if (peek().kind !== '(') return { kind: 'word', text: name, at }
      take()
      return { kind: 'call', name, items: items(')'), text: `${name}(…)`, at }
    }
    if (token.kind === 'string') return { kind: 'string', text: token.text.slice(1, -1), at: token.at }
    if (token.kind === '[') return { kind: 'list', items: items(']'), at: token.at }
    throw new Syntax(unexpected(token, 'a value'), token.at)
  }
  const items = (close: ']' | ')'): Value[] => {
    const found: Value[] = []
    while (peek().kind !== close) {
      const token = peek()
      if (token.kind === '[') throw new Syntax('a list inside a list', token.at)
      found.push(value())
      if (peek().kind === ',') take()
      else if (peek().kind !== close) throw new Syntax(unexpected(peek(), `"," or "${close}"`), peek().at)
    }
    take()
    return found
  }
  const argument = (): Argument => {
    const first = value()
    const written = text.slice(first.at, offset)
    if (first.kind !== 'word' || peek().kind !== ':') return { value: first, written, at: first.at }
    take()
    const given = value()
    return { name: first.text, value: given, written: text.slice(given.at, offset), at: first.at }
  }

  try {
    const args: Argument[] = []
    while (peek().kind !== ')') {
      args.push(argument())
      if (peek().kind === ',') take()
      else if (peek().kind !== ')') throw new Syntax(unexpected(peek(), '"," or ")"'), peek().at)
    }
    take()
    return { ok: true, args, end: offset }
  } catch (error) {
    if (!(error instanceof Syntax)) throw error
    const close = text.indexOf(')', offset)
    return { ok: false, message: error.message, at: error.at, end: close === -1 ? text.length : close + 1 }
  }
}

function tokenAt(text: string, from: number): [token: Token, end: number] {
  let at = from
  while (at < text.length) {
    lexemes.lastIndex = at
    const match = lexemes.exec(text)
    if (match?.groups === undefined) break
    const [lexeme] = match
    const { space, word, string, mark } = match.groups
    const end = at + lexeme.length
    if (space !== undefined) {
      at = end
      continue
    }
    // The class in `mark` lists exactly the one-character kinds.
    const kind =
      word !== undefined ? 'word' : string !== undefined ? 'string' : mark !== undefined ? (mark as '(') : 'stray'
    return [{ kind, text: lexeme, at }, end]
  }
  return [{ kind: 'end', text: '', at: text.length }, text.length]
}

function unexpected(token: Token, wanted: string): string {
  if (token.kind === 'end') return 'the closing ")" is missing'
  if (token.text === '"') return 'a string without its closing "'
  return `found ${JSON.stringify(token.text)}, expected ${wanted}`
}

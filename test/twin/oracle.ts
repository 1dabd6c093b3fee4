import { createHash } from 'node:crypto'
import type { Index } from './models.js'
import type { Token } from './split.js'

const NORMALIZERS: Readonly<Record<string, (text: string) => string>> = {
  trim: (text) => text.trim(),
  lowercase: (text) => text.toLowerCase(),
  nfc: (text) => text.normalize('NFC'),
  unaccent: (text) =>
    [...text.normalize('NFD')]
      .filter((one) => !/\p{Mn}/u.test(one))
      .join('')
      .normalize('NFC'),
  digits: (text) => text.replace(/[^0-9]/g, ''),
}

/** What the plain twin has in an index column: a plain function of what two equal values have in common. */
export function oracleToken({ index, tenant, value, sought }: Token): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256').update(`${index.model}.${index.column}/`)
  hash.update(`${index.scope === 'global' ? '' : tenant}/`)
  hash.update(canonical(index, value, sought))
  return new Uint8Array(hash.digest().subarray(0, 16))
}

function canonical(index: Index, value: unknown, sought: boolean): string | Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') throw new Error('Only text and bytes are indexed')
  // Nothing else begins like a part, and of all values without one is the same said.
  if (index.part !== undefined) return `part ${sought ? partSought(index, value) : partIn(index, value)}`
  return index.normalize.reduce((text, name) => (NORMALIZERS[name] ?? unknown(name))(text), value)
}

/** A text as an index of a part has it; of a needle, without what is trimmed at its outer side alone. */
function letters({ normalize, part }: Index, text: string, sought: boolean): string[] {
  const trimmed = !sought ? NORMALIZERS.trim : (one: string) => (part?.of === 'first' ? one.trimStart() : one.trimEnd())
  let done = text
  for (const name of normalize) {
    if (name === 'trim') done = trimmed?.(done) ?? done
    else if (name === 'lowercase') done = Array.from(done, (letter) => letter.toLowerCase()).join('')
    else done = (NORMALIZERS[name] ?? unknown(name))(done)
  }
  return [...done]
}

function partIn(index: Index, text: string): string | undefined {
  const all = letters(index, text, false)
  const { of, length } = index.part ?? unknown('part')
  if (of === 'domain') return /@([^@]+)$/s.exec(all.join(''))?.[1]
  if (all.length < length) return undefined
  return (of === 'first' ? all.slice(0, length) : all.slice(all.length - length)).join('')
}

/** A needle that finds a text. `undefined` where none does. */
export function needleOf(index: Index, text: string): string | undefined {
  const part = partIn(index, text)
  return part !== undefined && index.part?.of === 'domain' ? `@${part}` : part
}

/** The part of all texts that a needle finds; `undefined` if an index of a part does not answer it. */
export function partSought(index: Index, needle: string): string | undefined {
  const all = letters(index, needle, true)
  const { of, length } = index.part ?? unknown('part')
  if (of === 'domain') return /^@([^@]+)$/s.exec(all.join(''))?.[1]
  return all.length === length ? all.join('') : undefined
}

function unknown(name: string): never {
  throw new Error(`The oracle knows no normalizer ${name}`)
}

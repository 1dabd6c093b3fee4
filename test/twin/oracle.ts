import { createHash } from 'node:crypto'
import type { Index } from './models.js'
import type { Token } from './split.js'

const NORMALIZERS: Readonly<Record<string, (text: string) => string>> = {
  trim: (text) => text.trim(),
  lowercase: (text) => text.toLowerCase(),
  unaccent: (text) =>
    [...text.normalize('NFD')]
      .filter((one) => !/\p{Mn}/u.test(one))
      .join('')
      .normalize('NFC'),
  digits: (text) => text.replace(/[^0-9]/g, ''),
}

/** What the plain twin has in an index column: a plain function of what two equal values have in common. */
export function oracleToken({ index, tenant, value }: Token): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256').update(`${index.model}.${index.column}/`)
  hash.update(`${index.scope === 'global' ? '' : tenant}/`)
  hash.update(canonical(index, value))
  return new Uint8Array(hash.digest().subarray(0, 16))
}

function canonical(index: Index, value: unknown): string | Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') throw new Error('Only text and bytes are indexed')
  return index.normalize.reduce((text, name) => (NORMALIZERS[name] ?? unknown(name))(text), value)
}

function unknown(name: string): never {
  throw new Error(`The oracle knows no normalizer ${name}`)
}

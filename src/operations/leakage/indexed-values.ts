import { paddedLength } from '../../envelope/index.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { normalize } from '../../search/index.js'
import { type Guesses, guessesOf, type IndexedValue, type ListedValue } from './value-list.js'

/** The values that are known, as an index sees them. */
export function guessesFor(field: EncryptedField, index: IndexField, values: readonly ListedValue[]): Guesses {
  return guessesOf(
    values.map(({ value, weight }): IndexedValue | undefined => {
      const seen = asIndexed(index, value)
      const length = paddedLength(Buffer.byteLength(value), field.pad ?? 1)
      const isPartless = index.kind.name !== 'equality' && seen?.token === ''
      return seen && { ...seen, length, weight, ...(isPartless && { isPartless }) }
    }),
  )
}

/** What a value's token stands for, and the value itself. Nothing for what has no token. */
export function asIndexed(
  { kind, definition }: IndexField,
  value: unknown,
): { token: string; whole: string } | undefined {
  if (typeof value !== 'string') return undefined
  const token = kind.canonical(definition, value)
  if (token === undefined) return undefined
  return { token: String(token), whole: normalize(value, definition.normalize) }
}

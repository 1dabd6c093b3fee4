import type { IndexDefinition } from '../token.js'
import type { IndexKindName } from './names.js'

/** What an operator is given. */
export type Operand = 'a value' | 'a list of values'

/** One kind of index: what its column holds for a value, and which filters it can answer with that. */
export interface IndexKind {
  readonly name: IndexKindName
  /** The operators of a filter that it answers, each with what it is given. Any other is refused before SQL. */
  readonly operators: Readonly<Record<string, Operand>>
  /** Whether it finds values in any letter case: what `mode: 'insensitive'` asks for. */
  ignoresCase(definition: IndexDefinition): boolean
  /**
   * The bytes that stand for a value, or `undefined` where none do: such a value is stored, and not found.
   *
   * Throws `ENVELOPE_VALUE_INVALID`.
   */
  canonical(definition: IndexDefinition, value: unknown): Buffer | undefined
  /** What the column holds. */
  token(subkey: Uint8Array, canonical: Uint8Array): Uint8Array<ArrayBuffer>
}

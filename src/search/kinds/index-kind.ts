import type { MacKey, Plaintext } from '../../envelope/index.js'
import type { IndexDefinition } from '../token.js'
import type { IndexKindName } from './names.js'

/** What an operator is given. */
export type Operand = 'a value' | 'a list of values'

/** One kind of index: what its column holds for a value, and which filters it can answer with that. */
export interface IndexKind {
  readonly name: IndexKindName
  /** The operators of a filter that it answers, each with what it is given. Any other is refused before SQL. */
  readonly operators: Readonly<Record<string, Operand>>
  /** Of an index of a part: what it can be asked for, for messages. Left out where that is any value. */
  readonly needles?: string
  /** Whether it finds values in any letter case: what `mode: 'insensitive'` asks for. */
  ignoresCase(definition: IndexDefinition): boolean
  /**
   * What stands for a value, or `undefined` where none do: such a value is stored, and not found.
   *
   * Throws `ENVELOPE_VALUE_INVALID`.
   */
  canonical(definition: IndexDefinition, value: unknown): Plaintext | undefined
  /**
   * What stands for the values that are searched for: for those alone, and for all of them. `undefined` where nothing does.
   *
   * Throws `ENVELOPE_VALUE_INVALID`.
   */
  needle(definition: IndexDefinition, sought: unknown): Plaintext | undefined
  /** What the column holds for each of the values. */
  tokens(key: MacKey, canonicals: readonly Plaintext[]): readonly Uint8Array<ArrayBuffer>[]
}

import type { IndexDefinition, IndexKind } from '../search/index.js'
import type { ValueType } from '../values/index.js'

export interface EncryptedField {
  readonly model: string
  readonly field: string
  /** The frozen names that are authenticated with the value. */
  readonly logicalModel: string
  readonly logicalField: string
  readonly type: ValueType
  /** Whether the field is a list, of which each element is in its own envelope. */
  readonly list: boolean
  /** Its values are sealed as long as a multiple of so many bytes. Left out: as long as they are. */
  readonly pad?: number | undefined
  /** Its column may hold plaintext from before, which is read for a while. */
  readonly legacy?: Legacy | undefined
  /** Its values are written in plaintext: envelopes are those of before, and all of them are read. */
  readonly writesPlain?: boolean | undefined
}

/** How long plaintext is read, and how it may be searched for. */
export interface Legacy {
  /** The last day, by UTC wherever the process runs: `2027-03-01`. */
  readonly until: string
  /** The end of that day (ms since 1970): from then on plaintext is refused. */
  readonly ends: number
  /** Whether the database may treat two spellings of a value as equal. */
  readonly folds: boolean
}

/** An index column. */
export interface IndexField {
  readonly model: string
  readonly field: string
  readonly source: EncryptedField
  readonly scope: 'tenant' | 'global'
  /** `@unique` by itself. */
  readonly unique: boolean
  /** Whether its column cannot be NULL: each value must then have a token. */
  readonly required: boolean
  /** What its column holds, and which filters it answers. */
  readonly kind: IndexKind
  readonly definition: IndexDefinition
}

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

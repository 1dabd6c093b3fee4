import type { IndexDefinition } from '../search/index.js'
import type { ValueType } from '../values/index.js'

export interface EncryptedField {
  readonly model: string
  readonly field: string
  /** The names that are authenticated with the value. */
  readonly logicalModel: string
  readonly logicalField: string
  readonly type: ValueType
  /** Each element is a value of its own, in an envelope of its own. */
  readonly list: boolean
  /** What a create that leaves the field out stores, as the schema writes it. */
  readonly default?: string | readonly string[] | undefined
}

/** An index column. */
export interface IndexField {
  readonly model: string
  readonly field: string
  readonly source: EncryptedField
  readonly scope: 'tenant' | 'global'
  /** `@unique` by itself. */
  readonly unique: boolean
  readonly definition: IndexDefinition
}

import type { EncryptedField, IndexField } from './field.js'
import type { Holder } from './holder.js'

/** A value in the arguments that has to be sealed. */
export interface SealLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly field: EncryptedField
  readonly tenant: string
}

/** A place in the arguments that takes the index token of a value. */
export interface TokenLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly index: IndexField
  /** Whose index key makes it: one tenant's, or the one that all share. */
  readonly tenant: string | undefined
  /** The bytes that stand for the value. */
  readonly canonical: Buffer
}

/** A value in a result that has to be opened, in place: in a copy that is ours. */
export interface OpenLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly field: EncryptedField
  /** Where it is an element of a list: the row that has the list, and the whole list as it is stored. */
  readonly list?: { readonly row: Record<string, unknown>; readonly stored: readonly unknown[] }
  /** The tenant that the row belongs to: its envelope must have been sealed for that one. */
  readonly tenant: string
}

/** Where a row is in a result, for errors. */
export interface RowLocation {
  /** The steps that lead to it: `[7, 'visits', 2]`. */
  readonly path: readonly (string | number)[]
  /** Its primary key, where the caller selected it. A BigInt is its decimal text, so that an error stays JSON. */
  readonly key?: Readonly<Record<string, string | number>>
}

/** Finds a row's place; `undefined` where it is not there. */
export type RowFinder = (row: object) => RowLocation | undefined

/** A row that holds an index column beside the field that it is computed from. */
export interface IndexCheck {
  readonly row: Record<string, unknown>
  readonly index: IndexField
  readonly tenant: string | undefined
}

import type { Plaintext } from '../envelope/index.js'
import type { EncryptedField, IndexField } from './field.js'
import type { Holder } from './holder.js'

/** A value in the arguments that has to be sealed. */
export interface SealLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly field: EncryptedField
  readonly tenant: string
}

/** What a token is for: it stands beside its value, or finds values. */
export type TokenUse = 'stored' | 'sought'

/** A place in the arguments for the index token of a value. */
export interface TokenLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly index: IndexField
  /** The tenant whose index key computes it, or `undefined` for the key that all tenants share. */
  readonly tenant: string | undefined
  /** What the token is computed from. */
  readonly canonical: Plaintext
}

/** A value in a result that has to be opened, in place, in our own copy of the result. */
export interface OpenLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly field: EncryptedField
  /** For an element of a list: the row with the list, and the whole list as it is stored. */
  readonly list?: { readonly row: Record<string, unknown>; readonly stored: readonly unknown[] }
  /** The tenant that the row belongs to, for which its envelope must have been sealed. */
  readonly tenant: string
}

/** Where a row is in a result, for errors. */
export interface RowLocation {
  /** The steps that lead to it: `[7, 'visits', 2]`. */
  readonly path: readonly (string | number)[]
  /** Its primary key, if the caller selected it. A BigInt becomes decimal text, so that the error can be written as JSON. */
  readonly key?: Readonly<Record<string, string | number>>
}

/** Finds a row's place; returns `undefined` if the row is not in the result. */
export type RowFinder = (row: object) => RowLocation | undefined

/** A row that contains an index column and the field that it is computed from. */
export interface IndexCheck {
  readonly row: Record<string, unknown>
  readonly index: IndexField
  readonly tenant: string | undefined
  /** The value is in plaintext from before it was encrypted: the index may still be empty. */
  readonly mayBeEmpty?: boolean
}

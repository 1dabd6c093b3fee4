import type { Assigned, MovedTable, RowKey, RowWrite, StoredRow } from '../../databases/index.js'
import type { ValueTarget } from '../values/value-target.js'

/** A model whose rows move, or are linked to some that do. */
export interface MovedModel {
  readonly name: string
  /** Its table, encrypted fields and owner. */
  readonly target: ValueTarget
  readonly table: MovedTable
  /** Its own tenant column, if it has one. */
  readonly tenantColumn: string | undefined
  /** What that is to hold; `null` for NULL. */
  readonly tenantText: string | null
  /** Whether something says which tenant owns a row: if not, it is the row above it. */
  readonly isOwned: boolean
  /** The foreign keys on its rows, and those that refer to them: of models that have tenants, or encrypted fields. */
  readonly up: readonly Link[]
  readonly down: readonly Link[]
  /** The columns of each unique that may change when a row moves. */
  readonly uniques: readonly (readonly string[])[]
  /** Its relations over tables of their own, to models that have tenants. */
  readonly across: readonly string[]
}

/** A foreign key. */
export interface Link {
  /** The model that has it, and the name of its relation. */
  readonly model: string
  readonly field: string
  readonly columns: readonly string[]
  /** The model that it refers to. */
  readonly to: string
  readonly references: readonly string[]
  /** `owner`: its two ends always belong to one tenant. `with`: the caller wants the rows to move with those that they refer to. */
  readonly kind: 'owner' | 'with' | 'other'
  /** Whether it contains the tenant column of both ends: then it refers to another row once that changes. */
  readonly holdsTenant: boolean
}

/** A row as it was found. */
export interface FoundRow extends StoredRow {
  /** By column: the key, foreign keys, what they refer to, and the tenant column. */
  readonly texts: ReadonlyMap<string, string | null>
}

/** A foreign key that would lead from one tenant to another. */
export interface CrossingLink {
  readonly model: string
  readonly key: RowKey
  readonly field: string
  readonly holdsTenant: boolean
}

/** The rows of a database, as far as a move needs them. What lies above implements it, and hands it in. */
export interface MovedRows {
  /** Before anything is read in a transaction. */
  begin(model: MovedModel): Promise<void>
  find(
    model: MovedModel,
    by: readonly string[],
    values: readonly RowKey[],
    how: { readonly most: number; readonly lock: boolean },
  ): Promise<FoundRow[]>
  /** The rows of other tenants than this one that are linked to such a row over a table between them. */
  across(model: MovedModel, field: string, key: RowKey, tenant: string): Promise<readonly LinkedRow[]>
  /** Compare-and-set. How many rows were changed. */
  write(model: MovedModel, rows: readonly RowWrite[]): Promise<number | 'taken'>
  assign(model: MovedModel, assigned: readonly Assigned[], keys: readonly RowKey[]): Promise<void>
}

export interface LinkedRow {
  readonly model: string
  readonly key: RowKey
}

export function nameOf(key: readonly (string | null)[]): string {
  return JSON.stringify(key)
}

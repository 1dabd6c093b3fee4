import type { EncryptedField } from './field.js'
import type { Holder } from './holder.js'
import type { OpenLeaf } from './leaf.js'

/** The list that a value is an element of: its row, and the whole list as it is stored. */
export type ListOfLeaf = NonNullable<OpenLeaf['list']>

/**
 * Values of one field of one tenant's rows, to be opened in place: where each is, in lists side by side. A result has a few
 * columns and thousands of values, for which no objects are made.
 */
export interface OpenColumn {
  readonly field: EncryptedField
  /** The tenant that the rows belong to, for which their envelopes must have been sealed. */
  readonly tenant: string
  readonly holders: Holder[]
  readonly keys: (string | number)[]
  /** For elements of lists: the list of each. */
  readonly lists: ListOfLeaf[]
}

/** Up to so many columns are searched one by one: those of a row, or of rows of one tenant. */
const FEW = 16

/** The values of a result that have to be opened. */
export class OpenColumns {
  readonly all: OpenColumn[] = []
  /** All of them, once they are many. */
  #byField: Map<EncryptedField, Map<string, OpenColumn>> | undefined

  /** How many values there are. */
  get size(): number {
    let size = 0
    for (const { holders } of this.all) size += holders.length
    return size
  }

  add(holder: Holder, key: string | number, field: EncryptedField, tenant: string, list?: ListOfLeaf): void {
    const column = this.#columnOf(field, tenant)
    column.holders.push(holder)
    column.keys.push(key)
    if (list !== undefined) column.lists.push(list)
  }

  #columnOf(field: EncryptedField, tenant: string): OpenColumn {
    const { all } = this
    if (all.length <= FEW) {
      for (const column of all) if (column.field === field && column.tenant === tenant) return column
    } else {
      const known = this.#byField?.get(field)?.get(tenant)
      if (known !== undefined) return known
    }
    const column: OpenColumn = { field, tenant, holders: [], keys: [], lists: [] }
    all.push(column)
    if (all.length > FEW) this.#note(column)
    return column
  }

  #note(added: OpenColumn): void {
    // With the one that makes them many, those before it.
    const columns = this.#byField === undefined ? this.all : [added]
    this.#byField ??= new Map()
    for (const column of columns) {
      const byTenant = this.#byField.get(column.field) ?? new Map<string, OpenColumn>()
      this.#byField.set(column.field, byTenant.set(column.tenant, column))
    }
  }
}

/** One value of a column, for errors and the like. */
export function leafAt({ field, tenant, holders, keys, lists }: OpenColumn, at: number): OpenLeaf {
  const [holder, key, list] = [holders[at], keys[at], lists[at]]
  if (holder === undefined || key === undefined) throw new Error('a value is missing')
  return { holder, key, field, tenant, ...(list !== undefined && { list }) }
}

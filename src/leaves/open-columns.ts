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

/** The columns of a field: the one that was added to last, and all of them by tenant. */
interface OfField {
  last: OpenColumn
  readonly byTenant: Map<string, OpenColumn>
}

/** The values of a result that have to be opened. */
export class OpenColumns {
  readonly all: OpenColumn[] = []
  readonly #fields = new Map<EncryptedField, OfField>()

  /** How many values there are. */
  get size(): number {
    let size = 0
    for (const { holders } of this.all) size += holders.length
    return size
  }

  add(holder: Holder, key: string | number, field: EncryptedField, tenant: string, list?: ListOfLeaf): void {
    const known = this.#fields.get(field)
    let column = known?.last.tenant === tenant ? known.last : known?.byTenant.get(tenant)
    if (column === undefined) {
      column = { field, tenant, holders: [], keys: [], lists: [] }
      this.all.push(column)
      known?.byTenant.set(tenant, column)
    }
    if (known === undefined) this.#fields.set(field, { last: column, byTenant: new Map([[tenant, column]]) })
    else known.last = column
    column.holders.push(holder)
    column.keys.push(key)
    if (list !== undefined) column.lists.push(list)
  }
}

/** One value of a column, for errors and the like. */
export function leafAt({ field, tenant, holders, keys, lists }: OpenColumn, at: number): OpenLeaf {
  const [holder, key, list] = [holders[at], keys[at], lists[at]]
  if (holder === undefined || key === undefined) throw new Error('a value is missing')
  return { holder, key, field, tenant, ...(list !== undefined && { list }) }
}

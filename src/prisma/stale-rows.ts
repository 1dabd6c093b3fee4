import type { Stored, WrappedKey } from '../envelope/index.js'
import type { LeafGroup } from '../leaves/index.js'
import type { StaleCell, StaleRow } from '../operations/lazy-rewrap.js'
import type { Model, Plain } from './query/index.js'

/** The types by which raw SQL finds the same row on every database when passed as a parameter: no dates, decimals or bytes. */
const KEY_TYPES: ReadonlySet<string> = new Set(['String', 'Int', 'BigInt'])

/** The rows of one result whose values may carry an outdated wrapped key. */
export class StaleRows {
  readonly #rows = new Map<Plain, { model: Model; tenant: string; cells: StaleCell[] }>()

  /** Adds the values of a group: all were sealed under one data key and carry the same wrapped key. */
  add({ id, columns }: LeafGroup, wrappedKey: WrappedKey, modelOf: (name: string) => Model): void {
    for (const { field, holders, keys, lists, tenant, stored } of columns) {
      const model = modelOf(field.model)
      const entry = model.fields.get(field.field)
      if (entry?.kind !== 'scalar') continue
      const about = { column: entry.column, json: field.type.column === 'json', id, wrappedKey }
      holders.forEach((holder, i) => {
        const list = lists[i]
        // A document in plaintext beside it: the list is not one of envelopes, and is left to `backfill`.
        if (list?.stored.every(isStored) === false) return
        const part = list && { list: { stored: list.stored as Stored[], at: Number(keys[i]) } }
        const cell: StaleCell = { ...about, stored: stored[i] ?? '', ...part }
        // An element is in a list, everything else in its row.
        const address = list?.row ?? (holder as Plain)
        const row = this.#rows.get(address)
        if (row === undefined) this.#rows.set(address, { model, tenant, cells: [cell] })
        else row.cells.push(cell)
      })
    }
  }

  /** The rows that can be addressed: their key was selected, and is of a type that raw SQL accepts unchanged. */
  addressed(): StaleRow[] {
    return [...this.#rows].flatMap(([row, { model, tenant, cells }]) => {
      const key = keyOf(model, row)
      if (key === undefined) return []
      return [{ model: model.name, tenant, table: model.table, schema: model.schema, key, cells }]
    })
  }
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'string' || value instanceof Uint8Array
}

function keyOf(model: Model, row: Plain): StaleRow['key'] | undefined {
  const key: { column: string; value: string | number | bigint }[] = []
  for (const field of model.key) {
    const entry = model.fields.get(field)
    const value = row[field]
    if (entry?.kind !== 'scalar' || !KEY_TYPES.has(entry.type)) return undefined
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined
    key.push({ column: entry.column, value })
  }
  return key.length === 0 ? undefined : key
}

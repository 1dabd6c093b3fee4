import type { OpenedGroup } from '../cipher/index.js'
import type { Model, Plain } from '../query/index.js'
import type { StaleCell, StaleRow } from './lazy-rewrap.js'

/** The rows of one result whose values may be wrapped out of date. */
export class StaleRows {
  readonly #rows = new Map<Plain, { model: Model; cells: StaleCell[] }>()

  /** Notes the values of a group: all were sealed under one data key, wrapped in one way. */
  add({ id, record, envelopes }: OpenedGroup, modelOf: (name: string) => Model): void {
    for (const { leaf, envelope, stored } of envelopes) {
      const model = modelOf(leaf.field.model)
      const entry = model.fields.get(leaf.field.field)
      if (entry?.kind !== 'scalar') continue
      const json = leaf.field.valueType === 'json'
      const cell: StaleCell = { column: entry.column, json, stored, envelope, id, record }
      const row = this.#rows.get(leaf.holder)
      if (row === undefined) this.#rows.set(leaf.holder, { model, cells: [cell] })
      else row.cells.push(cell)
    }
  }

  /** The rows that can be addressed: their key was selected, and is of a kind that raw SQL takes as it is. */
  addressed(): StaleRow[] {
    return [...this.#rows].flatMap(([row, { model, cells }]) => {
      const key = keyOf(model, row)
      return key === undefined ? [] : [{ table: model.table, schema: model.schema, key, cells }]
    })
  }
}

function keyOf(model: Model, row: Plain): StaleRow['key'] | undefined {
  const key: { column: string; value: string | number | bigint }[] = []
  for (const field of model.key) {
    const entry = model.fields.get(field)
    const value = row[field]
    if (entry?.kind !== 'scalar') return undefined
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined
    key.push({ column: entry.column, value })
  }
  return key.length === 0 ? undefined : key
}

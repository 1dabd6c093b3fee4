import type { Assigned, RowKey } from '../../databases/index.js'
import { type FoundRow, type Link, nameOf } from './moved-model.js'
import type { Batch, MovePlan, Survey } from './survey.js'

/** By column: what it is to hold. `null` is NULL. */
export type ColumnChanges = ReadonlyMap<string, string | null>

/** Rows of one batch of which the same columns change in the same way. */
export interface ChangedRows {
  readonly rows: readonly FoundRow[]
  readonly assigned: readonly Assigned[]
}

/**
 * The columns that say whose the rows are: tenant columns, the foreign key of the first rows, and foreign keys that refer to any of
 * these. Databases may change the latter by themselves (`ON UPDATE CASCADE`), or not.
 */
export function ownerChanges(plan: MovePlan, { batches, parent }: Survey): Map<FoundRow, ColumnChanges> {
  const changes = new Map<FoundRow, Map<string, string | null>>()
  for (const { model, rows } of batches) {
    for (const row of rows) {
      const own = new Map<string, string | null>()
      changes.set(row, own)
      if (model.tenantColumn !== undefined) own.set(model.tenantColumn, model.tenantText)
      if (plan.parent === undefined || model !== plan.root) continue
      const { columns, references } = plan.parent.link
      columns.forEach((column, i) => void own.set(column, parent?.texts.get(references[i] ?? '') ?? null))
    }
  }
  const indexes = new Map<Link, ReadonlyMap<string, FoundRow>>()
  // Until nothing changes any more: a key may have been passed on from row to row.
  while (passOn(plan, batches, changes, indexes)) {}
  return changes
}

function passOn(
  plan: MovePlan,
  batches: readonly Batch[],
  changes: ReadonlyMap<FoundRow, Map<string, string | null>>,
  indexes: Map<Link, ReadonlyMap<string, FoundRow>>,
): boolean {
  let changed = false
  for (const { model, rows } of batches) {
    for (const link of model.up) {
      if (model === plan.root && link === plan.parent?.link) continue
      const index = indexes.get(link) ?? indexOf(link, batches)
      indexes.set(link, index)
      if (index.size === 0) continue
      for (const row of rows) {
        const referred = index.get(nameOf(link.columns.map((column) => row.texts.get(column) ?? null)))
        const [own, theirs] = [changes.get(row), referred && changes.get(referred)]
        link.columns.forEach((column, i) => {
          const after = theirs?.get(link.references[i] ?? '')
          if (after === undefined || own === undefined || own.has(column)) return
          own.set(column, after)
          changed = true
        })
      }
    }
  }
  return changed
}

/** The rows that move, by what a foreign key refers to. */
function indexOf({ to, references }: Link, batches: readonly Batch[]): Map<string, FoundRow> {
  const index = new Map<string, FoundRow>()
  for (const { model, rows } of batches) {
    if (model.name !== to) continue
    for (const row of rows) index.set(nameOf(references.map((column) => row.texts.get(column) ?? null)), row)
  }
  return index
}

/** Those that change alike, together. */
export function grouped({ rows }: Batch, changes: ReadonlyMap<FoundRow, ColumnChanges>): ChangedRows[] {
  const groups = new Map<string, { rows: FoundRow[]; assigned: Assigned[] }>()
  for (const row of rows) {
    const assigned = [...(changes.get(row) ?? [])].map(([column, text]) => ({ column, text }))
    if (assigned.length === 0) continue
    const name = JSON.stringify(assigned)
    const group = groups.get(name) ?? { rows: [], assigned }
    groups.set(name, group)
    group.rows.push(row)
  }
  return [...groups.values()]
}

/** A row's key afterwards. */
export function newKey({ model }: Batch, row: FoundRow, changes: ColumnChanges | undefined): RowKey {
  return model.table.key.map((column, i) => changes?.get(column) ?? row.key[i] ?? '')
}

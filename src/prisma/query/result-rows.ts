import type { EncryptedField, IndexField, OpenLeaf } from '../../leaves/index.js'
import type { ResultContext } from './context.js'
import type { Model } from './models.js'
import type { Plain } from './prisma-values.js'
import { foreignRow } from './refusals.js'
import { canonicalTenant } from './tenant-values.js'

/**
 * A field's envelope, or those of its elements. What is no list in the place of one is a leaf too, and will not open.
 *
 * @param row a copy that may be written into; its list is copied here.
 */
export function addLeaves(leaves: OpenLeaf[], row: Plain, key: string, field: EncryptedField, tenant: string): void {
  const value = row[key]
  if (!field.list || !Array.isArray(value)) {
    leaves.push({ holder: row, key, field, tenant })
    return
  }
  const list = { row, stored: value as readonly unknown[] }
  const copy = [...list.stored]
  row[key] = copy
  for (const at of copy.keys()) leaves.push({ holder: copy, key: at, field, tenant, list })
}

/** The index columns that a row contains beside the fields that they are computed from: those that can be compared. */
export function indexesIn(model: Model, row: Plain): IndexField[] {
  return [...model.indexes].flatMap(([source, indexes]) =>
    row[source] === undefined ? [] : indexes.filter((index) => row[index.field] !== undefined),
  )
}

/** The tenant of a row: that of its tenant column, else of the context, else of the row above, else the constant one. */
export function tenantOfRow(
  { models, bound, fallback }: ResultContext,
  model: Model,
  row: Plain,
  above: string | undefined,
): string | undefined {
  const column = model.tenant === undefined ? undefined : row[model.tenant.field]
  if (column === undefined || column === null || column === '') return bound ?? above ?? fallback
  const own = canonicalTenant(models, column)
  if (bound !== undefined && own !== bound && holdsEnvelopes(model, row)) throw foreignRow(model.name, bound)
  return own
}

function holdsEnvelopes(model: Model, row: Plain): boolean {
  for (const key of model.encrypted.keys()) if (holdsEnvelope(row[key])) return true
  return false
}

/** There is none in NULL, in what was not selected, or in an empty list. */
export function holdsEnvelope(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
}

/** With the same properties, in the same order, and the same prototype; not frozen, even if the row is. */
export function copyOf(row: Plain): Plain {
  const prototype: unknown = Object.getPrototypeOf(row)
  const copy = { ...row }
  return prototype === Object.prototype ? copy : Object.setPrototypeOf(copy, prototype as object | null)
}

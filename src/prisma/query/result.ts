import type { EncryptedField } from '../../leaves/index.js'
import type { OpenLeaf } from '../../leaves/leaf.js'
import type { Plain } from './call.js'
import type { Model, Models } from './models.js'
import { foreignRow } from './refusals.js'
import { canonicalTenant } from './row-tenant.js'

export interface ResultContext {
  readonly models: Models
  readonly bound: string | undefined
  readonly fallback: string | undefined
}

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

/** Whose row this is: its tenant column, else the context, else the row above, else the constant tenant. */
export function tenantOfRow(
  context: ResultContext,
  model: Model,
  row: Plain,
  above: string | undefined,
): string | undefined {
  const { bound, fallback } = context
  const column = model.tenant === undefined ? undefined : row[model.tenant.field]
  if (column === undefined || column === null || column === '') return bound ?? above ?? fallback
  const own = canonicalTenant(context.models, column)
  if (bound !== undefined && own !== bound && holdsEnvelopes(model, row)) {
    throw foreignRow(model.name, bound)
  }
  return own
}

function holdsEnvelopes(model: Model, row: Plain): boolean {
  for (const key of model.encrypted.keys()) if (holdsEnvelope(row[key])) return true
  return false
}

/** There is none in NULL, in what was not selected, and in an empty list. */
export function holdsEnvelope(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
}

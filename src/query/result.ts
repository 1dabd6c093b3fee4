import type { Plain } from './call.js'
import type { Holder } from './holder.js'
import type { EncryptedField, Model, Models } from './models.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import type { ReadPlan } from './read.js'
import { foreignRow, tenantRequired } from './refusals.js'
import { canonicalTenant } from './tenant.js'

/** A value in a result that has to be opened, in place. */
export interface OpenLeaf {
  readonly holder: Holder
  readonly key: string | number
  readonly field: EncryptedField
  /** Where it is an element of a list: the row that has the list, and the whole list as it is stored. */
  readonly list?: { readonly row: Plain; readonly stored: readonly unknown[] }
  /** The tenant that the row belongs to: its envelope must have been sealed for that one. */
  readonly tenant: string
}

export interface ResultContext {
  readonly models: Models
  readonly bound: string | undefined
  readonly fallback: string | undefined
}

/**
 * Collects what has to be opened in one row or a list of them. Goes by the model, not by what was asked for: result
 * extensions may have asked for more.
 *
 * @param above the tenant of the row that holds this one, for models that do not say theirs.
 */
export function collectLeaves(
  context: ResultContext,
  model: Model,
  result: unknown,
  leaves: OpenLeaf[],
  above?: string | undefined,
): void {
  if (!model.reaches || typeof result !== 'object' || result === null) return
  if (Array.isArray(result)) {
    for (const row of result) collectFromRow(context, model, row as unknown, leaves, above)
    return
  }
  collectFromRow(context, model, result, leaves, above)
}

function collectFromRow(
  context: ResultContext,
  model: Model,
  row: unknown,
  leaves: OpenLeaf[],
  above: string | undefined,
): void {
  if (typeof row !== 'object' || row === null) return
  // Rows come from Prisma as objects of columns and relations.
  const holder = row as Plain
  const tenant = tenantOfRow(context, model, holder, above)
  for (const [key, field] of model.encrypted) {
    if (!holdsEnvelope(holder[key])) continue
    if (tenant === undefined) throw unknownTenantOf(model)
    addLeaves(leaves, holder, key, field, tenant)
  }
  for (const [key, relation] of model.sensitive) {
    const nested = holder[key]
    if (nested !== undefined) collectLeaves(context, context.models.get(relation.model), nested, leaves, tenant)
  }
}

/** A field's envelope, or those of its elements. What is no list in the place of one is a leaf too, and will not open. */
export function addLeaves(leaves: OpenLeaf[], row: Plain, key: string, field: EncryptedField, tenant: string): void {
  const value = row[key]
  if (!field.list || !Array.isArray(value)) {
    leaves.push({ holder: row, key, field, tenant })
    return
  }
  const list = { row, stored: [...value] }
  for (const at of value.keys()) leaves.push({ holder: value, key: at, field, tenant, list })
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
function holdsEnvelope(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
}

function unknownTenantOf(model: Model): Error {
  return tenantRequired(model.name, model.tenant?.field)
}

/**
 * Applies the guards of to-one relations, before anything is opened: a foreign row is made absent, or is an error where
 * there must be one. Gives the result, which may itself be such a row.
 */
export function guardRows(context: ResultContext, model: Model, plan: ReadPlan, result: unknown): unknown {
  if (plan.guard === undefined && plan.relations.size === 0) return result
  if (Array.isArray(result)) {
    result.forEach((row, at) => {
      result[at] = guardRows(context, model, plan, row)
    })
    return result
  }
  if (!isPlainObject(result)) return result
  if (plan.guard !== undefined && model.tenant !== undefined && context.bound !== undefined) {
    const own = result[model.tenant.field]
    if (isAbsent(own) || own === '' || canonicalTenant(context.models, own) !== context.bound) {
      if (plan.guard === 'absent') return null
      throw foreignRow(model.name, context.bound)
    }
  }
  for (const [name, nested] of plan.relations) {
    const entry = model.fields.get(name)
    const row = result[name]
    if (entry?.kind !== 'relation' || row === null || row === undefined) continue
    result[name] = guardRows(context, context.models.get(entry.model), nested, row)
  }
  return result
}

/** Takes out what was added to the selection. */
export function stripAdded(plan: ReadPlan, result: unknown): void {
  if (plan.added.length === 0 && plan.relations.size === 0) return
  for (const row of Array.isArray(result) ? result : [result]) {
    if (!isPlainObject(row)) continue
    for (const field of plan.added) {
      if (plan.computed === true) Object.defineProperty(row, field, { enumerable: false })
      else delete row[field]
    }
    for (const [relation, nested] of plan.relations) stripAdded(nested, row[relation])
  }
}

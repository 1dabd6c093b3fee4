import type { Model } from './models.js'
import { ownValue } from './own.js'
import type { ReadPlan } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { isComputed, omittedByClient } from './selection.js'
import type { Rows } from './walk.js'

/** When a result must say which tenant owns its rows. */
export type TenantShown = 'always' | 'never' | 'with envelopes'

/**
 * Adds to a selection what the result would not say about its rows by itself: their tenant, where they contain envelopes
 * or lead to rows that do; and their key, where envelopes may be rewrapped afterwards. Returns what was added.
 */
export function addFields(rows: Rows, args: Plain, shown: TenantShown): string[] {
  const { context, model } = rows
  const select = ownValue(args, 'select')
  if (selectsNothing(select)) return []
  const wanted: string[] = []
  if (model.tenant !== undefined && mustShow(model, select, shown)) wanted.push(model.tenant.field)
  if (context.rewraps === true && readsEncrypted(rows, args)) wanted.push(...model.key)
  return addScalars(rows, args, wanted)
}

/** Prisma refuses a selection of nothing; with a field of ours in it, it would return rows of nothing. */
export function selectsNothing(select: unknown): boolean {
  return isPlainObject(select) && !Object.values(select).some((value) => value !== false && !isAbsent(value))
}

/** Whether the result has to say which tenant owns a model's rows. */
export function mustShow(model: Model, select: unknown, shown: TenantShown): boolean {
  return shown === 'always' || (shown === 'with envelopes' && reachesEnvelopes(model, select))
}

/** Adds scalar fields to a selection, in place; returns those that were not in it. */
export function addScalars(rows: Rows, args: Plain, wanted: readonly string[]): string[] {
  const [select, omit] = [ownValue(args, 'select'), ownValue(args, 'omit')]
  const added = [...new Set(wanted)].filter((field) => isLeftOut(rows, args, field))
  if (added.length === 0) return added
  if (isPlainObject(select)) for (const field of added) select[field] = true
  else args.omit = { ...(isPlainObject(omit) && omit), ...Object.fromEntries(added.map((f) => [f, false])) }
  return added
}

/** Which of the added fields the computed fields of the selection need. */
export function neededOf({ context, model }: Rows, args: Plain, added: readonly string[]): readonly string[] {
  const { computed } = context
  if (computed === undefined || added.length === 0) return []
  const select = ownValue(args, 'select')
  const selected = isPlainObject(select) && Object.keys(select).some((key) => isComputed(model, key))
  return added.filter((field) => computed.need(model.name, args, field, selected))
}

/** Whether a computed field needs something that was added to one of these. */
export function computesAny(relations: ReadonlyMap<string, ReadPlan>): boolean {
  return [...relations.values()].some(({ computes }) => computes === true)
}

/** Whether the rows themselves, without what they are related to, contain envelopes. */
function readsEncrypted(rows: Rows, args: Plain): boolean {
  const { model } = rows
  if (model.encrypted.size === 0) return false
  const select = ownValue(args, 'select')
  if (isPlainObject(select) && Object.keys(select).some((key) => isComputed(model, key))) return true
  return [...model.encrypted.keys()].some((field) => !isLeftOut(rows, args, field))
}

/** Whether a scalar field is not in the result, because of `select`, `omit`, or the client's `omit` option. */
function isLeftOut(rows: Rows, args: Plain, field: string): boolean {
  const [select, omit] = [ownValue(args, 'select'), ownValue(args, 'omit')]
  if (isPlainObject(select)) return ownValue(select, field) !== true
  const choice = isPlainObject(omit) ? ownValue(omit, field) : undefined
  return (isAbsent(choice) ? omittedByClient(rows, field) : choice) === true
}

/** Whether the rows, or those that come with them, may contain envelopes. */
function reachesEnvelopes(model: Model, select: unknown): boolean {
  if (!isPlainObject(select)) return model.reaches
  return Object.entries(select).some(([key, value]) => {
    if (value === false || isAbsent(value)) return false
    return model.encrypted.has(key) || model.sensitive.has(key) || isComputed(model, key)
  })
}

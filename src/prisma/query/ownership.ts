import type { ColumnTenant, RelationEntry } from '../../schema/model-map.js'
import { pinnedIn } from './conditions.js'
import type { Model, Models, TenantStep } from './models.js'
import { ownValue } from './own.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { checkSpelling, columnValue, tenantOfColumn } from './tenant-values.js'

/**
 * Which tenant owns a row: its tenant column says so, or the row that a relation leads to, or the model itself. What is
 * here depends on the schema alone, not on a call.
 */

/** Whether each row belongs to a tenant that the database knows: by its column, or through a relation. */
export function isOwned({ tenant, step }: Model): boolean {
  return tenant !== undefined || step !== undefined
}

/** The tenant column of a model, or that at the end of the way from it. */
export function tenantColumnOf(models: Models, model: Model): { model: Model; tenant: ColumnTenant } | undefined {
  if (model.tenant !== undefined) return { model, tenant: model.tenant }
  return model.step === undefined ? undefined : tenantColumnOf(models, models.get(model.step.entry.model))
}

/** Whether a relation is the owner relation of the rows at either end: then both ends have the same tenant. */
export function isStep(models: Models, model: Model, relation: RelationEntry): boolean {
  return model.step?.entry === relation || leadsBelow(models, model, relation)
}

/** Whether the rows at the end of a relation belong to this model's row. */
export function leadsBelow(models: Models, model: Model, relation: RelationEntry): boolean {
  const { step } = models.get(relation.model)
  return step?.name === relation.opposite && step.entry.model === model.name
}

/**
 * Whether the two ends of a relation are in one tenant: it is the owner relation of one end; or the database sees to it,
 * because both models have a tenant column, and the foreign key between them contains it at both ends.
 */
export function holdsTenant(models: Models, model: Model, relation: RelationEntry): boolean {
  if (isStep(models, model, relation)) return true
  const target = models.get(relation.model)
  const opposite = target.fields.get(relation.opposite)
  const [child, parent, entry] =
    relation.fields !== undefined
      ? [model, target, relation]
      : [target, model, opposite?.kind === 'relation' ? opposite : undefined]
  if (child.tenant === undefined || parent.tenant === undefined) return false
  const at = entry?.fields?.indexOf(child.tenant.field) ?? -1
  return at >= 0 && entry?.references?.[at] === parent.tenant.field
}

/**
 * The filter that a tenant's rows meet: `{ orgId: 'acme' }`, or `{ envelope: { is: { orgId: 'acme' } } }`. `undefined` for a
 * model whose rows the database does not tell apart.
 *
 * @param negated whether it may come to be negated. SQL's NULL is not unequal to anything: the filter then says so.
 */
export function ownerFilter(models: Models, model: Model, tenant: string, negated = false): Plain | undefined {
  const { tenant: column, step } = model
  if (column !== undefined) {
    // Nobody's rows: the shared tenant has none here.
    if (tenant === models.sharedTenant && column.optional !== true) return { [column.field]: { in: [] } }
    const equality = { [column.field]: columnValue(models, model, column, tenant) }
    return negated ? negatable(column, equality) : equality
  }
  if (step === undefined) return undefined
  const parent = models.get(step.entry.model)
  if (tenant !== models.sharedTenant) return { [step.name]: { is: ownerFilter(models, parent, tenant, negated) } }
  const none = { [step.name]: null }
  if (!mayBeShared(models, parent)) {
    return step.nullable ? none : { [step.name]: { is: ownerFilter(models, parent, tenant) } }
  }
  const through = { [step.name]: { is: ownerFilter(models, parent, tenant, negated) } }
  return step.nullable ? { OR: [none, through] } : through
}

/** An equality on a tenant column that may come to be negated: rows with NULL do not meet it, and meet its opposite. */
export function negatable({ field, optional }: ColumnTenant, equality: Plain): Plain {
  return optional === true && equality[field] !== null ? { AND: [{ [field]: { not: null } }, equality] } : equality
}

/** Refuses a tenant that no row of a model can have. Throws `ENVELOPE_TENANT_INVALID`. */
export function checkOwner(models: Models, model: Model, tenant: string): void {
  const { tenant: column, step } = model
  if (column !== undefined) checkSpelling(models, model, tenant)
  if (step === undefined || (tenant === models.sharedTenant && step.nullable)) return
  checkOwner(models, models.get(step.entry.model), tenant)
}

/** Whether some of a model's rows belong to the shared tenant. */
function mayBeShared(models: Models, { tenant, step, shared }: Model): boolean {
  if (step === undefined) return shared !== undefined || tenant?.optional === true
  return step.nullable || mayBeShared(models, models.get(step.entry.model))
}

/** What has to be selected of a row to know its tenant: `{ envelope: { select: { orgId: true } } }`. */
export function tenantSelection(models: Models, { tenant, step }: Model): Plain {
  if (tenant !== undefined) return { [tenant.field]: true }
  if (step === undefined) return {}
  const parent = { [step.name]: { select: tenantSelection(models, models.get(step.entry.model)) } }
  return step.entry.optional === true ? { ...selectionOf(step.fields), ...parent } : parent
}

/** `{ id: true, token: true }`. */
export function selectionOf(fields: readonly string[]): Plain {
  return Object.fromEntries(fields.map((field) => [field, true]))
}

/** Finds the tenant of a row of which only the foreign key to it is in a result. */
export type ParentFinder = (parent: Model, reference: Plain) => string | undefined

/**
 * The tenant of a row that contains what {@link tenantSelection} selects. `undefined` where it does not say: a caller's own
 * filter hides the parent, or there is none.
 *
 * Throws `ENVELOPE_TENANT_INVALID` where a tenant column contains what no tenant is called.
 */
export function tenantInRow(models: Models, model: Model, row: Plain, find?: ParentFinder): string | undefined {
  const { tenant, step, shared } = model
  if (shared !== undefined) return shared
  if (tenant !== undefined) {
    const value = row[tenant.field]
    if (value === null && tenant.optional === true) return models.sharedTenant
    return value === null || value === undefined || value === '' ? undefined : tenantOfColumn(models, model, value)
  }
  if (step === undefined) return undefined
  const parent = row[step.name]
  const target = models.get(step.entry.model)
  if (typeof parent === 'object' && parent !== null) return tenantInRow(models, target, parent as Plain, find)
  if (parent !== null) return undefined
  const reference = referenceOf(step, row)
  if (reference === 'incomplete') return undefined
  return reference === undefined ? models.sharedTenant : find?.(target, reference)
}

/** What a row's foreign key refers to: nothing, where a part of it is NULL. */
function referenceOf({ fields, references }: TenantStep, row: Plain): Plain | 'incomplete' | undefined {
  const values = fields.map((field) => row[field])
  if (values.some((value) => value === undefined)) return 'incomplete'
  if (values.some((value) => value === null)) return undefined
  return Object.fromEntries(references.map((reference, at) => [reference, values[at]]))
}

/** The tenant to which a filter limits the rows that it finds: by the tenant column, or along the relations to it. */
export function tenantInWhere(models: Models, model: Model, where: unknown): string | undefined {
  const { tenant, step, shared } = model
  if (shared !== undefined) return shared
  if (tenant !== undefined) {
    const value = pinnedIn(model, where, tenant.field, tenant.optional === true)
    if (value === null) return models.sharedTenant
    return value === undefined ? undefined : tenantOfColumn(models, model, value)
  }
  if (step === undefined || !isPlainObject(where)) return undefined
  const own = tenantInStep(models, step, ownValue(where, step.name))
  if (own !== undefined) return own
  const both = ownValue(where, 'AND')
  for (const part of isAbsent(both) ? [] : each(both)) {
    const inside = tenantInWhere(models, model, part)
    if (inside !== undefined) return inside
  }
  return undefined
}

function tenantInStep(models: Models, step: TenantStep, filter: unknown): string | undefined {
  if (filter === null) return step.nullable ? models.sharedTenant : undefined
  if (!isPlainObject(filter)) return undefined
  const parent = models.get(step.entry.model)
  if (!Object.hasOwn(filter, 'is') || parent.fields.has('is')) return tenantInWhere(models, parent, filter)
  return filter.is === null ? tenantInStep(models, step, null) : tenantInWhere(models, parent, filter.is)
}

import type { ColumnTenant, RelationEntry } from '../../schema/model-map.js'
import { addFilter, meetNothing } from './conditions.js'
import { foreignKeyIn, hasDefault } from './foreign-keys.js'
import { LateTenant, type RowLookup, TenantQuestion } from './late-tenant.js'
import type { Model, TenantStep } from './models.js'
import { ownValue } from './own.js'
import { checkOwner, ownerFilter, tenantInWhere } from './ownership.js'
import type { Owner } from './plan.js'
import { isPlainObject, type Plain } from './prisma-values.js'
import {
  foreignRow,
  movePossible,
  ownerMissing,
  ownersDiffer,
  parentTenantUnknown,
  tenantChanged,
  tenantConflict,
} from './refusals.js'
import { disconnects, tenantOfCreate, tenantOfUpdate, tenantOwners } from './row-tenant.js'
import { alongRelation, filterTenant, type RowWalk, rootOf, type Walk, type WriteWalk } from './walk.js'

/**
 * The owner of a row that is written, where it has an owner relation: that of the row it belongs to, and so on until a tenant
 * column.
 * Known from the arguments or the client, or else looked up before the call is sent. Once a call is filtered, the filter sees
 * to it, and there is nothing to look up but what foreign keys refer to, which Prisma lets nobody filter.
 */

/** The owner of a row that is created. */
export function ownerOfCreate(walk: WriteWalk, data: Plain): Owner {
  const { owners } = walk.draft
  const known = owners.get(data)
  if (known !== undefined) return known
  const owner = newOwner(walk, data)
  owners.set(data, owner)
  return owner
}

function newOwner(walk: WriteWalk, data: Plain): Owner {
  const { model } = walk
  if (model.shared !== undefined) return { tenant: model.shared }
  if (model.step !== undefined)
    return ofTheCall(
      walk,
      walk.below ? walk : (linkedOwner(walk, model.step, data) ?? keyOwner(walk, model.step, data)),
    )
  const tenant = tenantOfCreate(walk, data)
  if (tenant !== undefined) return { tenant }
  if (model.tenant === undefined || walk.held) return { tenant, ask: walk.ask }
  return { tenant, ask: askByColumn(walk, model.tenant, data) }
}

/** The question for the row that fills the tenant column, where it is linked by a unique that does not contain its tenant. */
function askByColumn(walk: WriteWalk, column: ColumnTenant, data: Plain): TenantQuestion | undefined {
  const asked = tenantOwners(walk.model, column).flatMap(({ name, entry, reference }) => {
    if (walk.context.models.get(entry.model).tenant?.field !== reference) return []
    const owner = linkedOwner(walk, { name, entry }, data)
    return owner?.ask === undefined ? [] : [owner]
  })
  const [first, ...others] = asked
  if (first !== undefined)
    for (const other of others) sameOwner(walk, first, other, () => ownersDiffer(walk.model.name))
  return first?.ask
}

/**
 * The owner of rows that are updated.
 *
 * @param unique whether the filter names one row, which can be looked up.
 */
export function ownerOfUpdate(
  walk: WriteWalk,
  where: unknown,
  unique: boolean,
): Owner & { readonly askBelow?: TenantQuestion | undefined } {
  const { context, model } = walk
  if (model.shared !== undefined) return { tenant: model.shared }
  const asked = (): TenantQuestion | undefined =>
    unique && isPlainObject(where) ? question(walk, { model, by: 'unique', where }) : undefined
  if (model.step === undefined) {
    const tenant = tenantOfUpdate(walk, where)
    if (tenant !== undefined) return { tenant }
    return { tenant, ask: walk.ask, askBelow: asked() }
  }
  const named = tenantInWhere(context.models, model, where)
  if (named !== undefined) return ofTheCall(walk, { tenant: named })
  if (walk.joined) return ofTheCall(walk, walk)
  return ofTheCall(walk, { tenant: undefined, ask: asked() })
}

/** Holds an owner against the tenant that the call is for, if it is for one. */
function ofTheCall({ context, model, draft }: WriteWalk, { tenant, ask }: Owner): Owner {
  const { bound } = context
  if (bound === undefined) return { tenant, ask }
  if (tenant !== undefined && tenant !== bound) throw tenantConflict(model.name, tenant, bound)
  checkOwner(context.models, model, bound)
  if (context.filtersTenant || tenant !== undefined) return { tenant: bound }
  // Without the filter, only a look-up can tell whether the row is the tenant's; of many rows, nothing can.
  if (ask === undefined) return { tenant: undefined }
  return {
    tenant: undefined,
    ask: new TenantQuestion(() => {
      const late = ask.ask()
      draft.checks.push(() => {
        if (late.tenant !== undefined && late.tenant !== bound) throw foreignRow(model.name, bound)
      })
      return late
    }),
  }
}

/** The question for a row's tenant. The row that was found is the one that the call will find, or none. */
function question({ context, draft }: Walk, lookup: RowLookup, otherwise?: () => Owner): TenantQuestion {
  const { model, by, where } = lookup
  return new TenantQuestion(() => {
    const late = new LateTenant(lookup, {
      found(tenant) {
        if (by === 'unique') addFilter(where, ownerFilter(context.models, model, tenant) ?? {})
      },
      missing() {
        if (by === 'reference') throw ownerMissing(model.name)
        // Should it appear before the call is sent, it is not the row whose tenant was looked up.
        meetNothing(model, where)
        if (otherwise === undefined) return undefined
        const created = otherwise()
        const tenant = created.tenant ?? created.ask?.ask()
        if (tenant === undefined) throw parentTenantUnknown(model.name)
        return tenant
      },
    })
    draft.lates.push(late)
    return late
  })
}

/** The owner of the row that a write of the step relation links to. `undefined` where it links to none. */
function linkedOwner(
  walk: WriteWalk | RowWalk,
  step: Pick<TenantStep, 'name' | 'entry'>,
  data: Plain,
): Owner | undefined {
  const write = ownValue(data, step.name)
  if (!isPlainObject(write)) return undefined
  const parent = alongRelation(walk, step.entry)
  const created = (row: unknown): Owner =>
    isPlainObject(row) ? ownerOfCreate(rootOf(walk.context, walk.draft, parent.model), row) : { tenant: undefined }
  const linked: Owner[] = []
  for (const [operation, value] of Object.entries(write)) {
    if (operation === 'disconnect' && disconnects(write)) linked.push({ tenant: walk.context.models.sharedTenant })
    if (!isPlainObject(value)) continue
    if (operation === 'connect') linked.push(foundOwner(parent, value))
    if (operation === 'connectOrCreate')
      linked.push(foundOwner(parent, ownValue(value, 'where'), () => created(ownValue(value, 'create'))))
    if (operation === 'create') linked.push(created(value))
    if (operation === 'upsert') {
      // Planned with the nested write: what the row refers to matters only if it is created.
      const tenant = filterTenant(parent)
      linked.push(tenant === undefined ? created(ownValue(value, 'create')) : { tenant })
    }
  }
  const [owner, ...others] = linked
  // Prisma does all of them, and leaves the row with the parent of the last.
  if (owner !== undefined)
    for (const other of others) sameOwner(walk, owner, other, () => ownersDiffer(walk.model.name))
  return owner
}

/**
 * The owner of a row that a unique filter finds.
 *
 * @param otherwise the owner of the row that is created where there is none.
 */
export function foundOwner(walk: Walk, where: unknown, otherwise?: () => Owner): Owner {
  const { context, model } = walk
  const tenant = filterTenant(walk)
  if (tenant !== undefined) return { tenant }
  const named = tenantInWhere(context.models, model, where)
  if (named !== undefined || !isPlainObject(where)) return { tenant: named }
  return { tenant: undefined, ask: question(walk, { model, by: 'unique', where }, otherwise) }
}

/** The owner of the row that the scalar foreign key of a created row refers to. */
function keyOwner(walk: WriteWalk, step: TenantStep, data: Plain): Owner {
  const key = foreignKeyIn(walk.model, step.entry, data, false)
  if (key === 'left out' && step.fields.some((field) => hasDefault(walk.model, field)))
    throw movePossible(walk.model.name)
  if (key === 'left out' || key === null) {
    // Prisma, or the database, will refuse a row without what is required.
    return { tenant: step.nullable ? walk.context.models.sharedTenant : undefined }
  }
  return referredOwner(walk, step, key, false)
}

function referredOwner(walk: Walk, step: TenantStep, reference: Plain, moves: boolean): Owner {
  const { context, model, draft } = walk
  const target = context.models.get(step.entry.model)
  const tenant = filterTenant(walk)
  if (tenant === undefined) return { tenant, ask: question(walk, { model: target, by: 'reference', where: reference }) }
  const filter = ownerFilter(context.models, target, tenant) ?? {}
  draft.foreignKeys.push({
    model: model.name,
    field: step.fields.join(', '),
    target: target.name,
    filter,
    reference,
    moves,
  })
  return { tenant }
}

/** Refuses an update that gives a row, by its owner relation, to a row of another tenant. */
export function refuseMove(row: RowWalk, data: Plain): void {
  const { model } = row
  const { step } = model
  if (step === undefined) return
  const next = nextOwner(row, step, data)
  if (next === undefined) return
  if (row.tenant === undefined && row.ask === undefined) throw movePossible(model.name)
  sameOwner(row, { tenant: row.tenant, ask: row.ask }, next, () => tenantChanged(model.name))
}

function nextOwner(row: RowWalk, step: TenantStep, data: Plain): Owner | undefined {
  const linked = linkedOwner(row, step, data)
  if (linked !== undefined) return linked
  const key = foreignKeyIn(row.model, step.entry, data, true)
  if (key === 'left out') return undefined
  if (key === null) return { tenant: row.context.models.sharedTenant }
  return referredOwner(row, step, key, true)
}

/** Sees to it that two owners are the same, now or once both are known. */
export function sameOwner({ draft }: Walk, one: Owner, other: Owner, refusal: () => Error): void {
  if (one.tenant !== undefined && other.tenant !== undefined) {
    if (one.tenant !== other.tenant) throw refusal()
    return
  }
  const [first, second] = [one.tenant ?? one.ask?.ask(), other.tenant ?? other.ask?.ask()]
  if (first === undefined || second === undefined) throw refusal()
  draft.checks.push(() => {
    const [a, b] = [tenantNow(first), tenantNow(second)]
    // Where one of the rows is not there, the call will not find it.
    if (a !== undefined && b !== undefined && a !== b) throw refusal()
  })
}

function tenantNow(tenant: string | LateTenant): string | undefined {
  return typeof tenant === 'string' ? tenant : tenant.tenant
}

/** Whether a model's row loses its owner, and falls to the shared tenant, if this foreign key of it is emptied. */
export function losesOwner({ step, tenant }: Model, foreignKey: RelationEntry): boolean {
  if (step?.entry === foreignKey) return step.nullable
  return tenant?.optional === true && foreignKey.fields?.includes(tenant.field) === true
}

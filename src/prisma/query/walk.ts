import type { RelationEntry } from '../../schema/model-map.js'
import type { PlanContext } from './context.js'
import type { TenantQuestion } from './late-tenant.js'
import type { Model } from './models.js'
import { isOwned, isStep } from './ownership.js'
import type { PlanDraft } from './plan.js'
import type { Plain } from './prisma-values.js'
import { tenantRequired } from './refusals.js'

/** The rows of one model that a call may reach. */
export interface Rows {
  readonly context: PlanContext
  readonly model: Model
  /** They are reached through their owner relation, from rows of the call's tenant: no filter is needed. */
  readonly kept?: boolean | undefined
}

/** Where the planner is in the arguments of a call. One object for each nested row or filter, none for a value. */
export interface Walk extends Rows {
  readonly draft: PlanDraft
  /** The tenant of these rows, as far as the arguments around them say: what the client is bound to is in the context. */
  readonly tenant: string | undefined
}

/** Rows that are written, with what they inherit from the row that they are written through. */
export interface WriteWalk extends Walk {
  /** Where {@link tenant} is not known: how it can be. */
  readonly ask: TenantQuestion | undefined
  /** These rows belong to the row that they are written through. */
  readonly below: boolean
  /** The foreign key to the parent contains the tenant column: Prisma fills it in, and does not accept it in the data. */
  readonly held: boolean
  /**
   * The foreign key between the two contains both tenant columns, on either side: a row that exists already has the same
   * tenant.
   */
  readonly joined: boolean
  /** The parent exists already, and only the option `tenant` names its tenant: it may belong to another one. */
  readonly assumed: boolean
  /** Another row of the same list writes a relation: Prisma takes all rows of a list in that form, or none. */
  readonly checked: boolean
  /** The rows are those of the call itself, not nested ones. */
  readonly root?: true
  /** Of nested rows: the row that they are written through, and by which of its relations. */
  readonly from?: RowWalk
  readonly relation?: RelationEntry
}

/** One row whose data is planned: its tenant is that of its values. */
export interface RowWalk extends Walk {
  /** Where {@link tenant} is not known: how it can be. */
  readonly ask: TenantQuestion | undefined
  /** The same, for the rows below this one only. */
  readonly askBelow: TenantQuestion | undefined
  /** Whether the tenant is more than what the option `tenant` assumes. */
  readonly certain: boolean
  /** Values that a nested row may take over. */
  readonly values: Plain
  /** Whether it is updated, not created: rows that it is related to may exist already. */
  readonly exists: boolean
  /** The part of the arguments whose `where` finds this row, and no other that is left as it is. */
  readonly found?: Plain | undefined
  /** Of a row that is updated: where it is in the call, and the part of the arguments that may have a `where` for it. */
  readonly through?: WriteWalk | undefined
  readonly part?: Plain | undefined
}

/** The start of every walk. */
export function rootOf(context: PlanContext, draft: PlanDraft, model: Model): WriteWalk {
  const inherited = { tenant: undefined, ask: undefined, below: false, held: false, joined: false, assumed: false }
  return { context, model, draft, ...inherited, checked: false, root: true }
}

/** The same rows, of which a tenant has become known. */
export function forTenant({ context, model, draft, kept }: Walk, tenant: string | undefined): Walk {
  return { context, model, draft, tenant, kept }
}

/** The tenant that the rows of a call are filtered by: of a bound call, unless the option `scope` is off. */
export function filterTenant({ context }: Rows): string | undefined {
  return context.filtersTenant ? context.bound : undefined
}

/** Rows that are reached through a relation. The errors are those of {@link targetOf}. */
export function alongRelation({ context, model, draft, tenant }: Walk, relation: RelationEntry): Walk {
  const target = targetOf(context, relation)
  const kept = isStep(context.models, model, relation)
  // Shared rows have many tenants' rows around them, and rows that belong to others may be anyone's.
  const same = kept || (model.shared === undefined && target.step === undefined && model.step === undefined)
  return { context, model: target, draft, tenant: same ? tenant : undefined, kept }
}

/**
 * The model that a relation leads to. Throws `ENVELOPE_TENANT_REQUIRED` where no tenant is set for the call, on a client that
 * requires one: such a call may reach shared rows, and rows without an owner or encrypted fields.
 */
export function targetOf({ models, sharedOnly }: PlanContext, relation: RelationEntry): Model {
  const target = models.get(relation.model)
  const open = target.shared !== undefined || (!isOwned(target) && target.encrypted.size === 0)
  if (sharedOnly === true && !open) throw tenantRequired(target.name, undefined)
  return target
}

import type { PlanContext } from './context.js'
import type { Model } from './models.js'
import type { PlanDraft } from './plan.js'
import type { Plain } from './prisma-values.js'

/** The rows of one model that a call may reach. */
export interface Rows {
  readonly context: PlanContext
  readonly model: Model
}

/** Where the planner is in the arguments of a call. One object for each nested row or filter, none for a value. */
export interface Walk extends Rows {
  readonly draft: PlanDraft
  /** The tenant of these rows, as far as the arguments around them say: what the client is bound to is in the context. */
  readonly tenant: string | undefined
}

/** Rows that are written, with what they inherit from the row that they are written through. */
export interface WriteWalk extends Walk {
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
}

/** One row whose data is planned: its tenant is that of its values. */
export interface RowWalk extends Walk {
  /** Whether the tenant is more than what the option `tenant` assumes. */
  readonly certain: boolean
  /** Values that a nested row may take over. */
  readonly values: Plain
  /** Whether it is updated, not created: rows that it is related to may exist already. */
  readonly exists: boolean
}

/** The start of every walk. */
export function rootOf(context: PlanContext, draft: PlanDraft, model: Model): WriteWalk {
  return { context, model, draft, tenant: undefined, held: false, joined: false, assumed: false, checked: false }
}

/** The same rows, of which a tenant has become known. */
export function forTenant({ context, model, draft }: Walk, tenant: string | undefined): Walk {
  return { context, model, draft, tenant }
}

/** Rows that are reached through a relation. */
export function alongRelation({ context, draft, tenant }: Walk, relation: { readonly model: string }): Walk {
  return { context, model: context.models.get(relation.model), draft, tenant }
}

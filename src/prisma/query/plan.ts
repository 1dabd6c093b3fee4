import type { IndexField } from '../../leaves/field.js'
import type { SealLeaf, TokenLeaf } from '../../leaves/leaf.js'
import type { LateTenant, TenantQuestion } from './late-tenant.js'
import type { Model } from './models.js'
import type { Plain } from './prisma-values.js'

/** What has to be done around one Prisma call, whose arguments have been prepared for it in place. */
export interface Plan {
  /** Values to seal in place before the call is sent. */
  readonly seals: readonly SealLeaf[]
  /** Index tokens to compute in place before the call is sent. */
  readonly tokens: readonly TokenLeaf[]
  /** Rows that scalar foreign keys refer to, to be looked up before the call is sent. */
  readonly foreignKeys: readonly ForeignKeyLookup[]
  /** Tenants to be looked up before the call is sent, with the values that wait for them. */
  readonly lates: readonly LateTenant[]
  /** Called once these are known. Throws where two of them should be the same, and are not. */
  readonly checks: readonly (() => void)[]
  /** Rows that cursors name, to be looked up before the call is sent. */
  readonly cursors: readonly CursorLookup[]
  /** Rows that the call is sure to create if it succeeds: foreign keys may refer to them. */
  readonly created: readonly CreatedRow[]
  /** Rows that no other tenant may have, to be looked up before the call is sent. */
  readonly absences: readonly AbsenceLookup[]
  /** Values that no row may hold in plaintext, to be looked up before the call is sent. */
  readonly twins: readonly TwinLookup[]
  /** Models that a to-one `upsert` was filtered for: Prisma reports a row that the filter hides as a broken query. */
  readonly filteredUpserts: readonly string[]
  /** Models of rows that the database itself upserts, by their unique field alone: for a hidden row it returns nothing. */
  readonly nativeUpserts: readonly string[]
  /** Set where an upsert is sent as an update after all, so that it cannot create. */
  readonly sentAs?: 'update' | undefined
  /** What the result will contain. `undefined` where it contains no rows. */
  readonly read: ReadPlan | undefined
}

/** A plan while it is made. Only the planner sees it: its walkers append. */
export interface PlanDraft extends Plan {
  readonly seals: SealLeaf[]
  readonly tokens: TokenLeaf[]
  readonly foreignKeys: ForeignKeyLookup[]
  readonly lates: LateTenant[]
  readonly checks: (() => void)[]
  readonly cursors: CursorLookup[]
  readonly created: CreatedRow[]
  /** The owners of created rows, by their data: a nested row is asked before it is planned. */
  readonly owners: Map<Plain, Owner>
  readonly absences: AbsenceLookup[]
  readonly twins: TwinLookup[]
  readonly filteredUpserts: string[]
  readonly nativeUpserts: string[]
  sentAs?: 'update' | undefined
  read: ReadPlan | undefined
}

export function newDraft(): PlanDraft {
  return {
    seals: [],
    tokens: [],
    foreignKeys: [],
    lates: [],
    checks: [],
    cursors: [],
    created: [],
    owners: new Map(),
    absences: [],
    twins: [],
    filteredUpserts: [],
    nativeUpserts: [],
    read: undefined,
  }
}

/** The tenant that owns a row, where the arguments or the client say it; or else how it can be asked for. */
export interface Owner {
  readonly tenant: string | undefined
  readonly ask?: TenantQuestion | undefined
}

/** A cursor whose row must be the tenant's: else there is no such row, and the call finds nothing. */
export interface CursorLookup {
  readonly model: Model
  /** The unique filter; index tokens are still filled in here. */
  readonly cursor: Plain
  /** The tenant filter. */
  readonly filter: Plain
  /** The arguments that the cursor is part of. */
  readonly args: Plain
}

/** The row that a scalar foreign key refers to, where the database does not keep it within the tenant. */
export interface ForeignKeyLookup {
  /** It is the foreign key of the owner relation of a row that exists already. */
  readonly moves?: boolean
  readonly model: string
  readonly field: string
  readonly target: string
  /** The row must belong to this tenant, and have these values in the fields that are referenced. */
  readonly filter: Plain
  readonly reference: Plain
  /** Where it is written only if a row is created that may be there already: these rows, from the inside out. */
  readonly perhaps?: readonly PerhapsCreated[]
}

/** A row that a call creates if it is not there. */
export interface PerhapsCreated {
  readonly model: Model
  /** Finds the row. To be called once index tokens are filled in. */
  filter(): Plain
  /** Takes the creation out of the call, which then fails if the row is not there. Returns whether it could. */
  leaveOut(): boolean
}

/** A row that a call creates, with the data that it is given. */
export interface CreatedRow {
  readonly model: string
  readonly owner: Owner
  readonly data: Plain
}

/** A row that an upsert would find if it had no tenant filter. */
export interface AbsenceLookup {
  readonly model: Model
  /** The unique filter; index tokens are still filled in here. */
  readonly where: Plain
  /** The tenant filter. */
  readonly filter: Plain
}

/**
 * A row that is still in plaintext has no token, so a unique index does not see it. A value that is written is looked up among
 * those first: as nothing writes plaintext any more, what is not there then will not be there later, and what was sealed
 * meanwhile has a token.
 */
export interface TwinLookup {
  readonly index: IndexField
  readonly value: string
  readonly tenant: string | undefined
  /** Says the tenant, where it is looked up itself. */
  readonly late: LateTenant | undefined
  /** The part of the arguments whose `where` finds the row that is written, if it is there already: that is no twin. */
  readonly found: Plain | undefined
}

/**
 * What a result will contain beyond what was asked for: fields that were added to the selection so that its envelopes can
 * be checked against their rows, and that are taken out again.
 */
export interface ReadPlan {
  /** Of rows that belong to another row: what says to which tenant. Left out: that the call is for one. */
  readonly owner?: RowOwner | undefined
  readonly added: readonly string[]
  /**
   * Set where no filter could keep these rows within the tenant. In a to-one relation, a row of another tenant is made
   * absent if the relation is optional, and is an error if it is required. Where the database may treat two tenants as
   * equal, it is always an error.
   */
  readonly guard?: 'absent' | 'error' | undefined
  /** Of the added fields, those that a result extension will need afterwards to compute its own. */
  readonly needed?: readonly string[]
  /** Whether there is such a field here or below. */
  readonly computes?: boolean
  /** Whether a filter of the caller's may hide the owner of a row, here or below. */
  readonly hides?: boolean | undefined
  readonly relations: ReadonlyMap<string, ReadPlan>
}

/**
 * What determines which tenant owns the rows of a result, of a model with an owner relation: the row above; the rows on the way
 * to the tenant, added to the selection; or the call that has written them.
 */
export type RowOwner =
  | { readonly from: 'above' }
  | { readonly from: 'way'; readonly hidden: boolean }
  | { readonly from: 'call'; readonly tenant: string | LateTenant }

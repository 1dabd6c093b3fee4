import type { SealLeaf, TokenLeaf } from '../../leaves/leaf.js'
import type { Models } from './models.js'

/** One Prisma call while it is planned. */
export interface Call {
  readonly models: Models
  readonly context: TenantContext
  /** Values to seal before the call is made, in place. */
  readonly seals: SealLeaf[]
  /** Whether a bound call keeps to its tenant's rows: `scope`. */
  readonly locked: boolean
  /** Whether the rows that scalar foreign keys point at are looked up: `links`. */
  readonly checksLinks: boolean
  /** Rows that scalar foreign keys point at, to be looked up before the call is made. */
  readonly links: LinkCheck[]
  /** Rows that the call is sure to create if it succeeds: links may point at them. */
  readonly created: CreatedRow[]
  /** Rows that no other tenant may have, to be looked up before the call is made. */
  readonly absent: AbsenceCheck[]
  /** Models that a to-one `upsert` was locked for: Prisma reports a row that the lock hides as a broken query. */
  readonly lockedUpserts: string[]
  /** Models that the database itself upserts a row of, named by its unique field alone: a hidden row gives nothing. */
  readonly nativeUpserts: string[]
  /** Whether index keys can be had: `indexCmk` is set. */
  readonly searchable: boolean
  /** Index tokens to compute before the call is made, in place. */
  readonly tokens: TokenLeaf[]
  /** Whether the rows of the result may be rewrapped after it: then what addresses them has to be in it. */
  readonly rewraps?: boolean
  /** What to do about index columns in results. Left out: nothing. */
  readonly indexColumns?: IndexColumns
  /** Root arguments that go on unread, for an extension after this one: `passArguments`. */
  readonly passed: ReadonlySet<string>
  /** What the client's `omit` option hides, by model. */
  readonly globalOmit: GlobalOmit
  /** Whether a computed field of a result extension may need a field of a selection. Left out: none does. */
  readonly computed?: ComputedNeeds
}

export interface ComputedNeeds {
  /** @param selected whether the selection names a computed field. */
  need(model: string, args: Plain, field: string, selected: boolean): boolean
}

export interface IndexColumns {
  /** Leave them out of results that do not ask for them by name. */
  readonly omit: boolean
  /** Have them beside every opened value, to compare them with it. */
  readonly verify: boolean
}

export interface TenantContext {
  /** The tenant that the client is bound to, or that `runWithTenant` set. */
  readonly bound: string | undefined
  /** The `tenant` option: what holds where neither a row nor the context says. */
  readonly fallback: string | undefined
}

export type GlobalOmit = Readonly<Record<string, Readonly<Record<string, boolean | undefined>> | undefined>>

/** Arguments and rows, as they are walked: plain objects of anything. */
export type Plain = Record<string, unknown>

/** A foreign key given as a scalar, where the database does not keep it within the tenant. */
export interface LinkCheck {
  readonly model: string
  readonly field: string
  readonly target: string
  /** What the row it points at must be: of this tenant, and with these values in the fields that are referenced. */
  readonly lock: Plain
  readonly reference: Plain
}

/** A row that a call creates, with the data that it is given. */
export interface CreatedRow {
  readonly model: string
  readonly tenant: string
  readonly data: Plain
}

/** A row that an upsert would find if it were not locked. */
export interface AbsenceCheck {
  readonly model: string
  /** The unique filter; index tokens are still filled in here. */
  readonly where: Plain
  readonly lock: Plain
}

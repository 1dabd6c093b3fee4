import type { Holder } from '../../leaves/holder.js'
import type { IndexField, TokenLeaf, TokenUse } from '../../leaves/index.js'
import type { GlobalOmit } from '../internals.js'
import type { Models } from './models.js'
import type { Plain } from './prisma-values.js'

/** What is settled before the arguments of a call are read. Frozen: planning changes none of it. */
export interface PlanContext extends ResultContext {
  /** Whether a bound call is kept to its tenant's rows: the option `scope`. */
  readonly filtersTenant: boolean
  /** Whether the rows that scalar foreign keys refer to are looked up: the option `links`. */
  readonly checksForeignKeys: boolean
  /** Whether there are index keys: `indexCmk` is set. */
  readonly searchable: boolean
  /** Whether rows of the result may be rewrapped afterwards: the result must then contain their keys. */
  readonly rewraps?: boolean
  /** What to do about index columns in results. Omitted: nothing. */
  readonly indexColumns?: IndexColumns
  /** Root arguments that are passed on unread, to a later extension: the option `passArguments`. */
  readonly passed: ReadonlySet<string>
  /** What the client's `omit` option hides, by model. */
  readonly globalOmit: GlobalOmit
  /** No tenant is set for the call, on a client that requires one: it may reach shared rows only. */
  readonly sharedOnly?: boolean
  /** Only the last of the rows that the call goes along is returned: `patient.findUnique(…).visits()`. */
  readonly fluent?: boolean
  /** Which fields of a selection the computed fields of result extensions may need. Omitted: none. */
  readonly computed?: ComputedNeeds
  /** Makes the leaves of index tokens. Omitted: by their values. */
  readonly tokenLeaf?: TokenMaker
}

/** As much of it as rows can be read with. */
export interface ResultContext extends TenantContext {
  readonly models: Models
}

export interface TenantContext {
  /** The tenant that the client is bound to, or that `runWithTenant` set. */
  readonly bound: string | undefined
  /** The option `tenant`: what applies where neither a row nor the context names a tenant. */
  readonly fallback: string | undefined
}

export interface ComputedNeeds {
  /** Another number whenever another field may be needed. */
  readonly state: number
  /** @param selected whether the selection names a computed field. */
  need(model: string, args: Plain, field: string, selected: boolean): boolean
}

export interface IndexColumns {
  /** Omit them from results that do not ask for them by name. */
  readonly omit: boolean
  /** Fetch them with every value that is opened, to compare them with it. */
  readonly verify: boolean
}

/** Makes the leaf for a token, as `tokenLeaf` does. */
export type TokenMaker = (
  index: IndexField,
  tenant: string | undefined,
  holder: Holder,
  key: string | number,
  value: unknown,
  use: TokenUse,
) => TokenLeaf | undefined

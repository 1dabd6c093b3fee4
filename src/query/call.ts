import type { EncryptedField, IndexField, Models } from './models.js'

/** One Prisma call while it is planned. */
export interface Call {
  readonly models: Models
  readonly context: TenantContext
  /** Values to seal before the call is made, in place. */
  readonly seals: SealLeaf[]
  /** Whether a bound call keeps to its tenant's rows: `scope`. */
  readonly locked: boolean
  /** Whether index keys can be had: `indexCmk` is set. */
  readonly searchable: boolean
  /** Index tokens to compute before the call is made, in place. */
  readonly tokens: TokenLeaf[]
  /** What the client's `omit` option hides, by model. */
  readonly globalOmit: GlobalOmit
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

/** A value in the arguments that has to be sealed. */
export interface SealLeaf {
  readonly holder: Plain
  readonly key: string
  readonly field: EncryptedField
  readonly tenant: string
}

/** A place in the arguments that takes the index token of a value. */
export interface TokenLeaf {
  readonly holder: Plain | unknown[]
  readonly key: string | number
  readonly index: IndexField
  /** Whose index key makes it: one tenant's, or the one that all share. */
  readonly tenant: string | undefined
  /** The bytes that stand for the value. */
  readonly canonical: Buffer
}

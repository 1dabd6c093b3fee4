import type { EncryptedField, Models } from './models.js'

/** One Prisma call while it is planned. */
export interface Call {
  readonly models: Models
  readonly context: TenantContext
  /** Values to seal before the call is made, in place. */
  readonly seals: SealLeaf[]
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

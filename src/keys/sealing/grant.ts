import type { TenantCmks } from '../cmks/cmks.js'
import type { DataKey } from '../data-key.js'
import type { LimitWhenNeeded } from '../gate/time-limit.js'

/** A leased key and how many of the asked messages it may seal. */
export interface SealingGrant {
  readonly key: DataKey
  readonly messages: number
  /** Where the envelopes' wrapped key is: in the envelopes, or in the key table, where it has been stored. */
  readonly placement: 'inline' | 'table'
}

/** Whose key is asked for, and for what. */
export interface Wish {
  readonly tenant: string
  readonly cmks: TenantCmks
  /** Bytes of each message. */
  readonly sizes: readonly number[]
  /** Of all that it takes: a look-up of the CMKs, a key that does not unwrap any more, and the next one. */
  readonly limit: LimitWhenNeeded
}

import type { EncryptedField, IndexField, TokenUse } from '../../../leaves/index.js'
import type { ReadPlan } from '../plan.js'

/** What planning does to the arguments of a shape, and what it notes: a plan with holes. It contains no value. */
export interface Recipe {
  /** Done once. */
  readonly call: Steps
  /** Done for each row of a `createMany`. */
  readonly row: Steps | undefined
  /** What the result will contain. */
  readonly read: ReadPlan | undefined
}

export interface Steps {
  /** Values that leave their place: read before anything is changed. */
  readonly moved: readonly Place[]
  /** How many objects are made, beside those of the caller. */
  readonly made: number
  readonly edits: readonly Edit[]
  readonly seals: readonly SealStep[]
  readonly tokens: readonly TokenStep[]
  readonly created: readonly CreatedStep[]
}

/** A key of one of the caller's objects. */
export interface Place {
  readonly node: number
  readonly key: string
}

export type Edit =
  | { readonly do: 'delete'; readonly node: number; readonly key: string }
  | { readonly do: 'set'; readonly node: number; readonly key: string; readonly value: Make }

/** How a value is made that planning puts into the arguments. */
export type Make =
  | { readonly from: 'constant'; readonly value: unknown }
  | { readonly from: 'tenant'; readonly as: 'string' | 'number' | 'bigint' }
  | { readonly from: 'moved'; readonly at: number }
  | { readonly from: 'node'; readonly node: number }
  | {
      readonly from: 'object'
      readonly made: number
      readonly keys: readonly string[]
      readonly values: readonly Make[]
    }
  | { readonly from: 'list'; readonly made: number; readonly values: readonly Make[] }

/** One of the caller's objects, or one that was made. */
export type Holds = { readonly node: number } | { readonly made: number }

export interface SealStep {
  readonly holder: Holds
  readonly key: string | number
  readonly field: EncryptedField
  /** `undefined`: the call's. */
  readonly tenant: string | undefined
}

export interface TokenStep {
  readonly holder: Holds
  readonly key: string | number
  readonly index: IndexField
  /** Whether the call's tenant has the key. */
  readonly tenants: boolean
  readonly value: Make
  readonly use: TokenUse
}

export interface CreatedStep {
  readonly model: string
  readonly node: number
  /** `undefined`: the call's. */
  readonly tenant: string | undefined
}

import type { SuiteName } from '../../envelope/index.js'

/** Values of one field that are counted together, because they are alike in all of this. */
export interface CountedValues {
  /** The Prisma model. */
  readonly model: string
  /** The field. */
  readonly field: string
  /** The tenant; left out where tenants are not told apart, or nothing says which it is. */
  readonly tenant?: string
  /** `unreadable`: it begins like an envelope, and was damaged, cut off, or written by a later release. */
  readonly state: 'sealed' | 'plaintext' | 'unreadable'
  /** Whether the wrapped data key is in the value itself. */
  readonly placement?: 'inline' | 'table'
  /** What it is sealed with. */
  readonly suite?: SuiteName
  /** The wrap tag, 12 bytes in hexadecimal: of the value, or of its row of the key table. */
  readonly wrapTag?: string
  /** Of a value whose wrapped key is in the key table: the state of that row. */
  readonly key?: KeyRowState
  /** The data-key id, in hexadecimal, where data keys are told apart. */
  readonly dataKey?: string
  /** How many values there are; of a list, its elements. */
  readonly values: number
  /** Under how many data keys, each counted once for each way in which it is wrapped. */
  readonly dataKeys: number
  /** How many of them have no token in an index column. */
  readonly withoutToken?: Readonly<Record<string, number>>
  /** How many groups were summed up in this one, because there were too many to be told apart. */
  readonly summedUp?: number
}

/** A row of the key table is `erased` if its data key was erased for good; a value may name one that is `missing`. */
export type KeyRowState = 'active' | 'retired' | 'erased' | 'missing'

/** Rows of the key table that are counted together. */
export interface CountedDataKeys {
  /** The tenant. */
  readonly tenant?: string
  /** Whether they seal, seal no more, or were erased. */
  readonly state: Exclude<KeyRowState, 'missing'>
  /** The wrap tag, 12 bytes in hexadecimal. */
  readonly wrapTag?: string
  /** The ARN that the rows name, for people to read. */
  readonly named?: string
  /** How many rows. */
  readonly dataKeys: number
  /** How many groups were summed up in this one. */
  readonly summedUp?: number
}

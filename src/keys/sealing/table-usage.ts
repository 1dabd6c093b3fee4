import type { WrappedKey } from '../../envelope/index.js'
import { encodeWrappedKey, TENANT_SCOPE } from '../../envelope/index.js'
import type { KeyTableEvent } from '../../observers/index.js'
import { keyTableEvents } from '../../observers/index.js'
import type { Deadline } from '../clock.js'
import type { PackedWrappedKey } from '../packed-wrapped-key.js'
import type { KeyRow, NewKeyRow } from '../table/key-rows.js'

/** Bytes for which a message counts once: the longer it is, the more of a cipher's limit it takes. */
const BYTES_PER_COUNT = 2 ** 16

/** The key of the table that seals a tenant's new values, and how far this process may use it. */
export interface TableUsage {
  readonly id: string
  readonly tenant: string
  readonly row: KeyRow
  wrappedKey: PackedWrappedKey
  cmk: string
  /** When it is too old to seal. */
  readonly until: Deadline
  /** Until when the row is taken to be there, and as it was. */
  checked: Deadline
  /** Counts that are reserved, and not used. */
  room: number
  block: number
  /** When to try again to reserve more in the background, where that has failed. */
  refillAt?: Deadline
  /** Counts that this process has used, whatever the table says. */
  used: number
}

/** What a message of so many bytes counts. */
export function countsOf(size: number): number {
  return Math.max(1, Math.ceil(size / BYTES_PER_COUNT))
}

/** A row for a wrapped key, to be stored. */
export function newRow(
  place: Pick<KeyRow, 'id' | 'owner' | 'seq'>,
  wrappedKey: WrappedKey,
  createdAt: number,
  cmkArn?: string,
): NewKeyRow {
  return {
    id: place.id,
    owner: place.owner,
    seq: place.seq,
    section: encodeWrappedKey(wrappedKey),
    wrapTag: wrappedKey.wrapTag,
    cmkArn,
    tenant: wrappedKey.context.tenant,
    scope: TENANT_SCOPE,
    createdAt: new Date(createdAt),
  }
}

export function tellOfTable(outcome: KeyTableEvent['outcome'], tenant: string, code?: string): void {
  if (keyTableEvents.hasSubscribers) keyTableEvents.publish({ type: 'key-table', outcome, tenant, code })
}

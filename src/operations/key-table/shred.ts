import type { Timer } from '../sweep/pace.js'
import { allRecords, isErased, type KeyRecords } from './key-records.js'
import type { ErasedKey } from './lines.js'

/** Values of a tenant in one field. */
export interface TenantValues {
  /** The model. */
  readonly model: string
  /** The field. */
  readonly field: string
  /** Those that carry their wrapped data key, which erasing rows of the key table does not touch. */
  readonly inline: number
  /** Those whose data key is in the key table. */
  readonly table: number
  /** Those that are not encrypted. */
  readonly plaintext: number
  /** Those that begin like envelopes, and cannot be read by this release. */
  readonly unreadable: number
}

/** What `$encryption.shred` has done. */
export interface ShredReport {
  /** Whose data keys. */
  readonly tenant: string
  /** Whether it only counted. */
  readonly dryRun: boolean
  /**
   * Whether all is erased: no data key and no value was left after the wait. A dry run, and one that did not wait, never says so.
   */
  readonly done: boolean
  /** How many data keys were erased; in a dry run, how many would be. */
  readonly erased: number
  /** How many had been erased before. */
  readonly wereErased: number
  /** How long it waited for other processes (ms). */
  readonly waited: number
  /** Data keys that were generated meanwhile, and are not erased: somebody still writes for the tenant. */
  readonly newKeys: number
  /** The tenant's values, as they were counted last: field by field. */
  readonly values: readonly TenantValues[]
  /** Models whose rows belong to no tenant. They are not touched. */
  readonly shared: readonly string[]
  /** Index columns that go on telling which of the tenant's values were equal: `Patient.emailIndex`. */
  readonly indexes: readonly string[]
}

export interface ShredParts {
  readonly records: KeyRecords
  readonly timer: Timer
  count(): Promise<readonly TenantValues[]>
  /** Throws where values are left that would outlive their data keys. */
  refuse(values: readonly TenantValues[]): void
  /** Throws where there is no such tenant. Asked where nothing of it was found. */
  assertTenant(): Promise<void>
  evict(): void
}

export interface ShredOptions {
  readonly owner: string
  readonly tenant: string
  readonly dryRun: boolean
  /** How long to wait for other processes (ms); `undefined` for not at all. */
  readonly wait: number | undefined
  readonly signal: AbortSignal | undefined
  /** Told when it begins to wait, with how long (ms). */
  readonly onWait: ((milliseconds: number) => void) | undefined
  /** Told of each tombstone, those that were there before included. */
  readonly onErased: (key: ErasedKey) => void
}

type Shredded = Omit<ShredReport, 'shared' | 'indexes'>

/** Erases the data keys of a tenant, unless a value is left that they do not keep. */
export async function shredTenant(parts: ShredParts, options: ShredOptions): Promise<Shredded> {
  const { records } = parts
  const { owner, tenant, dryRun, signal, onErased } = options
  const values = await parts.count()
  const { live, erased } = await keysOf(records, owner)
  if (live.length + erased.length === 0 && values.every(isNone)) await parts.assertTenant()
  const report = { tenant, dryRun, done: false, erased: live.length, wereErased: erased.length }
  if (dryRun) return { ...report, waited: 0, newKeys: 0, values }
  parts.refuse(values)
  for (const id of erased) onErased({ id, owner, tenant })
  let made = 0
  for (const id of live) {
    if (signal?.aborted === true) break
    await records.erase(id, owner)
    made += 1
    onErased({ id, owner, tenant })
  }
  parts.evict()
  const waited = made < live.length ? undefined : await waitFor(parts.timer, options)
  // What a process sealed or inserted before it saw the tombstones is found now.
  const [left, after] = [await keysOf(records, owner), await parts.count()]
  const isLeft = after.some(({ inline, plaintext, unreadable }) => inline + plaintext + unreadable > 0)
  return {
    ...report,
    erased: made,
    done: waited !== undefined && left.live.length === 0 && !isLeft,
    waited: waited ?? 0,
    newKeys: left.live.length - (live.length - made),
    values: after,
  }
}

function isNone({ inline, table, plaintext, unreadable }: TenantValues): boolean {
  return inline + table + plaintext + unreadable === 0
}

/** Waits until no process may use an erased key any more. @returns how long; `undefined` where it did not, or was stopped. */
export async function waitFor(
  timer: Timer,
  { wait, signal, onWait }: Pick<ShredOptions, 'wait' | 'signal' | 'onWait'>,
): Promise<number | undefined> {
  if (wait === undefined) return undefined
  onWait?.(wait)
  const start = timer.now()
  for (let rest = wait; rest > 0; rest = start + wait - timer.now()) {
    if (signal?.aborted === true) return undefined
    // Timers of more than 24 days end at once.
    await timer.wait(Math.min(Math.ceil(rest), 3_600_000), signal)
  }
  return signal?.aborted === true ? undefined : wait
}

async function keysOf(records: KeyRecords, owner: string): Promise<{ live: string[]; erased: string[] }> {
  const [live, erased]: [string[], string[]] = [[], []]
  for await (const record of allRecords(records, owner)) (isErased(record) ? erased : live).push(record.id)
  return { live, erased }
}

import { TENANT_SCOPE, WRAP_TAG_LENGTH } from '../../envelope/index.js'
import type { Timer } from '../sweep/pace.js'
import { type KeyImportReport, Refusals } from './import.js'
import { insertRecord, isErased, type KeyRecord, type KeyRecords } from './key-records.js'
import { type ErasedKey, erasedIn } from './lines.js'
import { type ShredOptions, waitFor } from './shred.js'

/** What `$encryption.replayShred` has done. */
export interface ReplayReport extends Pick<KeyImportReport, 'refused' | 'refusedRows'> {
  /** Whether it only counted. */
  readonly dryRun: boolean
  /** Whether all keys of the list are erased, and no process uses one any more. */
  readonly done: boolean
  /** Lines that were read. */
  readonly rows: number
  /** How many data keys were erased again; in a dry run, how many would be. */
  readonly erased: number
  /** How many are erased already. */
  readonly wereErased: number
  /** Lines of other tenants than the one that was asked for. */
  readonly otherTenants: number
  /** How long it waited for other processes (ms). */
  readonly waited: number
}

export interface ReplayOptions extends Pick<ShredOptions, 'dryRun' | 'wait' | 'signal' | 'onWait'> {
  readonly app: string
  /** Only keys of this owner. */
  readonly owner: string | undefined
  /** Now, of the calendar. */
  readonly now: Date
  /** Told of each tenant of which a data key was erased. */
  readonly evict: (tenant: string) => void
}

/** Erases again what a list says that was erased: also a row that is not there, so that nobody inserts it. */
export async function replayErased(
  records: KeyRecords,
  timer: Timer,
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const { app, owner, dryRun, signal, now } = options
  const refused = new Refusals()
  let [line, rows, erased, wereErased, otherTenants] = [0, 0, 0, 0, 0]
  for await (const text of lines) {
    if (signal?.aborted === true) break
    line += 1
    if (text.trim() === '') continue
    rows += 1
    const key = erasedIn(text, app)
    if ('reason' in key) refused.add({ line, ...key })
    else if (owner !== undefined && key.owner !== owner) otherTenants += 1
    else {
      let [row] = await records.find([key.id])
      if (row === undefined && !dryRun) row = await insertRecord(records, tombstone(key, now))
      if (row !== undefined && row.owner !== key.owner) refused.add({ line, id: key.id, reason: 'owner-mismatch' })
      else if (row !== undefined && isErased(row)) wereErased += 1
      else {
        if (!dryRun) {
          if (row !== undefined) await records.erase(key.id, key.owner)
          options.evict(key.tenant)
        }
        erased += 1
      }
    }
  }
  const waited = dryRun || signal?.aborted === true ? undefined : await waitFor(timer, options)
  const { refusedRows, ...others } = refused.counted()
  const done = waited !== undefined && refusedRows.length === 0 && erased + wereErased > 0
  return { dryRun, done, rows, erased, wereErased, otherTenants, waited: waited ?? 0, ...others, refusedRows }
}

/** Of a row that is missing: its owner, and nothing else. */
function tombstone({ id, owner, tenant }: ErasedKey, now: Date): KeyRecord {
  return {
    ...{ id, owner, tenant, scope: TENANT_SCOPE, seq: 1n, cmk: null, createdAt: now, retiredAt: now },
    section: Buffer.alloc(0),
    wrapTag: Buffer.alloc(WRAP_TAG_LENGTH),
  }
}

import { LRUCache } from 'lru-cache'
import { decodeWrappedKey, encodeWrappedKey, TENANT_SCOPE, type WrappedKey } from '../../envelope/index.js'
import { type DataKeys, ownerOf } from '../../keys/index.js'
import { type Failure, failed, failureOf } from '../sweep/decisions.js'
import type { Throttle } from '../sweep/pace.js'
import { isErased, type KeyRecord, type KeyRecords } from './key-records.js'

const HOUR = 3_600_000
/** Ids in one SELECT: below every database's limit of parameters. */
const IDS_AT_A_TIME = 500
const MAX_ACCEPTED = 10_000
/** Other processes move keys of the same owner. */
const MOST_TRIES = 100

export interface MovedKeysOptions {
  readonly app: string
  readonly keys: Pick<DataKeys, 'accepts'>
  /** Nothing is stored, and KMS is not asked. */
  readonly dryRun: boolean
  readonly kms: Throttle
  readonly signal: AbortSignal | undefined
  readonly now: () => number
}

/** A data key that values carry, as KMS has unwrapped it. */
export interface CarriedKey {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly wrappedKey: WrappedKey
  readonly cmkArn: string
}

/** The rows of data keys whose values move between the placements. What KMS has not unwrapped goes nowhere. */
export class MovedKeys {
  /** The rows that KMS has unwrapped, by what they hold. */
  readonly #accepted = new LRUCache<string, true>({ max: MAX_ACCEPTED })

  constructor(
    private readonly records: KeyRecords,
    private readonly options: MovedKeysOptions,
  ) {}

  /** By id, as the table has them now: somebody may have erased one since the last look. */
  async rows(ids: readonly string[]): Promise<ReadonlyMap<string, KeyRecord>> {
    const rows = new Map<string, KeyRecord>()
    for (let from = 0; from < ids.length; from += IDS_AT_A_TIME) {
      for (const row of await this.records.find(ids.slice(from, from + IDS_AT_A_TIME))) rows.set(row.id, row)
    }
    return rows
  }

  /** What is wrong with a row that a value is to name; `undefined` where nothing is. A missing one is stored, and committed. */
  async stored(key: CarriedKey, row: KeyRecord | undefined): Promise<Failure | undefined> {
    const there = row ?? (this.options.dryRun ? undefined : await this.#insert(key))
    if (there === undefined) return undefined
    const known = await this.wrappedKeyIn(there, key.wrappedKey)
    return 'kind' in known ? known : undefined
  }

  /**
   * The wrapped key of a row, which KMS has unwrapped to the data key of its id.
   *
   * @param proven what KMS has unwrapped already.
   */
  async wrappedKeyIn(row: KeyRecord | undefined, proven?: WrappedKey): Promise<WrappedKey | Failure> {
    // It may have been lost, and is inserted again by a process that seals under it.
    if (row === undefined) return failed('ENVELOPE_DATA_KEY_NOT_FOUND', true)
    if (isErased(row)) return failed('ENVELOPE_DATA_KEY_ERASED')
    try {
      const wrappedKey = decodeWrappedKey(row.wrapTag, row.section)
      // A planted row may say that it is another tenant's: values of this one would not find it.
      const { tenant } = (proven ?? wrappedKey).context
      if (row.owner !== ownerOf(this.options.app, tenant) || wrappedKey.context.tenant !== tenant)
        return failed('ENVELOPE_DATA_KEY_NOT_FOUND')
      if (proven !== undefined && isSame(proven, row)) return wrappedKey
      const name = nameOf(row)
      if (this.options.dryRun || this.#accepted.has(name)) return wrappedKey
      await this.options.kms.take(1, this.options.signal)
      await this.options.keys.accepts(row.id, wrappedKey)
      this.#accepted.set(name, true)
      return wrappedKey
    } catch (error) {
      return failureOf(error)
    }
  }

  /**
   * Its sequence number comes before those of all others: what seals is looked for among the newest, where it would be out of sight.
   *
   * @returns the row that somebody else has stored.
   */
  async #insert({ id, wrappedKey, cmkArn }: CarriedKey): Promise<KeyRecord | undefined> {
    const { tenant, createdHour } = wrappedKey.context
    const owner = ownerOf(this.options.app, tenant)
    const row = {
      ...{ id, owner, section: encodeWrappedKey(wrappedKey), wrapTag: wrappedKey.wrapTag, cmk: cmkArn, tenant },
      ...{ scope: TENANT_SCOPE, createdAt: new Date(createdHour * HOUR) },
      // How many values the processes that had it have sealed under it, nobody knows: it seals no more.
      retiredAt: new Date(this.options.now()),
    }
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const first = (await this.records.firstSeq(owner)) ?? 1n
      if (await this.records.insert({ ...row, seq: (first < 1n ? first : 1n) - 1n })) return undefined
      const [there] = await this.records.find([id])
      if (there !== undefined) return there
    }
    throw new Error('no sequence number was free')
  }
}

function isSame(wrappedKey: WrappedKey, { section, wrapTag }: KeyRecord): boolean {
  return wrappedKey.wrapTag.equals(wrapTag) && encodeWrappedKey(wrappedKey).equals(section)
}

function nameOf({ id, wrapTag, section }: KeyRecord): string {
  return id + wrapTag.toString('latin1') + section.toString('latin1')
}

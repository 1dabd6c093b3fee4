import { LRUCache } from 'lru-cache'
import { appTag, decodeWrappedKey, namesCmk, TENANT_SCOPE, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeError, EnvelopeKeyError, EnvelopeTenantError } from '../../errors.js'
import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import type { Cmks } from '../cmks/cmks.js'
import { DataKey, type Trust, trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { type TimeLimit, timeLimit } from '../gate/time-limit.js'
import type { CheckedKms } from '../kms-calls/checked-kms.js'
import type { UnwrappedKeys } from '../opening/unwrapped-keys.js'
import { isHeldBy, packWrappedKey } from '../packed-wrapped-key.js'
import type { KeyRow, KeyRows } from '../table/key-rows.js'
import { KeyTableFailure } from '../table/key-table-failure.js'
import { ownerOf } from '../table/owner.js'
import type { Wish } from './grant.js'
import { countsOf, newRow, type TableUsage, tellOfTable } from './table-usage.js'

const HOUR = 3_600_000
/** The first block of counts that a process reserves of a key; each next one is four times as large. */
const FIRST_BLOCK = 2 ** 8
const LARGEST_BLOCK = 2 ** 20
/** From this share of a block on, the next one is reserved while the key goes on sealing. */
const EARLY = 0.75
/** Of an owner's rows: those that may seal are the newest. */
const NEWEST = 5
/** How long a process waits before it looks for what another one has created: milliseconds. */
const AFTER_A_RACE = { least: 20, most: 100 }
/** How often a process tries again when others create the same owner's keys. */
const ATTEMPTS = 5
/** Clocks differ: how far in the future a key may have been created. */
const CLOCK_GRACE_HOURS = 1
const MAX_BAD_ROWS = 10_000

/** A data key that KMS has just generated, leased. */
interface NewKey {
  readonly key: DataKey
  readonly wrappedKey: WrappedKey
  readonly cmkArn: string
  /** The tenant's when it was asked for. */
  readonly evictions: number
}

/** Whether it is time to reserve the next block. */
export function runsShort({ room, block }: TableUsage): boolean {
  return room < block * (1 - EARLY)
}

/** KMS cannot be asked now, or any more. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof EnvelopeError)) return false
  if (error.code === 'ENVELOPE_CLOSED') return true
  return error instanceof EnvelopeKeyError && error.retryable && error.code !== 'ENVELOPE_UNWRAP_LIMITED'
}

/** Finds the one key of an owner that may seal, or creates it: for all processes the same. */
export class OwnerKeys {
  generated = 0
  readonly #appTag: number
  /** Rows that did not pass their checks, by what they hold: tried once. */
  readonly #bad = new LRUCache<string, true>({ max: MAX_BAD_ROWS })

  constructor(
    private readonly app: string,
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly cmks: Cmks,
    private readonly kms: CheckedKms,
    private readonly unwrapped: UnwrappedKeys,
    private readonly rows: KeyRows,
  ) {
    this.#appTag = appTag(app)
  }

  /**
   * The key that seals an owner's new values, with room for the first message at least. Rejects with a `KeyTableFailure` where
   * the table cannot be used.
   *
   * @param previous the one that this process has used last. It is changed in place while it is the one.
   */
  async obtain(wish: Wish, previous: TableUsage | undefined, limit: TimeLimit): Promise<TableUsage> {
    const owner = ownerOf(this.app, wish.tenant)
    let made: NewKey | undefined
    let stored: TableUsage | undefined
    let tried = 0n
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0) await afterARace()
        // Before the table is asked: its answer may be as old as the question.
        const seen = trustFromNow(this.clock, this.limits)
        const rows = await this.rows.newest(owner, NEWEST)
        for (const row of [...rows, ...(await this.#hiddenRow(rows, previous))]) {
          const usage = await this.#adopt(row, previous?.id === row.id ? previous : undefined, wish, seen, limit)
          if (usage !== undefined) return usage
        }
        made ??= await this.#generate(wish, limit)
        // A replica that lags behind does not show who has the number that was tried: not that one again.
        const newest = rows[0]?.seq ?? 0n
        tried = (newest > tried ? newest : tried) + 1n
        stored = await this.#store(made, owner, tried, wish)
        if (stored !== undefined) return stored
      }
    } finally {
      if (stored === undefined) made?.key.retire()
      made?.key.release()
    }
    throw new KeyTableFailure('others create keys of this tenant all the time')
  }

  /** The row of the key that was used last, where it is not among the newest: many may have been inserted since. */
  async #hiddenRow(newest: readonly KeyRow[], previous: TableUsage | undefined): Promise<KeyRow[]> {
    if (previous === undefined || newest.some(({ id }) => id === previous.id)) return []
    return this.rows.find([previous.id])
  }

  /** The row's key, if it may seal: KMS has unwrapped it, and its authenticated hour is recent. */
  async #adopt(
    row: KeyRow,
    previous: TableUsage | undefined,
    wish: Wish,
    seen: Trust,
    limit: TimeLimit,
  ): Promise<TableUsage | undefined> {
    if (row.section.length === 0) this.unwrapped.dropKey(row.id, wish.tenant)
    const name = `${row.id}${row.wrapTag.toString('latin1')}${row.section.toString('latin1')}`
    if (row.retired || row.section.length === 0 || this.#bad.has(name)) return undefined
    try {
      const wrappedKey = this.#wrappedKeyIn(row, wish.tenant)
      const until = previous?.until ?? this.#sealsUntil(wrappedKey)
      if (until === undefined || hasPassed(this.clock, until)) return undefined
      if (this.#isOfAnotherCmk(row, wish)) return undefined
      const key = await this.unwrap(row, wish.tenant, limit)
      key.sawRow(seen)
      const { wrappedKey: proven, cmk } = key
      key.release()
      if (cmk !== wish.cmks.current) return undefined
      const fresh = { id: row.id, tenant: wish.tenant, row, wrappedKey: proven, cmk, until, room: 0, block: 0, used: 0 }
      const usage: TableUsage =
        previous === undefined ? { ...fresh, checked: until } : Object.assign(previous, { wrappedKey: proven, cmk })
      if (!(await this.#reserve(usage, countsOf(wish.sizes[0] ?? 0)))) return undefined
      return usage
    } catch (error) {
      // To find out, KMS may have been asked what the current CMK is.
      if (isOutage(error) && this.#isOfAnotherCmk(row, wish)) return undefined
      if (!(error instanceof EnvelopeError) || isOutage(error)) throw error
      return this.#skip(isNotOfTheRow(error) ? undefined : name, wish.tenant, error.code)
    }
  }

  /**
   * The data key of a row, leased: from what the row holds now. One that is in memory may have been unwrapped from what it
   * held before, and seal what nobody else can open. Rejects with what is wrong with the row, or with what KMS says.
   */
  async unwrap(row: KeyRow, tenant: string, limit = timeLimit(tenant, this.limits.timeout)): Promise<DataKey> {
    const wrappedKey = this.#wrappedKeyIn(row, tenant)
    const key = await this.unwrapped.get(
      row.id,
      tenant,
      () => wrappedKey,
      () => limit,
    )
    if (isHeldBy(key.wrappedKey, row)) return key
    key.release()
    return this.unwrapped.renew(row.id, wrappedKey, limit)
  }

  /**
   * Whether a row says that it is under another CMK than the current one, as far as that one is known. It would not seal
   * anyway, and the Region of a previous CMK may be down. Where there is no previous one, the tag is wrong: KMS will say so.
   */
  #isOfAnotherCmk({ wrapTag }: KeyRow, { tenant, cmks }: Wish): boolean {
    if (cmks.configured.length === 1) return false
    const current = this.cmks.arnOf(tenant, cmks.current)
    return current !== undefined && !namesCmk(wrapTag, current)
  }

  #wrappedKeyIn(row: KeyRow, tenant: string): WrappedKey {
    const wrappedKey = decodeWrappedKey(row.wrapTag, row.section)
    const { context } = wrappedKey
    if (context.tenant === tenant && context.appTag === this.#appTag) return wrappedKey
    throw new EnvelopeTenantError(
      'ENVELOPE_TENANT_MISMATCH',
      'A row of the key table has the wrapped key of another tenant or app.',
      { tenant },
    )
  }

  /** Reserves the next block, unless there is room for a while. What a lost answer had reserved counts as used. */
  async #reserve(usage: TableUsage, least: number): Promise<boolean> {
    if (usage.room >= Math.max(least, 1) && !runsShort(usage)) return true
    const block = Math.max(least, this.#blockAfter(usage.block))
    if (!(await this.rows.reserve(usage.id, block, this.limits.maxTableMessages))) return false
    usage.room += block
    usage.block = block
    return true
  }

  /** No block is more than a small part of the cap: what is reserved when a process ends is lost. */
  #blockAfter(block: number): number {
    const most = Math.min(LARGEST_BLOCK, Math.ceil(this.limits.maxTableMessages / 16))
    return Math.min(Math.max(FIRST_BLOCK, 4 * block), most)
  }

  /**
   * A row that fails its checks is skipped, remembered and reported, and never stands in the way.
   *
   * @param name by which it is remembered, if it is.
   */
  #skip(name: string | undefined, tenant: string, code: string): undefined {
    if (name !== undefined) this.#bad.set(name, true)
    tellOfTable('row-skipped', tenant, code)
  }

  /** Until when a key may seal, by the hour that KMS has authenticated; `undefined` where it may not. */
  #sealsUntil({ context: { createdHour } }: WrappedKey): Deadline | undefined {
    const now = this.clock.wall()
    if (createdHour > Math.floor(now / HOUR) + CLOCK_GRACE_HOURS) return undefined
    // The hour is rounded down: a key that has just been created must not be too old already.
    const left = createdHour * HOUR + Math.max(this.limits.maxAge, HOUR) - now
    if (left <= 0 || createdHour * HOUR < this.limits.notBefore) return undefined
    return deadlineIn(this.clock, left)
  }

  /**
   * The same for a key that this process has just created. Only it knows on which side of `notBefore` that was, within the
   * hour; for others the key is too old.
   */
  #createdSealsUntil(createdHour: number): Deadline {
    const now = this.clock.wall()
    const left = createdHour * HOUR + Math.max(this.limits.maxAge, HOUR) - now
    const { notBefore } = this.limits
    return deadlineIn(this.clock, now < notBefore ? Math.min(left, notBefore - now) : left)
  }

  async #generate({ tenant, cmks }: Wish, limit: TimeLimit): Promise<NewKey> {
    const createdHour = Math.floor(this.clock.wall() / HOUR)
    const evictions = this.unwrapped.evictionsOf(tenant)
    const trust = trustFromNow(this.clock, this.limits)
    const context = { appTag: this.#appTag, tenant, scope: TENANT_SCOPE, createdHour }
    const { dataKey, wrappedKey, cmk, cmkArn } = await this.kms.generate(cmks, context, limit)
    const key = new DataKey({ wrappedKey: packWrappedKey(wrappedKey), cmk }, tenant, dataKey, trust).lease()
    this.generated += 1
    return { key, wrappedKey, cmkArn, evictions }
  }

  /** Puts a new key in the table, before it seals anything. `undefined` where another process was faster. */
  async #store(
    { key, wrappedKey, cmkArn, evictions }: NewKey,
    owner: string,
    seq: bigint,
    { sizes: [size = 0] }: Wish,
  ): Promise<TableUsage | undefined> {
    const { id, tenant, cmk, trust } = key
    const row = newRow({ id, owner, seq }, wrappedKey, this.clock.wall(), cmkArn)
    const block = Math.max(countsOf(size), this.#blockAfter(0))
    if (!(await this.rows.insert(row, block))) return undefined
    key.sawRow(trust)
    this.unwrapped.admit(key, evictions)
    const until = this.#createdSealsUntil(wrappedKey.context.createdHour)
    const stored = { ...row, retired: false }
    return {
      id,
      tenant,
      row: stored,
      wrappedKey: key.wrappedKey,
      cmk,
      until,
      checked: until,
      room: block,
      block,
      used: 0,
    }
  }
}

/**
 * It may be another row's fault, or be over soon, and the row is tried again. A CMK that is refused may be a previous one; if
 * it is the current one, a new key is refused as well.
 */
function isNotOfTheRow({ code }: EnvelopeError): boolean {
  return (
    code === 'ENVELOPE_UNWRAP_LIMITED' ||
    code === 'ENVELOPE_KMS_ACCESS_DENIED' ||
    code === 'ENVELOPE_KMS_DISABLED' ||
    code === 'ENVELOPE_KMS_INVALID_STATE' ||
    code === 'ENVELOPE_KMS_NOT_FOUND'
  )
}

/** Not all at once again: each after another while. */
function afterARace(): Promise<void> {
  const { least, most } = AFTER_A_RACE
  return new Promise((resolve) => setTimeout(resolve, least + Math.random() * (most - least)))
}

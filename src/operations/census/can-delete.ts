import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type CountedKeys, UNREADABLE } from '../../databases/index.js'
import { decodeWrappedKey, WRAP_TAG_LENGTH, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from '../../errors.js'
import type { Calling, KeyProofs, KnownCmks, SoughtKey } from '../../keys/index.js'
import type { Throttle, Timer } from '../sweep/pace.js'
import type { CountTables, CountTarget } from './count-tables.js'
import { type DistinctSection, distinctSections, type Reference } from './distinct-sections.js'

/** Why a CMK may not be deleted, of one wrapped key: KMS accepts it under this CMK alone, or under none that it was asked with. */
export type RefersReason = EnvelopeErrorCode | 'UNDER_THIS_KEY'

/** A wrapped key that KMS has not accepted under another CMK, and what refers to it. */
export interface Refers {
  /** The data-key id, in hexadecimal. Left out for what is no wrapped key. */
  readonly dataKey?: string
  /** Why. */
  readonly reason: RefersReason
  /** How many values of which fields carry it; without a model and a field, it is a row of the key table. */
  readonly references: readonly Reference[]
}

/** What `$encryption.canDelete` has found. */
export interface CanDeleteReport {
  /** The key: its ARN, or the id that was given. */
  readonly key: string
  /**
   * Whether KMS has accepted every wrapped key under another configured CMK, and nothing else refers to this one. Backups, and
   * columns that are not annotated any more, are not looked at.
   */
  readonly canDelete: boolean
  /** Whether all was looked at: not if it was stopped by its signal, and not in a dry run. */
  readonly finished: boolean
  /** How many different wrapped keys there are. */
  readonly wrappedKeys: number
  /** How many KMS calls it takes to have them unwrapped: at least, and where many are under previous CMKs. */
  readonly kmsCalls: { readonly least: number; readonly most: number }
  /** How many of them have been accepted under another CMK. */
  readonly accepted: number
  /** The others, by reason. */
  readonly reasons: Readonly<Partial<Record<RefersReason, number>>>
  /** The first of these, at most 1,000. */
  readonly referring: readonly Refers[]
  /** How many values begin like envelopes and cannot be read: of a later release, say, so that nothing is known of their keys. */
  readonly unreadable: number
  /** How many tenants have it as their current CMK, so that new values are sealed under it. */
  readonly currentOf: number
  /** How many tenants have it among their previous CMKs. This alone is no obstacle: remove it there first. */
  readonly previousOf: number
  /** Of how many tenants it is the HMAC key of the index; what all tenants share counts as one. */
  readonly indexKeyOf: number
  /** Some of the tenants that the last three count, at most 100: the empty text is for all. */
  readonly tenants: readonly string[]
  /** CMKs and HMAC keys of the configuration of which KMS does not say which keys they are, by reason. */
  readonly unresolved: Readonly<Partial<Record<EnvelopeErrorCode, number>>>
  /** Models whose rows are hidden from this database user, wholly or in part: row-level security. */
  readonly hidden: readonly string[]
}

/** How a key is looked for. */
export interface CanDeleteWork {
  readonly tables: CountTables
  readonly targets: readonly CountTarget[]
  readonly keys: CountedKeys | undefined
  readonly known: KnownCmks
  readonly proofs: KeyProofs
  /** Tenants of which there may be no value. */
  readonly tenants: Iterable<string>
  /** Counts only. */
  readonly dryRun: boolean
  readonly kms: Throttle
  readonly timer: Timer
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: { done: number; all: number }) => void) | undefined
}

const MAX_NAMED = 1_000
const MAX_TENANTS = 100
/** How many wrapped keys, and tenants, are remembered, so that they are not asked about twice. */
const MAX_REMEMBERED = 10_000
const AT_ONCE = 8
/** After these, KMS is asked once more (ms). */
const TRY_AGAIN = [500, 2_000, 8_000]

/** Whether anything would be lost with a key. Memory does not grow with the number of values or of wrapped keys. */
export async function canDelete(sought: SoughtKey, work: CanDeleteWork): Promise<CanDeleteReport> {
  const run = new Search(sought, work)
  await run.look()
  return run.report()
}

class Search {
  readonly #accepted = new LRUCache<string, true>({ max: MAX_REMEMBERED })
  readonly #tenants = new LRUCache<string, true>({ max: MAX_REMEMBERED })
  readonly #reasons: Partial<Record<RefersReason, number>> = {}
  readonly #unresolved: Partial<Record<EnvelopeErrorCode, number>> = {}
  readonly #referring: Refers[] = []
  readonly #named = new Set<string>()
  readonly #hidden: string[] = []
  readonly #counts = {
    wrappedKeys: 0,
    least: 0,
    most: 0,
    accepted: 0,
    currentOf: 0,
    previousOf: 0,
    indexKeyOf: 0,
    unreadable: 0,
  }
  #finished = false

  constructor(
    private readonly sought: SoughtKey,
    private readonly work: CanDeleteWork,
  ) {}

  async look(): Promise<void> {
    const { tables, targets, keys, dryRun, tenants } = this.work
    for (const { model, table } of targets) if (await tables.hides(table)) this.#hidden.push(model)
    if (keys !== undefined && (await tables.hides(keys))) this.#hidden.push(keys.table)
    await this.#unreadable()
    await this.#index(undefined)
    await this.#shared()
    for (const tenant of tenants) await this.#tenant(tenant)
    for await (const found of distinctSections(tables, targets, keys)) {
      if (this.#stopped) return
      if ('section' in found) await this.#count(found)
      else if (dryRun) this.#counts.wrappedKeys += 1
    }
    if (dryRun) return
    let lot: DistinctSection[] = []
    let done = 0
    const prove = async (): Promise<void> => {
      await Promise.all(lot.map((one) => this.#prove(one)))
      done += lot.length
      lot = []
      this.work.onProgress?.({ done, all: this.#counts.wrappedKeys })
    }
    for await (const found of distinctSections(tables, targets, keys)) {
      if (this.#stopped) return
      if (!('section' in found)) {
        this.#refers('ENVELOPE_MALFORMED', found.references)
        continue
      }
      lot.push(found)
      if (lot.length === AT_ONCE) await prove()
    }
    await prove()
    this.#finished = !this.#stopped
  }

  async #unreadable(): Promise<void> {
    const query = { byTenant: false, byDataKey: false, most: 1 }
    for (const { table, columns } of this.work.targets) {
      for (const column of columns) {
        if (this.#stopped) return
        for (const { h, n } of await this.work.tables.values(table, column, undefined, query)) {
          if (h === UNREADABLE) this.#counts.unreadable += Number(n)
        }
      }
    }
  }

  get #stopped(): boolean {
    return this.work.signal?.aborted === true
  }

  async #count({ section }: DistinctSection): Promise<void> {
    this.#counts.wrappedKeys += 1
    const wrappedKey = decoded(section)
    if (wrappedKey instanceof EnvelopeError) return
    const { tenant } = wrappedKey.context
    await this.#tenant(tenant)
    try {
      const { configured } = await this.work.known.of(tenant)
      this.#counts.least += 1
      this.#counts.most += configured.length
    } catch (error) {
      codeOf(error)
    }
  }

  async #prove({ dataKeyId, section, references }: DistinctSection): Promise<void> {
    const name = `${dataKeyId} ${createHash('sha256').update(section).digest('base64')}`
    if (this.#accepted.has(name)) {
      this.#counts.accepted += 1
      return
    }
    const wrappedKey = decoded(section)
    if (wrappedKey instanceof EnvelopeError) {
      this.#refers(wrappedKey.code, references, dataKeyId)
      return
    }
    const proof = await this.work.proofs.prove(this.sought, dataKeyId, wrappedKey, this.#calling)
    if (proof.outcome === 'accepted') {
      this.#accepted.set(name, true)
      this.#counts.accepted += 1
    } else {
      this.#refers(proof.outcome === 'sought' ? 'UNDER_THIS_KEY' : proof.error.code, references, dataKeyId)
    }
  }

  readonly #calling: Calling = async (call) => {
    const { kms, timer, signal } = this.work
    for (const wait of TRY_AGAIN) {
      await kms.take(1, signal)
      try {
        return await call()
      } catch (error) {
        if (this.#stopped || !(error instanceof EnvelopeKeyError) || !error.retryable) throw error
        await timer.wait(wait, signal)
      }
    }
    await kms.take(1, signal)
    return call()
  }

  #refers(reason: RefersReason, references: readonly Reference[], dataKey?: string): void {
    this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1
    if (this.#referring.length >= MAX_NAMED) return
    this.#referring.push({ ...(dataKey !== undefined && { dataKey }), reason, references })
  }

  /** What the configuration has for a tenant. */
  async #tenant(tenant: string): Promise<void> {
    if (this.#tenants.has(tenant)) return
    this.#tenants.set(tenant, true)
    await this.#resolving(async () => {
      await this.#cmks(tenant, await this.work.known.of(tenant))
    })
    await this.#index(tenant)
  }

  async #shared(): Promise<void> {
    const { known } = this.work
    await this.#resolving(async () => {
      const cmks = await known.ofAll()
      if (cmks !== undefined) await this.#cmks('', cmks)
    })
  }

  async #cmks(tenant: string, cmks: Awaited<ReturnType<KnownCmks['of']>>): Promise<void> {
    for (const keyId of cmks.configured) {
      const isCurrent = keyId === cmks.current
      await this.#resolving(async () => {
        if (!this.sought.is(await this.work.proofs.arnOf(tenant, cmks, keyId))) return
        this.#counts[isCurrent ? 'currentOf' : 'previousOf'] += 1
        this.#name(tenant)
      }, isCurrent)
    }
  }

  async #index(tenant: string | undefined): Promise<void> {
    await this.#resolving(async () => {
      if (!(await this.work.proofs.isIndexKey(this.sought, tenant))) return
      this.#counts.indexKeyOf += 1
      this.#name(tenant ?? '')
    })
  }

  /** @param counts whether a failure leaves open what is asked: of a previous CMK that is gone it does not. */
  async #resolving(ask: () => Promise<void>, counts = true): Promise<void> {
    try {
      await ask()
    } catch (error) {
      const code = codeOf(error)
      if (counts) this.#unresolved[code] = (this.#unresolved[code] ?? 0) + 1
    }
  }

  #name(tenant: string): void {
    if (this.#named.size < MAX_TENANTS) this.#named.add(tenant)
  }

  report(): CanDeleteReport {
    const { wrappedKeys, least, most, accepted, currentOf, previousOf, indexKeyOf, unreadable } = this.#counts
    const isFree = [this.#reasons, this.#unresolved].every((found) => Object.keys(found).length === 0)
    const isUsed = currentOf + indexKeyOf + unreadable + this.#hidden.length > 0
    return {
      key: this.sought.name,
      canDelete: this.#finished && isFree && !isUsed,
      finished: this.#finished,
      wrappedKeys,
      kmsCalls: { least, most },
      accepted,
      reasons: this.#reasons,
      referring: this.#referring,
      unreadable,
      currentOf,
      previousOf,
      indexKeyOf,
      tenants: [...this.#named],
      unresolved: this.#unresolved,
      hidden: this.#hidden,
    }
  }
}

/** Without the tag that stood before it, which proves nothing. */
function decoded(section: Buffer): WrappedKey | EnvelopeError {
  try {
    return decodeWrappedKey(Buffer.alloc(WRAP_TAG_LENGTH), section)
  } catch (error) {
    if (error instanceof EnvelopeError) return error
    throw error
  }
}

function codeOf(error: unknown): EnvelopeErrorCode {
  if (error instanceof EnvelopeError) return error.code
  throw error
}

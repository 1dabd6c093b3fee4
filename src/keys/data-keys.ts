import { appTag, namesCmk, type WrappedKey } from '../envelope/index.js'
import { ignore } from '../promises/ignore.js'
import { isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { assertOwnApps } from './another-apps.js'
import type { CallKeys } from './calls/call-keys.js'
import { TransactionKeys } from './calls/transaction-keys.js'
import { type Clock, systemClock } from './clock.js'
import { CmkConsents } from './cmks/cmk-consents.js'
import { type CmkOption, Cmks, type KmsOption, type TenantCmks } from './cmks/cmks.js'
import { CurrentCmk } from './cmks/current-cmk.js'
import type { DataKey, FoundKey, KeyUnderCmk, Trust } from './data-key.js'
import {
  assertFitsTable,
  type DataKeyLimits,
  type DataKeyOptions,
  dataKeyLimits,
  erasedWithin,
  oldestHour,
} from './data-key-options.js'
import { type DataKeyStats, LookUps } from './data-key-stats.js'
import { type ExaminedKey, examineTenant } from './examination/examined-tenant.js'
import { UnwrapFailures } from './failures/unwrap-failures.js'
import { closed } from './gate/closed.js'
import { KmsGate } from './gate/kms-gate.js'
import { type TimeLimit, timeLimitWhenNeeded } from './gate/time-limit.js'
import { type IndexCmkOption, IndexKeys } from './index/index-keys.js'
import { CheckedKms } from './kms-calls/checked-kms.js'
import { Rewraps } from './opening/rewraps.js'
import { UnwrappedKeys } from './opening/unwrapped-keys.js'
import { unpackWrappedKey } from './packed-wrapped-key.js'
import { KeyProofs } from './proof/key-proofs.js'
import { KnownCmks } from './proof/known-cmks.js'
import { ActiveKeys } from './sealing/active-keys.js'
import type { SealingGrant } from './sealing/grant.js'
import { OwnerKeys } from './sealing/owner-keys.js'
import { PatientRows } from './sealing/patient-rows.js'
import { TableKeys } from './sealing/table-keys.js'
import type { KeyRows } from './table/key-rows.js'
import { KeyTable } from './table/key-table.js'
import { noKeyTable } from './table/openable-row.js'
import { KeyTableRewraps, type TableRewraps } from './table/rewrap-table.js'

export interface DataKeysOptions {
  /** Part of every data key's encryption context; frozen. */
  app: string
  kms: KmsOption
  cmk: CmkOption
  indexCmk?: IndexCmkOption | undefined
  dataKeys?: DataKeyOptions | undefined
  clock?: Clock | undefined
}

/**
 * A client's data keys: generated under the tenant's CMK, cached, used up, trusted for a while, wiped.
 *
 * Both ways in answer at once when the key is in memory: that is what keeps Prisma's batching of `findUnique` alive.
 *
 * The life of a data key, and which part knows what, is drawn in `docs/data-keys.md`.
 */
export class DataKeys implements CallKeys {
  /** Index keys, where `indexCmk` is set: from the same KMS, through the same gate, and dropped together. */
  readonly index: IndexKeys | undefined
  /** For reports: what is configured, and what KMS says of it. */
  readonly known: KnownCmks
  readonly proofs: KeyProofs
  readonly erasedWithin: number
  readonly #app: string
  readonly #appTag: number
  readonly #limits: DataKeyLimits
  readonly #clock: Clock
  readonly #kms: CheckedKms
  #table: { readonly read: KeyTable; readonly seal: TableKeys | undefined } | undefined
  readonly #gate: KmsGate
  readonly #cmks: Cmks
  readonly #failures: UnwrapFailures
  readonly #unwrapped: UnwrappedKeys
  readonly #active: ActiveKeys
  readonly #current: CurrentCmk
  readonly #consents: CmkConsents
  readonly #rewraps: Rewraps
  readonly #kmsCalls: Record<string, number> = {}
  #tableRewraps: KeyTableRewraps | undefined
  readonly #lookUps = new LookUps()
  #closed = false

  constructor(options: DataKeysOptions) {
    this.#app = options.app
    this.#appTag = appTag(options.app)
    const limits = dataKeyLimits(options.dataKeys)
    const clock = options.clock ?? systemClock
    this.#limits = limits
    this.erasedWithin = erasedWithin(limits)
    this.#clock = clock
    const gate = new KmsGate(limits, (operation) => {
      this.#kmsCalls[operation] = (this.#kmsCalls[operation] ?? 0) + 1
    })
    this.#gate = gate
    this.#failures = new UnwrapFailures(clock)
    this.#cmks = new Cmks(options.cmk, options.kms, gate, clock, limits)
    this.known = new KnownCmks(this.#cmks, options, gate, limits)
    this.#current = new CurrentCmk(this.#cmks, clock, limits.revalidate)
    const revoke = (tenant: string, cmk: string) => this.#revoke(tenant, cmk)
    this.#consents = new CmkConsents(this.#cmks, clock, limits, this.#failures, revoke)
    const kms = new CheckedKms(options.app, this.#cmks, gate, this.#failures, this.#current, this.#consents, revoke)
    this.#kms = kms
    this.#unwrapped = new UnwrappedKeys(limits, clock, this.#cmks, kms, this.#failures)
    this.#active = new ActiveKeys(this.#appTag, limits, clock, kms, this.#unwrapped)
    this.#rewraps = new Rewraps(this.#cmks, kms, this.#current, clock, limits.timeout, {
      wrappedKeyInMemory: (id, tenant) => this.#unwrapped.provenWrappedKey(id, tenant),
      verify: async (id, next) => {
        const key = await this.#unwrapped.renew(id, next)
        this.#active.rewrapped(key)
        this.#table?.seal?.rewrapped(key)
        key.release()
      },
    })
    if (options.indexCmk !== undefined) {
      this.index = new IndexKeys(options.app, options.indexCmk, options.kms, limits, clock, gate, (tenant, limit) =>
        this.#consents.of(tenant, limit, (cmks) => this.#consentByDataKey(tenant, cmks, limit)),
      )
    }
    this.proofs = new KeyProofs(options.app, this.known, gate, limits, this.index)
  }

  /**
   * Keeps data keys in this table too, and new ones there alone unless `store` says otherwise.
   *
   * @param rewraps whether rows that are read are rewrapped, where they need that.
   *
   * Throws `ENVELOPE_CONFIG_INVALID` where `maxMessages` is more than a key of the table may seal.
   */
  useTable(rows: KeyRows, rewraps = true): void {
    if (this.#table !== undefined) return
    const read = new KeyTable(rows, this.#app, (row, wrappedKey) => {
      if (rewraps && this.isWorthRewrapping(row.id, wrappedKey)) this.#tableRewraps?.inBackground(row, wrappedKey)
    })
    this.#tableRewraps = new KeyTableRewraps(rows, this.#app, {
      rewrap: (id, wrappedKey) => this.rewrap(id, wrappedKey),
      isStale: (wrappedKey) => this.#rewraps.isStale(wrappedKey),
      cmkArnOf: async (tenant) => this.#cmks.lastArnOf(tenant, (await this.#cmks.of(tenant)).current),
    })
    if (this.#limits.store === 'inline') {
      this.#table = { read, seal: undefined }
      return
    }
    assertFitsTable(this.#limits)
    const [limits, clock, unwrapped] = [this.#limits, this.#clock, this.#unwrapped]
    const patient = new PatientRows(rows, clock, limits.timeout)
    const owners = new OwnerKeys(this.#app, limits, clock, this.#cmks, this.#kms, unwrapped, patient)
    const seal = new TableKeys(limits, clock, unwrapped, patient, owners, this.#active)
    this.#table = { read, seal }
  }

  /**
   * The keys as a call inside an interactive transaction reaches them.
   *
   * @param transaction its id.
   * @param rows the key table, by the transaction's own client.
   */
  inTransaction(transaction: string, rows: KeyRows): CallKeys {
    if (this.#table === undefined) return this
    const keys = { grant: this.#grant.bind(this), open: this.#open.bind(this) }
    return new TransactionKeys(keys, this.#table.read, rows, transaction)
  }

  /**
   * The keys for a call of which it is not known whether it is inside an interactive transaction. Sealing waits for no
   * connection; opening may, by the client that was extended: values of the key table could not be read otherwise.
   */
  maybeInTransaction(): CallKeys {
    const forSealing: CallKeys['forSealing'] = (tenant, sizes) => this.#grant(tenant, sizes, false)
    return { forSealing, forOpening: this.forOpening.bind(this) }
  }

  forSealing(tenant: string, sizes: readonly number[]): MaybePromise<SealingGrant> {
    return this.#grant(tenant, sizes, true)
  }

  #grant(tenant: string, sizes: readonly number[], outside: boolean): MaybePromise<SealingGrant> {
    this.#assertOpen()
    // No key would ever be enough for none: generating would not end.
    if (sizes.length === 0) throw new RangeError('a sealing key was requested for no message')
    const limit = timeLimitWhenNeeded(tenant, this.#limits.timeout)
    const grant = (cmks: TenantCmks): MaybePromise<SealingGrant> => {
      const wish = { tenant, cmks, sizes, limit }
      return this.#table?.seal?.grant(wish, outside) ?? this.#active.grant(wish)
    }
    const cmks = this.#cmks.of(tenant, limit)
    if (!isPromise(cmks)) return grant(cmks)
    return cmks.then((known) => {
      this.#assertOpen()
      return grant(known)
    })
  }

  forOpening(id: string, tenant: string, wrappedKey: WrappedKey | undefined): MaybePromise<DataKey> {
    return this.#open(id, tenant, wrappedKey, () => {
      if (this.#table === undefined) throw noKeyTable(tenant)
      return this.#table.read.find(id, tenant)
    })
  }

  #open(
    id: string,
    tenant: string,
    carried: WrappedKey | undefined,
    look: () => MaybePromise<FoundKey>,
  ): MaybePromise<DataKey> {
    this.#assertOpen()
    if (carried !== undefined) assertOwnApps(this.#app, this.#appTag, carried)
    const key =
      carried === undefined
        ? this.#unwrapped.getByRow(id, tenant, look)
        : this.#unwrapped.get(id, tenant, () => carried)
    this.#lookUps.note(isPromise(key) ? 'miss' : 'hit', tenant)
    return key
  }

  /** Where wrapped keys of new values are kept, and when the oldest key that seals them was created. */
  get sealing(): { isInline: boolean; oldestHour: number } {
    return { isInline: this.#table?.seal === undefined, oldestHour: oldestHour(this.#limits, this.#clock.wall()) }
  }

  /** Whether to call {@link rewrap} for a data key that was read, as far as is known without asking KMS. Never throws. */
  isWorthRewrapping(id: string, wrappedKey: WrappedKey): boolean {
    if (this.#closed) return false
    try {
      const cmks = this.#cmks.of(wrappedKey.context.tenant)
      if (isPromise(cmks)) {
        // Whoever rewraps asks again, and is told.
        cmks.catch(ignore)
        return true
      }
      return this.#rewraps.isWorthwhile(cmks, id, wrappedKey)
    } catch {
      // The tenant is configured no longer. What is in memory may still be read for a while.
      return false
    }
  }

  /** The new wrapped key of a data key, or `undefined` where it needs none. One ReEncrypt however many rows share it. */
  rewrap(id: string, wrappedKey: WrappedKey): Promise<WrappedKey | undefined> {
    this.#assertOpen()
    return this.#rewraps.rewrap(id, wrappedKey)
  }

  /** Whether a data key is wrapped out of date. Rejects where KMS does not say, and with `ENVELOPE_APP_MISMATCH`. */
  async needsRewrap(wrappedKey: WrappedKey): Promise<boolean> {
    assertOwnApps(this.#app, this.#appTag, wrappedKey)
    return this.#rewraps.isStale(wrappedKey)
  }

  /** Has KMS unwrap a wrapped key of this data key, and keeps it in place of the one in memory. */
  async prove(id: string, wrappedKey: WrappedKey): Promise<void> {
    assertOwnApps(this.#app, this.#appTag, wrappedKey)
    ;(await this.#unwrapped.renew(id, wrappedKey)).release()
  }

  /** The same, and keeps nothing. @returns the ARN of the CMK that KMS used. */
  async accepts(id: string, wrappedKey: WrappedKey): Promise<string> {
    assertOwnApps(this.#app, this.#appTag, wrappedKey)
    return this.#rewraps.accepts(id, wrappedKey)
  }

  /** What KMS makes of this very wrapped key, without unwrapping it: it may be another data key's. */
  rewrapUnproven(wrappedKey: WrappedKey): Promise<WrappedKey | undefined> {
    return this.#rewraps.rewrapUnproven(wrappedKey)
  }

  /** Rewraps all rows of the key table that need it, of one tenant or of all; a dry run only counts them. */
  async rewrapTable(tenant: string | undefined, dryRun = false): Promise<TableRewraps> {
    this.#assertOpen()
    return (await this.#tableRewraps?.all(tenant, dryRun)) ?? { rewrapped: 0, fresh: 0, failed: 0 }
  }

  /** Resolves when no row of the key table is being rewrapped any more. */
  async idle(): Promise<void> {
    await this.#tableRewraps?.idle()
  }

  /** Has KMS do all that a tenant's data needs, with keys that nothing is sealed under. Never rejects. */
  async examine(tenant: string): Promise<ExaminedKey[]> {
    this.#assertOpen()
    const parts = { limits: this.#limits, clock: this.#clock, cmks: this.#cmks, kms: this.#kms, index: this.index }
    return examineTenant({ appTag: this.#appTag, ...parts }, tenant)
  }

  /** Forgets all that is known of a tenant: its next call asks KMS. */
  evict(tenant: string): void {
    this.#cmks.forget(tenant)
    this.#failures.forget(tenant)
    this.#current.forget(tenant)
    this.#rewraps.forget(tenant)
    this.#drop(tenant, () => true)
  }

  stats(): DataKeyStats {
    const { hits, misses } = this.#lookUps
    const generated = this.#active.generated + (this.#table?.seal?.generated ?? 0)
    return { kmsCalls: { ...this.#kmsCalls }, cached: this.#unwrapped.size, hits, misses, generated }
  }

  /**
   * Wipes every key that nobody is working with now, the others when their work ends. KMS requests that are under way are
   * aborted, later calls are refused.
   */
  close(): void {
    this.#closed = true
    this.#gate.close()
    this.#active.clear()
    this.#table?.seal?.close()
    this.#unwrapped.close()
    this.index?.close()
  }

  /** KMS refuses a CMK: every key that it unwrapped is dropped at once, also under another name of that CMK. */
  #revoke(tenant: string, cmk: string): void {
    const arn = this.#cmks.lastArnOf(tenant, cmk)
    this.#cmks.forgetDescription(tenant, cmk)
    const isUnder = (key: KeyUnderCmk, by: string) => namesCmk(unpackWrappedKey(key.wrappedKey).wrapTag, by)
    this.#drop(tenant, (key) => key.cmk === cmk || (arn !== undefined && isUnder(key, arn)))
  }

  /**
   * Has KMS work with a data key of a tenant whose CMK may not be described: with one that is in memory, else with a new
   * one, which will seal the tenant's next values.
   */
  async #consentByDataKey(tenant: string, cmks: TenantCmks, limit: TimeLimit): Promise<Trust> {
    const known = this.#unwrapped.under(tenant, cmks.current)
    const key =
      known === undefined
        ? (await this.#active.grant({ tenant, cmks, sizes: [0], limit: () => limit })).key
        : await this.#unwrapped.renew(known.id, unpackWrappedKey(known.wrappedKey), limit)
    key.release()
    return key.trust
  }

  #drop(tenant: string, matches: (key: KeyUnderCmk) => boolean): void {
    this.#active.drop(tenant, matches)
    this.#table?.seal?.drop(tenant, matches)
    this.#unwrapped.drop(tenant, matches)
    this.#consents.forget(tenant)
    // A tenant that has withdrawn its CMK is not searched from memory either.
    this.index?.drop(tenant)
  }

  #assertOpen(): void {
    if (this.#closed) throw closed()
  }
}

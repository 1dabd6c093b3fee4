import { createHmac, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { lengthPrefixed } from '../../envelope/index.js'
import { EnvelopeConfigError, type EnvelopeError, EnvelopeKeyError } from '../../errors.js'
import type { KmsProvider } from '../../kms/provider.js'
import { assertMethod } from '../../kms/provider-check.js'
import { isThenable, type MaybePromise } from '../../promises/maybe-promise.js'
import { type Clock, deadlineIn, hasPassed } from '../clock.js'
import { mayStandFor } from '../cmks/cmk-arn.js'
import { type KmsOption, providerFor } from '../cmks/cmks.js'
import { isSpent, type Trust, trustFromNow } from '../data-key.js'
import type { DataKeyLimits } from '../data-key-options.js'
import { closed } from '../gate/closed.js'
import { faultOf, takeKey } from '../gate/given-key.js'
import type { KmsGate } from '../gate/kms-gate.js'
import { SharedWork } from '../gate/shared-work.js'
import { noTimeLeft, type TimeLimit, timeLimit } from '../gate/time-limit.js'
import { INDEX_KEY_RETRY } from '../timings.js'
import { IndexKey } from './index-key.js'

/** The KMS HMAC_256 key that blind indexes are derived from. */
export type IndexCmkConfig =
  | string
  | {
      /** Key id, key ARN, alias name or alias ARN. */
      readonly keyId: string
      /**
       * What `$encryption.indexCheck()` returned when the index was set up: 16 hexadecimal digits. With it, an alias that
       * was moved, or a key of another Region, is noticed before any SQL: searches would miss without a word, and a
       * `@unique` column would admit twins.
       */
      readonly check?: string
    }

/** One key for all, or a tenant's own, returned at once. Asked with `undefined` for indexes of scope `global`. */
export type IndexCmkOption = IndexCmkConfig | ((tenant: string | undefined) => IndexCmkConfig | undefined)

/** What KMS returned, and the key that it used. */
interface Mac {
  readonly mac: Uint8Array
  readonly cmkArn: string
}

interface Config {
  readonly keyId: string
  readonly check: string | undefined
  readonly kms: KmsProvider
}
const MAX_COMPARED = 10_000
const CHECK = /^[0-9a-f]{16}$/
/** The queue and the errors of calls for a global index go under this name. No tenant is empty. */
const GLOBAL = ''

/**
 * Index keys: one a tenant, and one for what is shared by all. Derived from a KMS HMAC key, hence the same in every
 * process, with nothing to store. Cached and trusted as long as data keys are, and dropped together with them.
 */
export class IndexKeys {
  readonly #cache: LRUCache<string, IndexKey>
  readonly #flights = new Map<string, SharedWork<IndexKey>>()
  /** Keys whose check value was compared, with it: an HMAC key never changes, only the alias that names it does. */
  readonly #compared = new Set<string>()
  #closed = false

  constructor(
    private readonly app: string,
    private readonly option: IndexCmkOption,
    private readonly kms: KmsOption,
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly gate: KmsGate,
    /**
     * Until when the tenant's CMK is known to work: its index key may be used for no longer, whatever the HMAC key says.
     * Rejects where it does not, and where there is no such tenant: KMS is not asked for any name that somebody makes up.
     */
    private readonly consentOf: (tenant: string, limit: TimeLimit) => Promise<Trust>,
  ) {
    this.#cache = new LRUCache({
      max: limits.maxCached,
      // A key that only had to make room may have been given to callers who are about to use it.
      dispose: (key, _, reason) => (reason === 'evict' ? wipeSoon(key) : key.wipe()),
    })
  }

  /**
   * Calls `use` with the index key of a tenant, or of all: at once when it is in memory. The key is good for that call
   * only. Rejects with `ENVELOPE_INDEX_KEY_CHANGED`, or the code of what KMS said.
   */
  with<T>(tenant: string | undefined, use: (key: IndexKey) => T): MaybePromise<T> {
    this.#assertOpen()
    const cached = this.#cache.get(tenant ?? GLOBAL)
    if (cached !== undefined && this.#mayUse(cached)) return use(cached)
    return this.#ask(tenant).then((key) => {
      this.#assertOpen()
      return key.wiped ? this.with(tenant, use) : use(key)
    })
  }

  /** The check value of a tenant's HMAC key, to be pinned in the configuration. */
  async check(tenant: string | undefined): Promise<string> {
    this.#assertOpen()
    return (await this.#check(tenant, this.#configOf(tenant), this.#limitFrom(tenant))).value
  }

  /** What is configured for a tenant, or for what all tenants share: for reports. */
  configured(tenant: string | undefined): { readonly keyId: string; readonly kms: KmsProvider } {
    return this.#configOf(tenant)
  }

  drop(tenant: string): void {
    this.#flights.delete(tenant)
    this.#cache.delete(tenant)
  }

  close(): void {
    this.#closed = true
    this.#cache.clear()
  }

  #assertOpen(): void {
    if (this.#closed) throw closed()
  }

  #mayUse(key: IndexKey): boolean {
    if (!hasPassed(this.clock, key.trust)) return true
    return key.retryAt !== undefined && !hasPassed(this.clock, key.retryAt) && !isSpent(this.clock, key.trust)
  }

  #ask(tenant: string | undefined): Promise<IndexKey> {
    const name = tenant ?? GLOBAL
    const limit = this.#limitFrom(tenant)
    let flight = this.#flights.get(name)
    if (flight === undefined) {
      const isCurrent = () => this.#flights.get(name) === flight
      const derive = (shared: TimeLimit) =>
        this.#derive(tenant, shared, isCurrent).finally(() => {
          if (isCurrent()) this.#flights.delete(name)
        })
      flight = new SharedWork(limit, derive, noTimeLeft)
      this.#flights.set(name, flight)
    }
    return flight.wait(limit)
  }

  #limitFrom(tenant: string | undefined): TimeLimit {
    return timeLimit(tenant ?? GLOBAL, this.limits.timeout)
  }

  /** @param isCurrent whether the tenant's keys have not been dropped since: what comes after that is not cached. */
  async #derive(tenant: string | undefined, limit: TimeLimit, isCurrent: () => boolean): Promise<IndexKey> {
    const name = tenant ?? GLOBAL
    const cached = this.#cache.peek(name)
    try {
      const trust = tenant === undefined ? trustFromNow(this.clock, this.limits) : await this.consentOf(tenant, limit)
      const config = this.#configOf(tenant)
      const scope = tenant === undefined ? 'global' : 'tenant'
      const given = await this.#mac(tenant, config, ['prisma-envelope/v1/index-key', this.app, scope, name], limit)
      await this.#compare(tenant, config, given, limit)
      return this.#admit(name, cached, given.mac, trust, isCurrent)
    } catch (error) {
      if (cached !== undefined && !cached.wiped) {
        if (error instanceof EnvelopeKeyError && error.retryable && !isSpent(this.clock, cached.trust)) {
          cached.retryAt = deadlineIn(this.clock, INDEX_KEY_RETRY)
          return cached
        }
        this.#cache.delete(name)
      }
      throw error
    }
  }

  #admit(
    name: string,
    cached: IndexKey | undefined,
    mac: Uint8Array,
    trust: Trust,
    isCurrent: () => boolean,
  ): IndexKey {
    if (cached !== undefined && !cached.wiped) {
      const same = cached.matches(mac)
      mac.fill(0)
      // A moved alias shows here even where no check value is pinned.
      if (!same) throw changed(name)
      cached.trust = trust
      cached.retryAt = undefined
      return cached
    }
    const key = new IndexKey(mac, trust)
    if (isCurrent() && !this.#closed) this.#cache.set(name, key)
    // The callers who wait for it have it; nobody who comes later does.
    else wipeSoon(key)
    return key
  }

  /** Compares the pinned check value with that of the key that has just answered: one more call for each key. */
  async #compare(tenant: string | undefined, config: Config, given: Mac, limit: TimeLimit): Promise<void> {
    if (config.check === undefined) return
    const name = `${config.check} ${given.cmkArn}`
    if (this.#compared.has(name)) return
    try {
      const { value, cmkArn } = await this.#check(tenant, config, limit)
      // Between the two calls the alias may have been moved.
      if (cmkArn !== given.cmkArn || !timingSafeEqual(Buffer.from(value), Buffer.from(config.check))) {
        throw changed(tenant ?? GLOBAL)
      }
    } catch (error) {
      given.mac.fill(0)
      throw error
    }
    if (this.#compared.size >= MAX_COMPARED) this.#compared.clear()
    this.#compared.add(name)
  }

  async #check(
    tenant: string | undefined,
    config: Config,
    limit: TimeLimit,
  ): Promise<{ value: string; cmkArn: string }> {
    const { mac, cmkArn } = await this.#mac(tenant, config, ['prisma-envelope/v1/index-check', this.app], limit)
    return { value: checkValue(mac), cmkArn }
  }

  async #mac(tenant: string | undefined, config: Config, message: readonly string[], limit: TimeLimit): Promise<Mac> {
    const { mac, cmkArn } = await this.gate.run({
      tenant: tenant ?? GLOBAL,
      operation: 'GenerateMac',
      cmk: config.keyId,
      limit,
      call: async (signal) => {
        const given = await config.kms.generateMac({ keyId: config.keyId, message: lengthPrefixed(message), signal })
        return { cmkArn: given.cmkArn, mac: takeKey(given.mac) }
      },
      discard: (late) => late.mac.fill(0),
    })
    const fault =
      faultOf(mac) ?? (mayStandFor(config.keyId, cmkArn) ? undefined : 'answered with a different key than requested')
    if (fault === undefined) return { mac, cmkArn }
    mac.fill(0)
    throw new EnvelopeKeyError(
      'ENVELOPE_KMS_BAD_RESPONSE',
      `KMS GenerateMac ${fault}. Check the KMS endpoint and provider.`,
      { tenant },
    )
  }

  #configOf(tenant: string | undefined): Config {
    const given = typeof this.option === 'function' ? this.option(tenant) : this.option
    if (isThenable(given)) {
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        'indexCmk(tenant) returned a promise, but must return synchronously.',
        { tenant },
      )
    }
    const { keyId, check } = typeof given === 'string' ? { keyId: given, check: undefined } : (given ?? {})
    const whose = tenant === undefined ? 'for indexes of scope global' : 'for this tenant'
    if (typeof keyId !== 'string' || keyId === '' || (check !== undefined && !CHECK.test(check))) {
      throw new EnvelopeConfigError(
        'ENVELOPE_CONFIG_INVALID',
        `indexCmk names no usable key ${whose}. It must be a key id, key ARN or alias of an HMAC_256 key, or { keyId, check } with the 16 digits that $encryption.indexCheck() returns.`,
        { tenant },
      )
    }
    const kms = providerFor(this.kms, tenant ?? GLOBAL)
    assertMethod(kms, 'generateMac', tenant)
    return { keyId, check, kms }
  }
}

/** After the callers who were given the key have used it, which they do before anything else runs. */
function wipeSoon(key: IndexKey): void {
  setImmediate(() => key.wipe())
}

function checkValue(mac: Uint8Array): string {
  const value = createHmac('sha256', mac).update('prisma-envelope/v1/index-check').digest('hex').slice(0, 16)
  mac.fill(0)
  return value
}

function changed(name: string): EnvelopeError {
  return new EnvelopeKeyError(
    'ENVELOPE_INDEX_KEY_CHANGED',
    'The HMAC key behind indexCmk is not the one that this index was built with: an alias was moved, or it is the key of another Region or account. Searches would miss rows, and unique indexes would allow duplicates. Point indexCmk back at the key, or rebuild the index and pin the new check value.',
    name === GLOBAL ? {} : { tenant: name },
  )
}

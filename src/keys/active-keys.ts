import { LRUCache } from 'lru-cache'
import { type Clock, type Deadline, deadlineIn, hasPassed } from './clock.js'
import type { TenantCmks } from './cmks.js'
import { DataKey } from './data-key.js'
import { Flights } from './flights.js'
import type { KmsClient } from './kms-client.js'
import type { DataKeyLimits } from './options.js'
import type { UnwrappedKeys } from './unwrapped-keys.js'

const HOUR = 3_600_000
/** When a successor cannot be had early: how long until the next try. */
const RETRY = 1_000
/** From this share of a cap on, a successor is fetched while the key goes on sealing. */
const EARLY = 0.9

/** A leased key and how many of the asked messages it may seal. */
export interface SealingGrant {
  readonly key: DataKey
  readonly messages: number
}

/** How far the key that seals a tenant's new values is used up. */
interface Usage {
  readonly key: DataKey
  /** The configured id of the CMK that it was made under. */
  readonly cmk: string
  readonly expires: Deadline
  readonly early: Deadline
  messages: number
  bytes: number
  successorAt: Deadline | undefined
}

/** One sealing key per tenant and scope, within three caps: age, messages, bytes. */
export class ActiveKeys {
  generated = 0
  /** Each holds a lease on its key, however full the cache of unwrapped keys is. */
  readonly #active: LRUCache<string, Usage>
  readonly #usage = new WeakMap<DataKey, Usage>()
  readonly #flights = new Flights()

  constructor(
    private readonly app: string,
    private readonly limits: DataKeyLimits,
    private readonly clock: Clock,
    private readonly kms: KmsClient,
    private readonly unwrapped: UnwrappedKeys,
  ) {
    this.#active = new LRUCache({ max: limits.maxCached, dispose: (usage) => usage.key.release() })
  }

  /** A key for some or all of the messages of these sizes (bytes), counted against the caps before it is given. */
  grant(
    tenant: string,
    scope: string,
    cmks: TenantCmks,
    sizes: readonly number[],
  ): SealingGrant | Promise<SealingGrant> {
    const usage = this.#active.get(activeName(tenant, scope))
    if (usage !== undefined && usage.cmk === cmks.current && !hasPassed(this.clock, usage.expires)) {
      if (!this.unwrapped.isTrusted(usage.key)) {
        return this.unwrapped.revalidate(usage.key).then((key) => this.#grantFrom(key, tenant, scope, cmks, sizes))
      }
      const messages = this.#reserve(usage, sizes)
      if (messages > 0) {
        this.#fetchSuccessorEarly(usage, tenant, scope, cmks)
        return { key: usage.key.lease(), messages }
      }
    }
    return this.#generate(tenant, scope, cmks).then((key) => this.#grantFrom(key, tenant, scope, cmks, sizes))
  }

  /** Drops a tenant's keys, or those of them that match. */
  drop(tenant: string, matches: (key: DataKey) => boolean): void {
    for (const [name, { key }] of this.#active) {
      if (key.tenant !== tenant || !matches(key)) continue
      key.retire()
      this.#active.delete(name)
    }
  }

  clear(): void {
    for (const { key } of this.#active.values()) key.retire()
    this.#active.clear()
  }

  /** From a key that is leased already; another pass may have used it up or pushed it out in the meantime. */
  #grantFrom(
    key: DataKey,
    tenant: string,
    scope: string,
    cmks: TenantCmks,
    sizes: readonly number[],
  ): SealingGrant | Promise<SealingGrant> {
    const usage = this.#usage.get(key)
    const messages = usage === undefined ? 0 : this.#reserve(usage, sizes)
    if (messages > 0) return { key, messages }
    key.release()
    return this.grant(tenant, scope, cmks, sizes)
  }

  /** Counts as many messages as fit below the caps; a fresh key takes at least one. */
  #reserve(usage: Usage, sizes: readonly number[]): number {
    let granted = 0
    for (const size of sizes) {
      if (usage.messages >= this.limits.maxMessages) break
      if (usage.bytes + size > this.limits.maxBytes && usage.messages > 0) break
      usage.messages += 1
      usage.bytes += size
      granted += 1
    }
    return granted
  }

  #fetchSuccessorEarly(usage: Usage, tenant: string, scope: string, cmks: TenantCmks): void {
    const due =
      usage.messages >= this.limits.maxMessages * EARLY ||
      usage.bytes >= this.limits.maxBytes * EARLY ||
      hasPassed(this.clock, usage.early)
    if (!due || (usage.successorAt !== undefined && !hasPassed(this.clock, usage.successorAt))) return
    usage.successorAt = deadlineIn(this.clock, RETRY)
    // A failure is not lost: it shows when the key is used up and a caller has to wait for the next one.
    this.#generate(tenant, scope, cmks).then(
      (key) => key.release(),
      () => {},
    )
  }

  #generate(tenant: string, scope: string, cmks: TenantCmks): Promise<DataKey> {
    const name = activeName(tenant, scope)
    return this.#flights.join(`${name}\0${cmks.current}`, async () => {
      const epoch = this.unwrapped.epoch
      const createdHour = Math.floor(this.clock.wall() / HOUR)
      const { dataKey, record } = await this.kms.generate(cmks, { app: this.app, tenant, scope, createdHour })
      const key = new DataKey(tenant, record, dataKey, this.unwrapped.trust()).lease()
      this.generated += 1
      const usage: Usage = {
        key,
        cmk: cmks.current,
        expires: deadlineIn(this.clock, this.limits.maxAge),
        early: deadlineIn(this.clock, this.limits.maxAge * EARLY),
        messages: 0,
        bytes: 0,
        successorAt: undefined,
      }
      this.#usage.set(key, usage)
      if (this.unwrapped.admit(key, epoch)) {
        key.lease()
        this.#active.set(name, usage)
      }
      return key
    })
  }
}

function activeName(tenant: string, scope: string): string {
  return `${scope}\0${tenant}`
}

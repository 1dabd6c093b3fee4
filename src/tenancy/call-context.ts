import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { ambientTenant, enterTenant } from './ambient.js'

/** The context of a call. Prisma's promises are lazy, so the context in which the call was made has to be kept. */
export interface CallContext {
  readonly tenant: string | undefined
  enter<A extends unknown[], T>(work: (...args: A) => T, ...args: A): T
}

/** Calls of a bound view: they are for its tenant, wherever they are made or awaited. */
export function boundTo(tenant: string): CallContext {
  return { tenant, enter: (work, ...args) => enterTenant(tenant, work, ...args) }
}

/**
 * A call of an unbound client: the whole context in which it is made. Not the tenant alone, since the option `tenant` may
 * be a function that reads the application's own store.
 */
export class MadeHere implements CallContext {
  readonly tenant = ambientTenant()
  readonly #resource = new AsyncResource('PrismaEnvelopeCall', { requireManualDestroy: true })

  enter<A extends unknown[], T>(work: (...args: A) => T, ...args: A): T {
    const awaitedIn = this.tenant === undefined ? ambientTenant() : undefined
    return awaitedIn === undefined
      ? this.#resource.runInAsyncScope(work, undefined, ...args)
      : this.#resource.runInAsyncScope(enterStray<A, T>, undefined, awaitedIn, work, args)
  }
}

const stray = new AsyncLocalStorage<string>()

function enterStray<A extends unknown[], T>(awaitedIn: string, work: (...args: A) => T, args: A): T {
  return stray.run(awaitedIn, work, ...args)
}

/**
 * The tenant in whose context a call is awaited that was made outside every tenant. No tenant is set for such a call, but
 * code that awaits it here expects this tenant's rows: it is refused rather than reach all tenants' rows.
 */
export function strayTenant(): string | undefined {
  return stray.getStore()
}

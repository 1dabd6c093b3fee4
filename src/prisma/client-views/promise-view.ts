import type { CallContext } from '../../tenancy/call-context.js'
import { boundAlready } from '../../tenancy/tenant.js'
import { isPrismaPromise } from '../internals.js'
import { isFunction } from '../objects.js'

/** Under this key a view tells its context. Nobody else has the symbol; a weak map would cost each call's garbage collection. */
const CONTEXT = Symbol('context')

/**
 * Prisma's promises are lazy: the call is sent when they are awaited, and must be sent in its own context.
 *
 * Throws `ENVELOPE_TENANT_BOUND` for the promise of a different tenant's call.
 */
export function promiseView(promise: PromiseLike<unknown>, context: CallContext): unknown {
  // Only views have it.
  const known = Reflect.get(promise, CONTEXT) as CallContext | undefined
  if (known !== undefined) {
    if (context.tenant === undefined || context.tenant === known.tenant) return promise
    // A call that was made outside every tenant is refused when it is awaited inside one.
    if (known.tenant !== undefined) throw boundAlready(known.tenant)
  }
  return new Proxy(promise, new InContext(context))
}

class InContext implements ProxyHandler<PromiseLike<unknown>> {
  readonly #context: CallContext

  constructor(context: CallContext) {
    this.#context = context
  }

  get(target: PromiseLike<unknown>, key: PropertyKey): unknown {
    const context = this.#context
    if (key === CONTEXT) return context
    const value: unknown = Reflect.get(target, key, target)
    if (!isFunction(value)) return value
    if (key === 'then' || key === 'catch' || key === 'finally') {
      return (...callbacks: unknown[]): unknown => {
        // Started inside the context, continued outside it: the caller's callbacks do not belong to the tenant.
        const started = context.enter(start, target)
        return Reflect.apply(started[key], started, callbacks)
      }
    }
    return (...args: unknown[]): unknown => {
      const result = context.enter(Reflect.apply<unknown, unknown[], unknown>, value, target, args)
      return isPrismaPromise(result) ? promiseView(result, context) : result
    }
  }
}

function start<T>(lazy: PromiseLike<T>): Promise<T> {
  return Promise.resolve(lazy.then(same))
}

function same<T>(result: T): T {
  return result
}

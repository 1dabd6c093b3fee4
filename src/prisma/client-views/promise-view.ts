import type { CallContext } from '../../tenancy/call-context.js'
import { boundAlready } from '../../tenancy/tenant.js'
import { isPrismaPromise } from '../internals.js'
import { isFunction } from '../objects.js'

const contexts = new WeakMap<object, CallContext>()

/**
 * Prisma's promises are lazy: the call is sent when they are awaited, and must be sent in its own context.
 *
 * Throws `ENVELOPE_TENANT_BOUND` for the promise of a different tenant's call.
 */
export function promiseView(promise: PromiseLike<unknown>, context: CallContext): unknown {
  const known = contexts.get(promise)
  if (known !== undefined) {
    if (context.tenant === undefined || context.tenant === known.tenant) return promise
    // A call that was made outside every tenant is refused when it is awaited inside one.
    if (known.tenant !== undefined) throw boundAlready(known.tenant)
  }
  const view: PromiseLike<unknown> = new Proxy(promise, {
    get(target, key) {
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
    },
  })
  contexts.set(view, context)
  return view
}

function start<T>(lazy: PromiseLike<T>): Promise<T> {
  return Promise.resolve(lazy.then((result) => result))
}

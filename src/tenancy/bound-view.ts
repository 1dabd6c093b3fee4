import { EnvelopeTenantError } from '../errors.js'
import { enterTenant } from './ambient.js'
import { type TenantId, tenantText } from './tenant.js'

/**
 * A view of a Prisma client that is bound to one tenant: every call made through it, and every client it hands out,
 * runs in that tenant's context.
 *
 * A view, not a derived client: `$extends` would put one more layer inside encryption, and a derived client that is
 * kept escapes transactions and loses later extensions.
 */
export function boundView<C extends object>(client: C, tenant: string): C {
  const delegates = new Map<PropertyKey, unknown>()
  return new Proxy(client, {
    get(target, key) {
      if (key === '$forTenant') return (other: TenantId) => rebound(target, tenant, other)
      const value: unknown = Reflect.get(target, key, target)
      if (isFunction(value)) return boundMethod(target, value, tenant)
      if (!isDelegate(key, value)) return value
      let delegate = delegates.get(key)
      if (delegate === undefined) {
        delegate = boundMethods(value, tenant)
        delegates.set(key, delegate)
      }
      return delegate
    },
  })
}

function rebound<C extends object>(client: C, tenant: string, other: TenantId): C {
  if (tenantText(other) === tenant) return boundView(client, tenant)
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_BOUND',
    `This client is bound to tenant ${JSON.stringify(tenant)} and cannot be bound to another. Bind the client that is not bound yet.`,
    { tenant },
  )
}

type Callable = (...args: unknown[]) => unknown

function isFunction(value: unknown): value is Callable {
  return typeof value === 'function'
}

/** A model's delegate, or the management face; what begins with `_` is Prisma's own. */
function isDelegate(key: PropertyKey, value: unknown): value is object {
  return typeof key === 'string' && !key.startsWith('_') && typeof value === 'object' && value !== null
}

function boundMethods(delegate: object, tenant: string): object {
  return new Proxy(delegate, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      return isFunction(value) ? boundMethod(target, value, tenant) : value
    },
  })
}

function boundMethod(target: object, method: Callable, tenant: string) {
  return (...args: unknown[]): unknown => {
    const given = args.some(isFunction) ? args.map((arg) => boundCallback(arg, tenant)) : args
    // Without a closure: Prisma takes the stack of every call, and each frame on it takes time.
    return boundResult(enterTenant(tenant, Reflect.apply<object, unknown[], unknown>, method, target, given), tenant)
  }
}

/** The function that `$transaction` calls with a transaction's client. */
function boundCallback(arg: unknown, tenant: string): unknown {
  if (!isFunction(arg)) return arg
  return (...given: unknown[]): unknown =>
    enterTenant(tenant, arg, ...given.map((one) => (isClient(one) ? boundView(one, tenant) : one)))
}

function boundResult(result: unknown, tenant: string): unknown {
  if (isPrismaPromise(result)) return boundPromise(result, tenant)
  return isClient(result) ? boundView(result, tenant) : result
}

/** Prisma's promises are lazy: the call is made when they are awaited, and has to be made in the tenant's context then. */
function boundPromise(promise: PromiseLike<unknown>, tenant: string): unknown {
  return new Proxy(promise, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (!isFunction(value)) return value
      if (key === 'then' || key === 'catch' || key === 'finally') {
        return (...callbacks: unknown[]): unknown => {
          // Started inside the context, continued outside it: the caller's code behind it is not the tenant's.
          const started = enterTenant(tenant, start, target)
          return Reflect.apply(started[key], started, callbacks)
        }
      }
      return boundMethod(target, value, tenant)
    },
  })
}

function start<T>(lazy: PromiseLike<T>): Promise<T> {
  return Promise.resolve(lazy.then((result) => result))
}

function isPrismaPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && Reflect.get(value, Symbol.toStringTag) === 'PrismaPromise'
}

/** A client or a transaction's client. */
function isClient(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '$queryRaw' in value && !isPrismaPromise(value)
}

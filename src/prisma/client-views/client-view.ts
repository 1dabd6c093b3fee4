import { EnvelopeConfigError } from '../../errors.js'
import { boundTo, type CallContext, MadeHere } from '../../tenancy/call-context.js'
import { boundAlready, type TenantId, tenantText } from '../../tenancy/tenant.js'
import {
  isClient,
  isModelDelegate,
  isOfTransaction,
  isPrismaPromise,
  isPrismasOperation,
  isPrismasOwn,
} from '../internals.js'
import { type Callable, isFunction } from '../objects.js'
import { type Binder, handOut } from './hand-out.js'
import { promiseView } from './promise-view.js'

/** The options that all views of one extended client share. */
export interface ViewOptions {
  /** The tenant of every call. If left out, each call is for the tenant that is set where it is made. */
  readonly tenant?: string | undefined
  /** Adds encryption to a client that came from elsewhere, or throws. */
  adopt(client: object): object
  /** The client before the last extension, where that is not the client's own `$parent`. */
  parentOf?(client: object): unknown
}

const views = new WeakMap<object, { readonly client: object; readonly options: ViewOptions }>()
const delegateViews = new WeakMap<object, { readonly name: string; readonly view: object }>()

/**
 * A view of a Prisma client through which all calls are made: each call is for the view's tenant, or, without one, for the
 * tenant that is set *where it is made*, however lazily it is sent; every client that it exposes is such a view again.
 *
 * A view, not a derived client: `$extends` would put one more layer inside encryption, and a derived client that is
 * kept escapes transactions and loses later extensions.
 */
export function clientView<C extends object>(client: C, options: ViewOptions): C {
  const context = options.tenant === undefined ? undefined : boundTo(options.tenant)
  const delegates = new Map<string, { readonly value: object; readonly view: object }>()
  const view: C = new Proxy(client, {
    get(target, key) {
      if (key === '$forTenant') return (tenant: TenantId) => boundView(view, tenantText(tenant))
      const value: unknown = Reflect.get(target, key, target)
      if (typeof key !== 'string') return value
      if (key === '$parent') return parentView(options.parentOf?.(target) ?? value, binder)
      if (isFunction(value)) return clientMethod(target, key, value)
      if (key.startsWith('_') || typeof value !== 'object' || value === null) return value
      const known = delegates.get(key)
      if (known?.value === value) return known.view
      const made = isClient(value) ? binder.client(value) : delegateView(value, view, binder, context, key)
      delegates.set(key, { value, view: made })
      return made
    },
  })
  const binder = binderOf(options, context)
  const clientMethod = (target: object, key: string, method: Callable): Callable => {
    if (key === '$extends') {
      // On the view, so that an extension that keeps its client keeps the view.
      return (...args) => binder.client(call(context, method, view, args) as object)
    }
    if (key.startsWith('_') || isPrismasOwn(target, key, method)) return prismasMethod(target, method, binder, context)
    return binder.method(view, method)
  }
  views.set(view, { client, options })
  return view
}

/**
 * The same view, bound to a tenant.
 *
 * Throws `ENVELOPE_TENANT_BOUND` if it is already bound to a different tenant.
 */
export function boundView<C extends object>(view: C, tenant: string): C {
  const known = views.get(view)
  if (known === undefined || known.options.tenant === tenant) return view
  if (known.options.tenant !== undefined) throw boundAlready(known.options.tenant)
  // The client behind a view is of the view's type.
  return clientView(known.client as C, { ...known.options, tenant })
}

/** A model's delegate, or another object on the client: its methods are called in the context, on the view of that object. */
function delegateView(
  delegate: object,
  view: object,
  binder: Binder,
  context: CallContext | undefined,
  name: string,
): object {
  const isModel = isModelDelegate(delegate)
  const proxy: object = new Proxy(delegate, {
    get(target, key) {
      if (key === '$parent') return Reflect.get(view, key)
      const value: unknown = Reflect.get(target, key, target)
      if (!isFunction(value)) return value
      if (isModel) {
        return isPrismasOperation(target, key, value)
          ? operation(value, binder, context)
          : modelMethod(proxy, value, binder, context)
      }
      if (name !== '$encryption') return binder.method(target, value)
      // It reads through the client that it is called on.
      if (key === 'search')
        return (model: unknown, options: unknown) => call(context, value, target, [model, options, view])
      return key === 'move' && isOfTransaction(view) ? moveInside : prismasMethod(target, value, binder, context)
    },
  })
  if (isModel) delegateViews.set(proxy, { name, view })
  return proxy
}

/** It has a transaction of its own, on another connection, which would wait for this one. */
async function moveInside(): Promise<never> {
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    '$encryption.move has a transaction of its own, and cannot be part of another. Call it on the client outside of the transaction.',
  )
}

/**
 * Prisma's own operations only return lazy promises of rows: the context is entered when these are awaited. Prisma captures
 * the stack of every call, and each frame costs time.
 */
function operation(method: Callable, binder: Binder, context: CallContext | undefined): Callable {
  return (...args) => {
    const result = method(...args)
    return isPrismaPromise(result) ? promiseView(result, context ?? new MadeHere()) : handOut(result, binder)
  }
}

/** The methods of other extensions are called in the context, and what they return is searched for clients. */
function modelMethod(proxy: object, method: Callable, binder: Binder, context: CallContext | undefined): Callable {
  return (...args) => {
    const result = call(context, method, proxy, args.some(isFunction) ? args.map(binder.argument) : args)
    return isPrismaPromise(result) ? promiseView(result, context ?? new MadeHere()) : handOut(result, binder)
  }
}

/** Prisma's own methods of a client, and ours: they resolve to rows, or to what the caller's own function returned. */
function prismasMethod(target: object, method: Callable, binder: Binder, context: CallContext | undefined): Callable {
  return (...args) => {
    const result = call(context, method, target, args.some(isFunction) ? args.map(binder.argument) : args)
    if (isPrismaPromise(result)) return promiseView(result, context ?? new MadeHere())
    return isClient(result) ? binder.client(result) : result
  }
}

/** Without a closure: Prisma captures the stack of every call, and each frame costs time. */
function call(context: CallContext | undefined, method: Callable, self: unknown, args: unknown[]): unknown {
  if (context === undefined) return Reflect.apply(method, self, args)
  return context.enter(Reflect.apply<unknown, unknown[], unknown>, method, self, args)
}

function binderOf(options: ViewOptions, context: CallContext | undefined): Binder {
  const { tenant } = options
  // By function: an emitter must get the same function to remove as it got to add.
  const callbacks = new WeakMap<Callable, Callable>()
  const callback = (given: Callable): Callable => {
    const known = callbacks.get(given)
    if (known !== undefined) return known
    const made = new Proxy(given, {
      apply: (target, self, args: unknown[]) =>
        call(
          context,
          target,
          self,
          args.map((arg) => (isClient(arg) ? binder.client(arg) : arg)),
        ),
    })
    callbacks.set(given, made)
    return made
  }
  const binder: Binder = {
    client(client) {
      const own = views.has(client) ? client : clientView(options.adopt(client), { ...options, tenant: undefined })
      return tenant === undefined ? own : boundView(own, tenant)
    },
    delegate(delegate) {
      const known = delegateViews.get(delegate)
      if (known === undefined) return undefined
      const bound = binder.client(known.view)
      // The client has a delegate of this name: this one.
      return bound === known.view ? delegate : (Reflect.get(bound, known.name) as object)
    },
    promise: (promise) => promiseView(promise, context ?? new MadeHere()),
    argument: (arg) => (isFunction(arg) ? callback(arg) : arg),
    method:
      (self, method) =>
      (...args) =>
        handOut(call(context, method, self, args.some(isFunction) ? args.map(binder.argument) : args), binder),
  }
  return binder
}

/** The client before the last extension, as a view that encrypts too. */
function parentView(parent: unknown, binder: Binder): unknown {
  if (!isClient(parent)) return parent
  try {
    return binder.client(parent)
  } catch (error) {
    // Thrown only on use: code that merely prints a client reads all of its properties.
    return refusing(error)
  }
}

function refusing(error: unknown): object {
  return new Proxy(Object.freeze({}), {
    get(_target, key) {
      if (typeof key !== 'string' || key === 'then' || key === 'toJSON') return undefined
      throw error
    },
  })
}

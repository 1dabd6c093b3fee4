import { types } from 'node:util'
import { EnvelopeConfigError } from '../../errors.js'
import { isClient, isModelDelegate, isPrismaPromise } from '../internals.js'
import { type Callable, isFunction } from '../objects.js'

/** Binds the parts of a client that a method of another extension returns. */
export interface Binder {
  client(client: object): object
  /** A delegate of a view, or `undefined` if its client is unknown. */
  delegate(delegate: object): object | undefined
  promise(promise: PromiseLike<unknown>): unknown
  /** An argument of a call: a function that may receive clients. */
  argument(arg: unknown): unknown
  method(target: object | undefined, method: Callable): Callable
}

/**
 * What an extension's method returned, with every client in it replaced by its view: also in lists, plain objects, maps,
 * sets and promises, behind functions and getters, and in what iterators yield. A value without clients is returned as it
 * is; nothing is changed in place.
 *
 * An instance of a class cannot be copied: one that holds a client is refused. Private members, and what a function has
 * captured, cannot be seen.
 *
 * Throws `ENVELOPE_CONFIG_INVALID`.
 */
export function handOut(value: unknown, binder: Binder): unknown {
  return holdsMore(value, new Set()) ? bound(value, binder, new Map()) : value
}

/** Whether a value holds more than data. Asked first: in a cyclic value, a part cannot tell whether it will be copied. */
function holdsMore(value: unknown, seen: Set<unknown>): boolean {
  if (isFunction(value)) return true
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  if (types.isPromise(value) || isPrismaPromise(value) || isClient(value) || isModelDelegate(value)) return true
  if (types.isMap(value) || types.isSet(value)) return [...value].some((one) => holdsMore(one, seen))
  if (!isPlain(value)) return isIterator(value) || isHolder(value)
  // By their descriptors: rows with computed fields have hidden getters, which must not run.
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key)
    if (property?.get !== undefined || holdsMore(property?.value, seen)) return true
  }
  return false
}

function bound(value: unknown, binder: Binder, seen: Map<object, unknown>): unknown {
  if (isFunction(value)) return boundFunction(value, binder)
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  if (types.isPromise(value)) return value.then((result) => handOut(result, binder))
  if (isPrismaPromise(value)) return binder.promise(value)
  if (isClient(value)) return binder.client(value)
  if (isModelDelegate(value)) return binder.delegate(value) ?? refuse('a model of a client')
  if (types.isMap(value))
    return new Map([...value].map((entry) => entry.map((one) => bound(one, binder, seen)) as [1, 1]))
  if (types.isSet(value)) return new Set([...value].map((one) => bound(one, binder, seen)))
  if (isPlain(value)) return copied(value, binder, seen)
  if (isIterator(value)) return boundMethods(value, binder)
  return isHolder(value) ? refuse('an object of a class that holds a client') : value
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function copied(source: object, binder: Binder, seen: Map<object, unknown>): unknown {
  const copy: object = Array.isArray(source) ? [] : Object.create(Object.getPrototypeOf(source))
  seen.set(source, copy)
  for (const key of Reflect.ownKeys(source)) {
    const property = Reflect.getOwnPropertyDescriptor(source, key)
    if (property === undefined) continue
    if (property.get !== undefined) property.get = binder.method(source, property.get)
    else property.value = bound(property.value, binder, seen)
    Reflect.defineProperty(copy, key, property)
  }
  return copy
}

/** A generator's body runs on each `next()`, wherever that is called, and must run in the call's context. */
function isIterator(value: object): boolean {
  const next: unknown = Reflect.get(value, 'next')
  return isFunction(next) && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function boundMethods(source: object, binder: Binder): object {
  return new Proxy(source, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, target)
      if (!isFunction(value)) return value
      // `it[Symbol.asyncIterator]()` is the iterator itself.
      if (key === Symbol.iterator || key === Symbol.asyncIterator) return () => receiver
      return binder.method(target, value)
    },
  })
}

function boundFunction(source: Callable, binder: Binder): Callable {
  return new Proxy(source, {
    apply: (target, self: object | undefined, args: unknown[]) => binder.method(self, target)(...args),
    construct(target, args: unknown[], newTarget) {
      const made = binder.method(undefined, () => Reflect.construct(target, args, newTarget))()
      return made as object
    },
  })
}

function isHolder(instance: object): boolean {
  if (types.isDate(instance) || ArrayBuffer.isView(instance)) return false
  return Reflect.ownKeys(instance).some((key) => {
    const value: unknown = Reflect.getOwnPropertyDescriptor(instance, key)?.value
    return isClient(value) || isModelDelegate(value)
  })
}

function refuse(what: string): never {
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `An extension's method returned ${what}, to which this client's encryption and tenant cannot be applied. ` +
      'Return the client itself, from Prisma.getExtensionContext(this), or a plain object that contains it.',
  )
}

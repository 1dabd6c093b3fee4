/** Parts of a Prisma client, told by their shape: other extensions hand them out, of whatever copy of Prisma. */

export interface ClientShape {
  readonly $queryRaw: unknown
}

export interface DelegateShape {
  readonly $name: unknown
}

/** A client or a transaction's client. */
export function isClient(value: unknown): value is ClientShape {
  return typeof value === 'object' && value !== null && '$queryRaw' in value && !isPrismaPromise(value)
}

/** What a client has for each of its models. */
export function isModelDelegate(value: unknown): value is DelegateShape {
  return typeof value === 'object' && value !== null && '$name' in value && 'findMany' in value
}

export function isPrismaPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && Reflect.get(value, Symbol.toStringTag) === 'PrismaPromise'
}

export type Callable = (...args: unknown[]) => unknown

export function isFunction(value: unknown): value is Callable {
  return typeof value === 'function'
}

/** Whether it is a method that Prisma itself defines, rather than one that an extension added or replaced. */
export function isPrismasOwn(client: object, key: PropertyKey, method: Callable): boolean {
  const original: unknown = Reflect.get(client, '_originalClient')
  return Reflect.get(typeof original === 'object' && original !== null ? original : client, key) === method
}

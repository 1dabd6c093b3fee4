/** An object or a list. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export type Callable = (...args: unknown[]) => unknown

export function isFunction(value: unknown): value is Callable {
  return typeof value === 'function'
}

/** What a library that is no `Promise` may return: an object, or a function, with a method `then`. */
export function thenable<T>(value: T, on: object = {}): PromiseLike<T> {
  const then = (resolve: (value: T) => unknown) => void resolve(value)
  return Object.defineProperty(on, 'then', { value: then }) as PromiseLike<T>
}

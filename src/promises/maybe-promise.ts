/**
 * What is at hand, or on its way. Calls answer at once while their keys are in memory: a promise for what is at hand would
 * split Prisma's batches of `findUnique`, and cost more than opening a value.
 */
export type MaybePromise<T> = T | Promise<T>

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return value instanceof Promise
}

/** `next` of what is at hand, now; of what is on its way, once it is there, or `failed` of its failure. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
  failed?: (error: unknown) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromise(value) ? value.then(next, failed) : next(value)
}

/**
 * Waits for both, also where one fails: nothing may be written any more into what the caller gives up. Throws what the
 * first failed with, else the second.
 */
export function bothSettled(first: MaybePromise<void>, second: MaybePromise<void>): MaybePromise<void> {
  if (!isPromise(first)) return second
  if (!isPromise(second)) return first
  return Promise.allSettled([first, second]).then((outcomes) => {
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  })
}

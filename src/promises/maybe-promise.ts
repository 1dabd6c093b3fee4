/**
 * What is at hand, or on its way. Calls answer at once while their keys are in memory: a promise for what is at hand would
 * split Prisma's batches of `findUnique`, and cost more than opening a value.
 */
export type MaybePromise<T> = T | Promise<T>

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return isThenable(value)
}

/**
 * Whether a value is on its way, by its shape: what an application's callback returns may be a promise of another realm or
 * of a library, which is no `Promise` of ours.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return 'then' in value && typeof value.then === 'function'
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
 * Begins all of these, up to one that throws, and waits for all that it began, also where one fails: nothing may be written
 * any more into what the caller gives up, and no rejection may be left that nobody handles. Throws what the first of them
 * failed with, or rejects with it if there was anything to wait for.
 */
export function allSettled(works: Iterable<() => MaybePromise<void>>): MaybePromise<void> {
  const begun: Promise<void>[] = []
  try {
    for (const work of works) {
      const outcome = work()
      if (isPromise(outcome)) begun.push(outcome)
    }
  } catch (error) {
    if (begun.length === 0) throw error
    begun.push(Promise.reject(error))
  }
  if (begun.length === 0) return
  return Promise.allSettled(begun).then((outcomes) => {
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  })
}

/**
 * Resolves once timers and sockets that have waited are served: between two slices of long work, so that no other request
 * waits for all of it. Not a microtask, which comes before them, nor a timer, which takes a millisecond.
 */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

import type { RewrapEvent } from '../observers/index.js'
import { ignore } from '../promises/ignore.js'
import { isThenable } from '../promises/maybe-promise.js'

/**
 * What `onEvent` is told. More types may come: look at `type` first. What happens once or more per call, such as a request to
 * KMS, is published on channels only, which cost nothing until somebody subscribes.
 */
export type EncryptionEvent = RewrapEvent

/** The option `onEvent`. What it throws or rejects with is ignored. */
export type EventListener = (event: EncryptionEvent) => void

/** Calls the listener and ignores its failures: they must not break a call, or work in the background. */
export function reporter(listen: EventListener | undefined): EventListener | undefined {
  if (listen === undefined) return undefined
  return (event) => {
    try {
      const answer: unknown = listen(event)
      // An async function is a listener too, and its rejection would end the process.
      if (isThenable(answer)) answer.then(undefined, ignore)
    } catch {}
  }
}

import type { RewrapEvent } from './rotation/index.js'

/** What `onEvent` is told. More types may come: look at `type` first. */
export type EncryptionEvent = RewrapEvent

/** The option `onEvent`. What it throws or rejects with is ignored. */
export type EventListener = (event: EncryptionEvent) => void

/** Tells the listener, whose failures are its own: they break no call, and no work in the background. */
export function reporter(listen: EventListener | undefined): EventListener | undefined {
  if (listen === undefined) return undefined
  return (event) => {
    try {
      const answer: unknown = listen(Object.freeze(event))
      // An async function is a listener too, and its rejection would end the process.
      if (answer instanceof Promise) answer.catch(ignore)
    } catch {}
  }
}

function ignore(): void {}

import { parsedPosition } from './stored-checkpoint.js'

/** A job that keeps a position: it has begun and is not done. */
export interface StoredJob {
  readonly job: string
  readonly position?: { readonly model: string; readonly after?: readonly string[] }
  readonly changedAt: string
}

/**
 * A job by what it has stored; what cannot be read is left out.
 *
 * @param shown a part of a key for people to read.
 */
export function storedJob(
  job: string,
  state: Uint8Array | undefined,
  changedAt: Date,
  shown: (part: string) => string,
): StoredJob {
  const position = state === undefined ? undefined : parsedPosition(state)
  return {
    job,
    ...(position !== undefined && {
      position: { model: position.model, ...(position.after !== undefined && { after: position.after.map(shown) }) },
    }),
    changedAt: changedAt.toISOString(),
  }
}

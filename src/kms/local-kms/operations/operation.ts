import type { JsonObject } from '../input.js'
import type { KmsState } from '../state.js'

/** A request, as an operation sees it. `now` is in milliseconds since 1970. */
export interface Call {
  readonly state: KmsState
  readonly input: JsonObject
  readonly now: number
}

/** What an operation returns: the answer's body, and the state as it is from now on, when it changes. */
export interface Outcome {
  readonly output: JsonObject
  readonly state?: KmsState
}

/**
 * One operation of KMS: a function of its call, except for the random bytes it draws. It throws KmsFault, and may be
 * run again on a newer state when another process has written the file meanwhile.
 */
export type Operation = (call: Call) => Outcome

/** The wire's dates: seconds since 1970, with fractions. */
export function wireDate(milliseconds: number): number {
  return milliseconds / 1000
}

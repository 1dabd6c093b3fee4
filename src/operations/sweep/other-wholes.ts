import type { RowRange } from '../../databases/index.js'
import { type Change, type Decider, failureOf, type Stale } from './decisions.js'
import { seamOf, textIn } from './envelope-text.js'
import type { Place } from './place.js'
import type { Skips } from './skips.js'
import type { VisitOptions } from './sweep.js'
import type { TableRows } from './table-rows.js'
import { prefixIn, prefixLengthIn } from './whole-prefixes.js'

/** Of envelopes that begin alike: how many other wrapped keys are looked at in one batch. */
const MAX_OTHERS = 64

/** One beginning in one column that was to be replaced, and is there still. */
export interface Left extends Place {
  readonly decision: Stale
  /** The shortest that such an envelope can be. */
  readonly least: number
  /** The shortest that there is. */
  readonly shortest: number
  /** The longest that there is room for the new one of; `undefined` if there is room for all. */
  readonly longest: number | undefined
}

/** What replaces wrapped keys that begin like one that was decided on, and end otherwise. */
export interface OtherChanges {
  readonly changes: readonly { readonly place: Place; readonly change: Change }[]
  /** Whether KMS could not be asked of one of them. */
  readonly again: boolean
}

/**
 * Such a wrapped key is another one of the same data key, or it is damaged, or planted. If it ends as one that is known, the nonce is where
 * it should be, and all of it is replaced. Where an envelope has lost a character, or gained one, what is behind it is not the nonce, and
 * nothing may be cut off there: so of the others KMS says whether they are wrapped keys.
 */
export async function otherChanges(
  decider: Decider,
  rows: TableRows,
  range: RowRange,
  left: readonly Left[],
  skips: Skips,
  how: VisitOptions,
): Promise<OtherChanges> {
  const changes: OtherChanges['changes'][number][] = []
  let again = false
  for (const { column, beginning, decision, least, longest } of left) {
    if (decision.isWhole) continue
    const place = { column, beginning }
    // What is too short, or too long, has been named.
    const lengths = { longer: least - 1, ...(longest !== undefined && { shorter: longest + 1 }) }
    const known = new Set(decision.changes.map(({ cut }) => seamOf(cut)))
    const cuts = new Set(decision.changes.map(({ cut }) => textIn(column, cut)))
    const wholes = await rows.wholes(range, column, [beginning], prefixLengthIn(place), MAX_OTHERS)
    for (const whole of wholes) {
      // Its row is locked, or its length has been told.
      if (cuts.has(whole)) continue
      try {
        const prefix = prefixIn(place, whole)
        if (prefix === undefined) continue
        const change = known.has(seamOf(prefix)) ? alike(decision, prefix) : await decider.also(place, prefix, decision)
        if (change === undefined) await skips.pass({ ...place, whole })
        else changes.push({ place, change })
      } catch (error) {
        const { code, retryable } = failureOf(error)
        if (retryable && !how.isLast) again = true
        else await skips.find(code, { ...place, whole, ...lengths }, retryable)
      }
    }
  }
  return { changes, again }
}

function alike({ changes: [change] }: Stale, prefix: Buffer): Change | undefined {
  return change && { cut: prefix, put: change.put }
}

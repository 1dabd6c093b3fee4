import type { OwnerRange } from '../../databases/index.js'
import type { Plaintext } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import { type EnvelopeAt, namedBy, type OpenedEach } from '../../leaves/index.js'
import { FATAL } from '../sweep/fatal.js'
import type { Named } from './attack.js'
import type { LeakageIndex, LeakageTables, LeakageTarget } from './leakage-tables.js'
import type { Guess, Guesses } from './value-list.js'

/** What became of the attacks on rows that were opened. */
export interface SampleScore {
  /** Rows that were opened. */
  readonly rows: number
  /** Rows that did not open. */
  readonly unopened: number
  /** Rows that each attack named. */
  readonly byRank: Named
  readonly byLength: Named
}

/** A value as its index sees it; nothing where it has no token. */
export type AsIndexed = (plaintext: Plaintext) => { readonly token: string; readonly whole: string } | undefined

/** How many rows are opened at once. */
const AT_ONCE = 1_000

/** Opens rows that are drawn at random, and compares what they hold with what the attacks say. Nothing of them is kept. */
export async function scoreOf(
  tables: LeakageTables,
  target: LeakageTarget,
  index: LeakageIndex,
  guesses: Guesses,
  how: {
    readonly within: OwnerRange | undefined
    readonly most: number
    readonly asIndexed: AsIndexed
    readonly signal: AbortSignal | undefined
    open(values: readonly EnvelopeAt[]): Promise<(OpenedEach | EnvelopeError)[]>
  },
): Promise<SampleScore> {
  const pooled = index.index.scope === 'global'
  const drawn = await tables.sample(target.table, index, { pooled, within: how.within }, how.most)
  const score = { rows: 0, unopened: 0, byRank: { tokens: 0, wholes: 0 }, byLength: { tokens: 0, wholes: 0 } }
  for (let from = 0; from < drawn.length && how.signal?.aborted !== true; from += AT_ONCE) {
    const rows = drawn.slice(from, from + AT_ONCE)
    const values = rows.flatMap((row) => {
      const stored = index.value.form === 'bytes' ? Buffer.from(row.x ?? '', 'hex') : (row.x ?? '')
      const tenant = ownerIn(target, row.t ?? '', () => namedBy(stored)?.tenant)
      return tenant === undefined ? [] : [{ row, at: { field: index.field, tenant, stored } }]
    })
    score.unopened += rows.length - values.length
    const opened = await how.open(values.map(({ at }) => at))
    for (const [i, one] of opened.entries()) {
      const row = values[i]?.row
      if (one instanceof EnvelopeError) {
        // Such as a CMK that is disabled: no other row would do better.
        if (FATAL.has(one.code)) throw one
        score.unopened += 1
        continue
      }
      score.rows += 1
      const truth = how.asIndexed(one.plaintext)
      count(score.byRank, guesses.all[Number(row?.r) - 1], truth)
      count(score.byLength, guesses.of(Number(row?.l))[Number(row?.q) - 1], truth)
    }
  }
  return score
}

function ownerIn(target: LeakageTarget, owner: string, named: () => string | undefined): string | undefined {
  try {
    return target.tenantOf(owner, named)
  } catch {
    // It says what no tenant is called.
    return undefined
  }
}

function count(
  named: { tokens: number; wholes: number },
  guess: Guess | undefined,
  truth: ReturnType<AsIndexed>,
): void {
  if (guess === undefined || truth === undefined) return
  if (guess.token === truth.token) named.tokens += 1
  if (guess.whole === truth.whole) named.wholes += 1
}

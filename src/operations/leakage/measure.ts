import type { OwnerRange } from '../../databases/index.js'
import {
  type IndexFigures,
  indexFigures,
  NOTHING_SHOWN,
  type OwnerCounts,
  ownersOf,
  sumOfFigures,
} from './index-figures.js'
import { type JointFigures, jointFigures, jointIndexes } from './joint.js'
import type { LeakageIndex, LeakageTables, LeakageTarget } from './leakage-tables.js'
import type { SampleScore } from './sample.js'
import type { Guesses } from './value-list.js'

/** What an index shows: of all rows, and of each tenant's. */
export interface MeasuredIndex {
  readonly target: LeakageTarget
  readonly index: LeakageIndex
  readonly all: IndexFigures
  /** Tenants with most rows first; `undefined` for rows that name no tenant. Absent where tenants are counted together. */
  readonly tenants: readonly { readonly tenant: string | undefined; readonly figures: IndexFigures }[]
  /** Of how many tenants {@link tenants} says nothing by itself, and what their rows show. */
  readonly others: { readonly tenants: number; readonly figures: IndexFigures }
  readonly score?: SampleScore | undefined
}

/** What several indexes in one row show together. */
export interface MeasuredJoint {
  readonly target: LeakageTarget
  readonly indexes: readonly LeakageIndex[]
  readonly figures: JointFigures
}

export interface Measured {
  readonly indexes: readonly MeasuredIndex[]
  readonly joint: readonly MeasuredJoint[]
  /** Whether all was looked at: not if it was stopped by its signal. */
  readonly finished: boolean
}

export interface MeasureOptions {
  /** How many tenants are told apart for each index: those with most rows. */
  readonly most: number
  readonly signal: AbortSignal | undefined
  /** Before each index. */
  readonly onIndex?: ((progress: { model: string; index: string; done: number; all: number }) => void) | undefined
  /** Which rows of a model. */
  within(target: LeakageTarget): OwnerRange | undefined
  guessesFor?(index: LeakageIndex): Guesses
  score?(target: LeakageTarget, index: LeakageIndex, within: OwnerRange | undefined): Promise<SampleScore>
}

/** Looks at index columns as somebody would who has a copy of the database. Grouped there: what is read is counts. */
export async function measureLeakage(
  tables: LeakageTables,
  targets: readonly LeakageTarget[],
  options: MeasureOptions,
): Promise<Measured> {
  const { signal, onIndex } = options
  const all = targets.reduce((sum, { indexes }) => sum + indexes.length, 0)
  const indexes: MeasuredIndex[] = []
  const joint: MeasuredJoint[] = []
  const isStopped = (): boolean => signal?.aborted === true
  for (const target of targets) {
    if (isStopped()) return { indexes, joint, finished: false }
    const within = options.within(target)
    const owners = await ownersOf(tables, target, within)
    for (const index of target.indexes) {
      if (isStopped()) return { indexes, joint, finished: false }
      onIndex?.({ model: target.model, index: index.index.field, done: indexes.length, all })
      indexes.push(await measuredIndex(tables, target, index, owners, within, options))
    }
    for (const several of jointIndexes(target)) {
      if (isStopped()) return { indexes, joint, finished: false }
      joint.push({ target, indexes: several, figures: await jointFigures(tables, target, several, owners) })
    }
  }
  return { indexes, joint, finished: !isStopped() }
}

async function measuredIndex(
  tables: LeakageTables,
  target: LeakageTarget,
  index: LeakageIndex,
  owners: readonly OwnerCounts[],
  within: OwnerRange | undefined,
  { most, guessesFor, score }: MeasureOptions,
): Promise<MeasuredIndex> {
  const rowsIn = ({ counts }: OwnerCounts): number => counts[0]?.rows ?? 0
  const told = new Set(
    [...owners]
      .sort((a, b) => rowsIn(b) - rowsIn(a))
      .slice(0, most)
      .map(({ owner }) => owner),
  )
  let [all, others, untold] = [NOTHING_SHOWN, NOTHING_SHOWN, 0]
  const tenants: MeasuredIndex['tenants'][number][] = []
  for await (const [owner, figures] of indexFigures(tables, target, index, owners, within, guessesFor?.(index))) {
    all = sumOfFigures(all, figures)
    if (owner === '') continue
    if (told.has(owner)) tenants.push({ tenant: tenantIn(target, owner), figures })
    else {
      others = sumOfFigures(others, figures)
      untold += 1
    }
  }
  tenants.sort((a, b) => b.figures.rows - a.figures.rows)
  const scored = await score?.(target, index, within)
  return {
    target,
    index,
    all,
    tenants,
    others: { tenants: untold, figures: others },
    ...(scored !== undefined && { score: scored }),
  }
}

function tenantIn(target: LeakageTarget, owner: string): string | undefined {
  try {
    return target.tenantOf(owner, () => undefined)
  } catch {
    return undefined
  }
}

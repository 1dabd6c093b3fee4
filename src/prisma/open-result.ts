import {
  type IndexCheck,
  type LeafGroup,
  type OpenLeaf,
  putAt,
  type RowFinder,
  type SealedTexts,
} from '../leaves/index.js'
import type { LazyRewrap } from '../operations/index.js'
import { andThen, type MaybePromise } from '../promises/maybe-promise.js'
import {
  findRow,
  type HiddenParent,
  hiddenParents,
  ownRows,
  type ParentFinder,
  type Read,
  type ResultContext,
  type ResultWalk,
  stripAdded,
} from './query/index.js'
import type { EncryptionRuntime } from './runtime.js'
import { StaleRows } from './stale-rows.js'

/** A result as it came from the database, and what was planned for it. */
export interface Received extends Read {
  readonly result: unknown
  /** What the call itself has sealed, which need not be opened. */
  readonly texts: SealedTexts
  /** Where stale rows are handed to be rewrapped. `undefined`: they are not. */
  readonly rewrap: LazyRewrap | undefined
  /** Looks up rows that say whose others are, where a filter of the caller's hides them. */
  lookUp(parents: readonly HiddenParent[]): Promise<ParentFinder>
}

/**
 * Opens what a result contains, in copies, and returns the result with these: walks it once, opens, compares index columns
 * with their values, hands stale rows to be rewrapped, and takes out what was added. Returns at once while the keys are in
 * memory.
 */
export function openResult(
  runtime: EncryptionRuntime,
  context: ResultContext,
  received: Received,
): MaybePromise<unknown> {
  const { model, plan, result } = received
  const hidden = plan?.hides === true ? hiddenParents(runtime.models, model, plan, result) : []
  if (hidden.length === 0) return openOwned(runtime, context, received, undefined)
  return received.lookUp(hidden).then((parents) => openOwned(runtime, context, received, parents))
}

function openOwned(
  runtime: EncryptionRuntime,
  context: ResultContext,
  { model, plan, result, texts, rewrap }: Received,
  parents: ParentFinder | undefined,
): MaybePromise<unknown> {
  // The result, until its rows are in copies.
  let own = result
  const find: RowFinder = (row) => findRow(runtime.models, model, plan, own, row)
  const checks: IndexCheck[] | undefined = runtime.verifiesIndexes ? [] : undefined
  const walk: ResultWalk = { context, leaves: [], checks, added: [], parents, find }
  own = ownRows(walk, model, plan, result)

  const remembered = texts.among(walk.leaves)
  const unknown = remembered.size === 0 ? walk.leaves : walk.leaves.filter((leaf) => !remembered.has(leaf))
  const stale = rewrap === undefined ? undefined : new StaleRows()
  const observe = stale === undefined ? undefined : (group: LeafGroup) => noteStale(runtime, stale, group)
  const verify = (): MaybePromise<void> => {
    // Once all others have been opened, and before anything is compared with them.
    putTexts(remembered)
    return checks === undefined ? undefined : runtime.verify(checks, find)
  }
  const finish = (): unknown => {
    // Rows are addressed by their keys, which may be among what is taken out after that.
    for (const row of stale?.addressed() ?? []) rewrap?.offer(row)
    stripAdded(walk.added)
    return own
  }
  return andThen(andThen(runtime.open(unknown, observe, find), verify), finish)
}

function putTexts(remembered: ReadonlyMap<OpenLeaf, string>): void {
  for (const [{ holder, key }, text] of remembered) putAt(holder, key, text)
}

function noteStale({ keys, models }: EncryptionRuntime, stale: StaleRows, group: LeafGroup): void {
  const { id, wrappedKey } = group
  if (wrappedKey === undefined || !keys.isWorthRewrapping(id, wrappedKey)) return
  stale.add(group, wrappedKey, (name) => models.get(name))
}

import type { WrappedKey } from '../envelope/index.js'
import type { CallKeys } from '../keys/index.js'
import {
  type IndexCheck,
  type KnownText,
  type LeafGroup,
  OpenColumns,
  othersTurn,
  PlaintextReads,
  putAt,
  type RowFinder,
  type SealedTexts,
} from '../leaves/index.js'
import type { LazyRewrap } from '../operations/index.js'
import { andThen, isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { publishPlaintextReads } from './plaintext-reads.js'
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
  /** The data keys as the call reaches them. */
  readonly keys: CallKeys
  /** Where stale rows are handed to be rewrapped. `undefined`: they are not. */
  readonly rewrap: LazyRewrap | undefined
  /** Looks up rows that say whose others are, where a filter of the caller's hides them. */
  lookUp(parents: readonly HiddenParent[]): Promise<ParentFinder>
}

/** So many rows are opened at once; with more, others have their turn in between. */
const AT_ONCE = 2_000
/** Rows of one slice. */
const SLICE = 250

/**
 * Opens what a result contains, in copies, and returns the result with these: walks it once, opens, compares index columns
 * with their values, hands stale rows to be rewrapped, and takes out what was added. Returns at once while the keys are in
 * memory, and the rows are not thousands.
 */
export function openResult(
  runtime: EncryptionRuntime,
  context: ResultContext,
  received: Received,
): MaybePromise<unknown> {
  const { model, plan, result } = received
  const reads = runtime.models.mayHoldPlaintext ? new PlaintextReads() : undefined
  const hidden = plan?.hides === true ? hiddenParents(runtime.models, model, plan, result) : []
  const open = (parents: ParentFinder | undefined): MaybePromise<unknown> =>
    Array.isArray(result) && result.length > AT_ONCE
      ? openInSlices(runtime, context, received, result, parents, reads)
      : openOwned(runtime, context, received, parents, reads)
  const opened = hidden.length === 0 ? open(undefined) : received.lookUp(hidden).then(open)
  if (reads === undefined) return opened
  return andThen(opened, (own) => {
    publishPlaintextReads(reads)
    return own
  })
}

/** Opens a long list a slice at a time. */
async function openInSlices(
  runtime: EncryptionRuntime,
  context: ResultContext,
  received: Received,
  rows: readonly unknown[],
  parents: ParentFinder | undefined,
  reads: PlaintextReads | undefined,
): Promise<unknown[]> {
  const opened: unknown[] = []
  for (let from = 0; from < rows.length; from += SLICE) {
    const slice = { ...received, result: rows.slice(from, from + SLICE) }
    const own = openOwned(runtime, context, slice, parents, reads, from)
    // A list is returned as a list.
    for (const row of (isPromise(own) ? await own : own) as unknown[]) opened.push(row)
    await othersTurn()
  }
  return opened
}

/** @param from where a slice of a list begins. */
function openOwned(
  runtime: EncryptionRuntime,
  context: ResultContext,
  { model, plan, result, texts, keys, rewrap }: Received,
  parents: ParentFinder | undefined,
  reads: PlaintextReads | undefined,
  from = 0,
): MaybePromise<unknown> {
  // The result, until its rows are in copies.
  let own = result
  const find: RowFinder = (row) => {
    const place = findRow(runtime.models, model, plan, own, row)
    const [first, ...more] = place?.path ?? []
    return place === undefined || typeof first !== 'number' ? place : { ...place, path: [first + from, ...more] }
  }
  const checks: IndexCheck[] | undefined = runtime.verifiesIndexes ? [] : undefined
  const walk: ResultWalk = { context, leaves: new OpenColumns(), checks, added: [], parents, find }
  own = ownRows(walk, model, plan, result)

  const known = texts.takeFrom(walk.leaves.all)
  // Made for the first of them: there are seldom any.
  let stale: StaleRows | undefined
  const note = (group: LeafGroup): void => {
    const wrappedKey = outdatedKeyOf(runtime, group)
    if (wrappedKey === undefined) return
    stale ??= new StaleRows()
    stale.add(group, wrappedKey, (name) => runtime.models.get(name))
  }
  const verify = (): MaybePromise<void> => {
    // Once all others have been opened, and before anything is compared with them.
    putTexts(known)
    return checks === undefined ? undefined : runtime.verify(checks, find)
  }
  const finish = (): unknown => {
    // Rows are addressed by their keys, which may be among what is taken out after that.
    if (stale !== undefined) for (const row of stale.addressed()) rewrap?.offer(row)
    if (walk.added.length > 0) stripAdded(walk.added)
    return own
  }
  return andThen(
    andThen(runtime.open(walk.leaves, rewrap === undefined ? undefined : note, find, keys, reads), verify),
    finish,
  )
}

function putTexts(known: readonly KnownText[]): void {
  for (const { holder, key, text } of known) putAt(holder, key, text)
}

/** The wrapped key that the values of a group carry, if it is worth rewrapping. */
function outdatedKeyOf({ keys }: EncryptionRuntime, { id, wrappedKey }: LeafGroup): WrappedKey | undefined {
  return wrappedKey !== undefined && keys.isWorthRewrapping(id, wrappedKey) ? wrappedKey : undefined
}

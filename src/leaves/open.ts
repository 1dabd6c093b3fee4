import { openMessages, Unopened } from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { CallKeys, DataKey } from '../keys/index.js'
import { isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { authenticatedBytesOf } from './authenticated-bytes.js'
import { errorPlaceOfRead } from './error-place.js'
import { groupColumns, type LeafColumn, type LeafGroup } from './group.js'
import { putAt } from './holder.js'
import type { RowFinder } from './leaf.js'
import { leafAt, type OpenColumns } from './open-columns.js'
import { othersTurn } from './others-turn.js'

/** Called with every opened group, before the call continues. */
type Observer = (group: LeafGroup) => void

/** So many values are opened at once; with more, others have their turn in between. */
const AT_ONCE = 4_000
/** Values of one slice. */
const SLICE = 500

/**
 * Opens all values in place, or none: envelopes are checked against their rows first, then keys are obtained, once per
 * distinct data key, then everything is opened. Synchronous if the keys are in memory and the values are not thousands.
 *
 * @param find called to locate the row of a value that does not open.
 */
export function openColumns(
  values: OpenColumns,
  keys: CallKeys,
  observe?: Observer,
  find?: RowFinder,
): MaybePromise<void> {
  const { all, size } = values
  if (size === 0) return
  const groups = groupColumns(all, find)
  const found = keysFor(groups, keys, find)
  const open = size > AT_ONCE ? openInSlices : openGroups
  if (found.every(isAtHand) && groups.every(isReady)) return open(groups, found, observe, find)
  return Promise.allSettled(found).then(async (settled) => {
    const leased = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const failed = settled.find((outcome) => outcome.status === 'rejected')
    try {
      if (failed !== undefined) throw failed.reason
      for (const { prefix } of groups) if (!prefix.suite.ready) await prefix.suite.prepare()
    } catch (error) {
      for (const key of leased) key.release()
      throw error
    }
    return open(groups, leased, observe, find)
  })
}

function isAtHand(key: MaybePromise<DataKey>): key is DataKey {
  return !isPromise(key)
}

function isReady({ prefix }: LeafGroup): boolean {
  return prefix.suite.ready
}

/**
 * How many data keys of one result are asked for together: their rows of the key table come by one SELECT. Two such lots are
 * under way; the limit of those that wait begins when their turn comes.
 */
const LOT = 128

function keysFor(groups: readonly LeafGroup[], keys: CallKeys, find: RowFinder | undefined): MaybePromise<DataKey>[] {
  const asked: Promise<DataKey>[] = []
  return groups.map((group) => {
    const before = asked[Math.floor(asked.length / LOT) * LOT - LOT - 1]
    const turn = (): MaybePromise<DataKey> => keyFor(group, keys, find)
    const key = before === undefined ? keyFor(group, keys, find) : before.then(turn, turn)
    if (isPromise(key)) asked.push(key)
    return key
  })
}

function keyFor(group: LeafGroup, keys: CallKeys, find: RowFinder | undefined): MaybePromise<DataKey> {
  try {
    const key = keys.forOpening(group.id, group.tenant, group.wrappedKey)
    return isPromise(key) ? key.catch((error: unknown) => noKey(group, error, find)) : key
  } catch (error) {
    return noKey(group, error, find)
  }
}

function noKey({ columns: [column] }: LeafGroup, error: unknown, find: RowFinder | undefined): Promise<never> {
  const place = column === undefined ? {} : errorPlaceOfRead(leafAt(column, 0), find)
  return Promise.reject(error instanceof EnvelopeError ? located(error, place) : error)
}

function openGroups(
  groups: readonly LeafGroup[],
  keys: readonly DataKey[],
  observe: Observer | undefined,
  find: RowFinder | undefined,
): void {
  const opened: Opened[] = []
  try {
    groups.forEach((group, i) => {
      for (const column of group.columns) {
        opened.push({ column, values: open(group, keyAt(keys, i), column, 0, column.stored.length, find) })
      }
    })
  } finally {
    for (const key of keys) key.release()
  }
  // Only now: a failure above must not leave a partly opened result.
  for (const { column, values } of opened) putAll(column, values)
  if (observe !== undefined) for (const group of groups) observe(group)
}

/** The same, a slice at a time: a result of 100,000 values would keep the process from everything else. */
async function openInSlices(
  groups: readonly LeafGroup[],
  keys: readonly DataKey[],
  observe: Observer | undefined,
  find: RowFinder | undefined,
): Promise<void> {
  const opened: Opened[] = []
  try {
    for (const [i, group] of groups.entries()) {
      for (const column of group.columns) {
        const values: unknown[] = []
        opened.push({ column, values })
        for (let from = 0; from < column.stored.length; from += SLICE) {
          const to = Math.min(from + SLICE, column.stored.length)
          for (const value of open(group, keyAt(keys, i), column, from, to, find)) values.push(value)
          await othersTurn()
        }
      }
    }
  } finally {
    for (const key of keys) key.release()
  }
  for (const { column, values } of opened) putAll(column, values)
  if (observe !== undefined) for (const group of groups) observe(group)
}

interface Opened {
  readonly column: LeafColumn
  readonly values: readonly unknown[]
}

function putAll({ holders, keys }: LeafColumn, values: readonly unknown[]): void {
  for (let at = 0; at < holders.length; at++) {
    const [holder, key] = [holders[at], keys[at]]
    if (holder !== undefined && key !== undefined) putAt(holder, key, values[at])
  }
}

function keyAt(keys: readonly DataKey[], at: number): DataKey {
  const key = keys[at]
  if (key === undefined) throw new Error('a data key is missing')
  return key
}

/** Opens the values of a column from one index up to another. */
function open(
  { prefix }: LeafGroup,
  key: DataKey,
  column: LeafColumn,
  from: number,
  to: number,
  find: RowFinder | undefined,
): readonly unknown[] {
  const { field, tenant, stored } = column
  const slice = to - from === stored.length ? stored : stored.slice(from, to)
  const place = (at: number) => errorPlaceOfRead(leafAt(column, from + at), find)
  const opened = openMessages(prefix, key.keyFor(prefix.suite), authenticatedBytesOf(field, tenant), slice)
  if (opened instanceof Unopened) throw located(opened.error, place(opened.index))
  if (field.type.verbatim) return opened
  return opened.map((plaintext, i) => {
    try {
      return field.type.decode(plaintext)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      throw located(error, place(i))
    }
  })
}

import { openMessages, type Stored, Unopened } from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { DataKey, DataKeys } from '../keys/index.js'
import { isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { authenticatedBytesOf } from './authenticated-bytes.js'
import { errorPlaceOfRead } from './error-place.js'
import { groupLeaves, type LeafGroup } from './group.js'
import { putAt } from './holder.js'
import type { OpenLeaf, RowFinder } from './leaf.js'

/** Called with every opened group, before the call continues. */
type Observer = (group: LeafGroup) => void

/**
 * Opens all leaves in place, or none: envelopes are checked against their rows first, then keys are obtained, once per
 * distinct data key, then everything is opened in one synchronous pass. Synchronous if the keys are in memory.
 *
 * @param find called to locate the row of a value that does not open.
 */
export function openLeaves(
  leaves: readonly OpenLeaf[],
  keys: DataKeys,
  observe?: Observer,
  find?: RowFinder,
): MaybePromise<void> {
  if (leaves.length === 0) return
  const groups = groupLeaves(leaves, find)
  const found = groups.map((group) => keyFor(group, keys, find))
  const unready = groups.map(({ prefix }) => prefix.suite).filter((suite) => !suite.ready)
  if (unready.length === 0 && found.every((key): key is DataKey => !isPromise(key))) {
    openGroups(groups, found, observe, find)
    return
  }
  return Promise.allSettled(found).then(async (settled) => {
    const leased = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const failed = settled.find((outcome) => outcome.status === 'rejected')
    try {
      if (failed !== undefined) throw failed.reason
      for (const suite of unready) await suite.prepare()
    } catch (error) {
      for (const key of leased) key.release()
      throw error
    }
    openGroups(groups, leased, observe, find)
  })
}

function keyFor(group: LeafGroup, keys: DataKeys, find: RowFinder | undefined): MaybePromise<DataKey> {
  const fail = (error: unknown): Promise<never> => {
    const [column] = group.columns.values()
    const leaf = column?.leaves[0]
    const place = leaf === undefined ? {} : errorPlaceOfRead(leaf, find)
    return Promise.reject(error instanceof EnvelopeError ? located(error, place) : error)
  }
  try {
    const key = keys.forOpening(group.id, group.tenant, group.wrappedKey)
    return isPromise(key) ? key.catch(fail) : key
  } catch (error) {
    return fail(error)
  }
}

function openGroups(
  groups: readonly LeafGroup[],
  keys: readonly DataKey[],
  observe: Observer | undefined,
  find: RowFinder | undefined,
): void {
  const opened: { leaves: readonly OpenLeaf[]; values: readonly unknown[] }[] = []
  try {
    groups.forEach((group, i) => {
      const key = keys[i]
      if (key === undefined) throw new Error('a data key is missing')
      for (const { leaves, stored } of group.columns.values()) {
        opened.push({ leaves, values: open(group, key, leaves, stored, find) })
      }
    })
  } finally {
    for (const key of keys) key.release()
  }
  // Only now: a failure above must not leave a partly opened result.
  for (const { leaves, values } of opened) {
    leaves.forEach(({ holder, key }, i) => {
      putAt(holder, key, values[i])
    })
  }
  if (observe !== undefined) for (const group of groups) observe(group)
}

/** @param leaves of one column: all have the same field and tenant. */
function open(
  { prefix }: LeafGroup,
  key: DataKey,
  leaves: readonly OpenLeaf[],
  stored: readonly Stored[],
  find: RowFinder | undefined,
): readonly unknown[] {
  const [first] = leaves
  if (first === undefined) return []
  const { field, tenant } = first
  const opened = openMessages(prefix, key.keyFor(prefix.suite), authenticatedBytesOf(field, tenant), stored)
  if (opened instanceof Unopened) throw located(opened.error, errorPlaceOfRead(leaves[opened.index] ?? first, find))
  if (field.type.verbatim) return opened
  return opened.map((plaintext, i) => {
    try {
      return field.type.decode(plaintext)
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      throw located(error, errorPlaceOfRead(leaves[i] ?? first, find))
    }
  })
}

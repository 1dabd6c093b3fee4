import { openMessages, type Stored } from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { DataKey, DataKeys } from '../keys/index.js'
import { type OpenLeaf, putAt } from '../query/index.js'
import { groupLeaves, type LeafGroup } from './group-leaves.js'
import { placeBytesOf, placeOf } from './place.js'

/** Told of every group that was opened, before the call that opened it goes on. */
export type Observer = (group: LeafGroup) => void

/**
 * Opens all leaves in place, or none: envelopes are compared with their rows first, then keys are had, once per distinct
 * data key, then everything is opened in one synchronous pass. Answers at once when the keys are in memory.
 */
export function openLeaves(leaves: readonly OpenLeaf[], keys: DataKeys, observe?: Observer): void | Promise<void> {
  if (leaves.length === 0) return
  const groups = groupLeaves(leaves)
  const found = groups.map((group) => keyFor(group, keys))
  const unready = groups.map(({ prefix }) => prefix.suite).filter((suite) => !suite.ready)
  if (unready.length === 0 && found.every((key): key is DataKey => !('then' in key))) {
    openGroups(groups, found, observe)
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
    openGroups(groups, leased, observe)
  })
}

function keyFor(group: LeafGroup, keys: DataKeys): DataKey | Promise<DataKey> {
  const fail = (error: unknown): Promise<never> => {
    const [column] = group.columns.values()
    const leaf = column?.leaves[0]
    const place = leaf === undefined ? {} : placeOf(leaf)
    return Promise.reject(error instanceof EnvelopeError ? located(error, place) : error)
  }
  try {
    const key = keys.forOpening(group.id, group.record)
    return 'then' in key ? key.catch(fail) : key
  } catch (error) {
    return fail(error)
  }
}

function openGroups(groups: readonly LeafGroup[], keys: readonly DataKey[], observe: Observer | undefined): void {
  const opened: { leaves: readonly OpenLeaf[]; values: readonly unknown[] }[] = []
  try {
    groups.forEach((group, i) => {
      const key = keys[i]
      if (key === undefined) throw new Error('a data key is missing')
      for (const { leaves, stored } of group.columns.values()) {
        const [leaf] = leaves
        if (leaf !== undefined) opened.push({ leaves, values: open(group, key, leaf, stored) })
      }
    })
  } finally {
    for (const key of keys) key.release()
  }
  // Only now: a failure above must not leave a result that is half open.
  for (const { leaves, values } of opened) {
    leaves.forEach(({ holder, key }, i) => {
      putAt(holder, key, values[i])
    })
  }
  if (observe !== undefined) for (const group of groups) observe(group)
}

/** @param leaf one of the column: all are of one field and tenant. */
function open({ prefix }: LeafGroup, key: DataKey, leaf: OpenLeaf, stored: readonly Stored[]): unknown[] {
  const { field, tenant } = leaf
  try {
    return openMessages(prefix, key.keyFor(prefix.suite), placeBytesOf(field, tenant), field.valueType, stored)
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, placeOf(leaf)) : error
  }
}

import {
  NO_PADDING,
  type Plaintext,
  type Prefix,
  paddedLength,
  plaintextLength,
  type Suite,
  sealMessages,
} from '../envelope/index.js'
import { EnvelopeError, located } from '../errors.js'
import type { CallKeys, DataKey, SealingGrant } from '../keys/index.js'
import { isPromise, type MaybePromise } from '../promises/maybe-promise.js'
import { authenticatedBytesOf } from './authenticated-bytes.js'
import { errorPlaceOf } from './error-place.js'
import type { EncryptedField } from './field.js'
import { putAt, valueAt } from './holder.js'
import type { SealLeaf } from './leaf.js'
import type { SealedTexts } from './sealed-texts.js'

/** The leaves of one tenant, and the plaintext of each. */
interface Batch {
  readonly tenant: string
  readonly leaves: SealLeaf[]
  readonly plaintexts: Plaintext[]
  /** Bytes of each plaintext. */
  readonly sizes: number[]
}

/**
 * Seals all leaves in place, or none: values are encoded and keys are obtained first, then everything is sealed in one
 * synchronous pass. Synchronous if the keys are in memory.
 *
 * @param texts records what was sealed.
 */
export function sealLeaves(
  leaves: readonly SealLeaf[],
  keys: CallKeys,
  suite: Suite,
  texts?: SealedTexts,
): MaybePromise<void> {
  if (leaves.length === 0) return
  const batches = batchesByTenant(leaves)
  const grants = batches.map((batch) => grantsFor(batch, keys))
  const seal = (granted: readonly SealingGrant[][]): void => {
    sealBatches(batches, granted, suite)
    for (const { leaves: sealed, plaintexts } of batches) texts?.note(sealed, plaintexts)
  }
  if (suite.ready && grants.every((granted): granted is SealingGrant[] => !isPromise(granted))) {
    seal(grants)
    return
  }
  return Promise.allSettled(grants).then(async (settled) => {
    const granted = settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
    const failed = settled.find((outcome) => outcome.status === 'rejected')
    try {
      if (failed !== undefined) throw failed.reason
      await suite.prepare()
    } catch (error) {
      for (const { key } of granted.flat()) key.release()
      throw error
    }
    seal(granted)
  })
}

function batchesByTenant(leaves: readonly SealLeaf[]): Batch[] {
  const batches: Batch[] = []
  let last: Batch | undefined
  /** All of them, once there are two: mostly, the leaves of a call are of one tenant. */
  let byTenant: Map<string, Batch> | undefined
  for (const leaf of leaves) {
    if (last?.tenant !== leaf.tenant) {
      if (last !== undefined) byTenant ??= new Map([[last.tenant, last]])
      last = byTenant?.get(leaf.tenant)
    }
    if (last === undefined) {
      last = { tenant: leaf.tenant, leaves: [], plaintexts: [], sizes: [] }
      batches.push(last)
      byTenant?.set(leaf.tenant, last)
    }
    const plaintext = encoded(leaf)
    last.leaves.push(leaf)
    last.plaintexts.push(plaintext)
    last.sizes.push(paddedLength(plaintextLength(plaintext), leaf.field.pad ?? NO_PADDING))
  }
  return batches
}

function encoded(leaf: SealLeaf): Plaintext {
  try {
    return leaf.field.type.encode(valueAt(leaf.holder, leaf.key))
  } catch (error) {
    if (error instanceof EnvelopeError) throw located(error, errorPlaceOf(leaf))
    throw error
  }
}

/** Keys for one tenant's messages, in their order: one, or several if a data key's cap is reached on the way. */
function grantsFor(batch: Batch, keys: CallKeys): MaybePromise<SealingGrant[]> {
  const grants: SealingGrant[] = []
  try {
    const taken = takeGrants(batch, keys, grants, 0)
    return isPromise(taken) ? taken.catch((error: unknown) => giveUp(batch, grants, error)) : taken
  } catch (error) {
    return giveUp(batch, grants, error)
  }
}

/** @param from the first message that no key was granted for yet. */
function takeGrants(batch: Batch, keys: CallKeys, grants: SealingGrant[], from: number): MaybePromise<SealingGrant[]> {
  const { tenant, sizes } = batch
  for (let done = from; done < sizes.length; ) {
    const grant = keys.forSealing(tenant, done === 0 ? sizes : sizes.slice(done))
    if (isPromise(grant)) {
      const at = done
      return grant.then((given) => {
        grants.push(given)
        return takeGrants(batch, keys, grants, at + given.messages)
      })
    }
    grants.push(grant)
    done += grant.messages
  }
  return grants
}

function giveUp({ leaves: [first] }: Batch, grants: readonly SealingGrant[], error: unknown): Promise<never> {
  for (const { key } of grants) key.release()
  return Promise.reject(
    error instanceof EnvelopeError && first !== undefined ? located(error, errorPlaceOf(first)) : error,
  )
}

function sealBatches(batches: readonly Batch[], grants: readonly SealingGrant[][], suite: Suite): void {
  try {
    batches.forEach((batch, i) => {
      let done = 0
      for (const { key, messages, placement } of grants[i] ?? []) {
        sealUnder(key.prefixFor(suite, placement), key, batch, done, done + messages)
        done += messages
      }
    })
  } finally {
    // Not `flat()`, which takes as long as sealing a value.
    for (const granted of grants) for (const { key } of granted) key.release()
    // Strings cannot be wiped; the copies of bytes can.
    for (const { plaintexts } of batches) for (const each of plaintexts) if (typeof each !== 'string') each.fill(0)
  }
}

/** The leaves of one field. */
interface Column {
  readonly field: EncryptedField
  readonly leaves: SealLeaf[]
  readonly plaintexts: Plaintext[]
}

/** Seals a part of a batch under one key, field by field: the values of one field are authenticated with the same place. */
function sealUnder(prefix: Prefix, key: DataKey, batch: Batch, from: number, to: number): void {
  const suiteKey = key.keyFor(prefix.suite)
  for (const { field, leaves, plaintexts } of columnsOf(batch, from, to)) {
    const form = field.type.column === 'bytes' ? 'binary' : 'text'
    const place = authenticatedBytesOf(field, key.tenant)
    const envelopes = sealMessages(prefix, suiteKey, place, plaintexts, form, field.pad)
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i]
      if (leaf !== undefined) putAt(leaf.holder, leaf.key, envelopes[i])
    }
  }
}

function columnsOf({ leaves, plaintexts }: Batch, from: number, to: number): Column[] {
  const columns: Column[] = []
  for (let i = from; i < to; i++) {
    const leaf = leaves[i]
    const plaintext = plaintexts[i]
    if (leaf === undefined || plaintext === undefined) throw new Error('a message is missing')
    // Searched one by one: a model has a few encrypted fields.
    let column = columns.find(({ field }) => field === leaf.field)
    if (column === undefined) {
      column = { field: leaf.field, leaves: [], plaintexts: [] }
      columns.push(column)
    }
    column.leaves.push(leaf)
    column.plaintexts.push(plaintext)
  }
  return columns
}

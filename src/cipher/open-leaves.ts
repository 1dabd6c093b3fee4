import {
  decodeText,
  decodeValue,
  notAnEnvelope,
  openMessage,
  type ParsedEnvelope,
  parseEnvelope,
  placeBytes,
  type WrappedKeyRecord,
  wrappedKeyOf,
} from '../envelope/index.js'
import { EnvelopeError, EnvelopeTenantError, located } from '../errors.js'
import type { DataKey, DataKeys } from '../keys/index.js'
import type { EncryptedField, OpenLeaf } from '../query/index.js'
import { placeIn, placeOf } from './place.js'

/** Envelopes that one unwrapped data key opens: those of one tenant that carry the same wrapped key. */
export interface OpenedGroup {
  /** The data-key id in hexadecimal. */
  readonly id: string
  readonly record: WrappedKeyRecord
  readonly envelopes: {
    readonly leaf: OpenLeaf
    readonly envelope: ParsedEnvelope
    /** What the row held before it was opened. */
    readonly stored: string | Uint8Array
  }[]
}

/** Told of every group that was opened, before the call that opened it goes on. */
export type Observer = (group: OpenedGroup) => void

/**
 * Opens all leaves in place, or none: envelopes are parsed and compared with their rows first, then keys are had, once
 * per distinct data key, then everything is opened in one synchronous pass. Answers at once when the keys are in memory.
 */
export function openLeaves(leaves: readonly OpenLeaf[], keys: DataKeys, observe?: Observer): void | Promise<void> {
  if (leaves.length === 0) return
  const groups = groupByKey(leaves)
  const found = groups.map((group) => keyFor(group, keys))
  const unready = [
    ...new Set(groups.flatMap(({ envelopes }) => envelopes.map(({ envelope }) => envelope.suite))),
  ].filter((suite) => !suite.ready)
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

function groupByKey(leaves: readonly OpenLeaf[]): OpenedGroup[] {
  const groups = new Map<string, OpenedGroup>()
  for (const leaf of leaves) {
    try {
      const stored = storedForm(Reflect.get(leaf.holder, leaf.key), leaf.field)
      const envelope = parseEnvelope(typeof stored === 'string' ? decodeText(stored) : stored)
      const { dataKeyId, wrapTag, wrappedKey } = envelope
      const name = dataKeyId.toString('latin1') + wrapTag.toString('latin1') + wrappedKey.toString('latin1')
      let group = groups.get(name)
      if (group === undefined) {
        group = { id: dataKeyId.toString('hex'), record: wrappedKeyOf(envelope), envelopes: [] }
        groups.set(name, group)
      }
      // Before any key is looked for: another tenant's envelope in this tenant's row never gets as far as a cache or KMS.
      if (group.record.context.tenant !== leaf.tenant) throw anotherTenants()
      group.envelopes.push({ leaf, envelope, stored })
    } catch (error) {
      throw error instanceof EnvelopeError ? located(error, placeOf(leaf)) : error
    }
  }
  return [...groups.values()]
}

/** The text form, or the binary form of a Bytes field. */
function storedForm(value: unknown, field: EncryptedField): string | Buffer {
  if (field.valueType === 'bytes') {
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  } else if (typeof value === 'string') {
    return value
  }
  throw notAnEnvelope()
}

function keyFor(group: OpenedGroup, keys: DataKeys): DataKey | Promise<DataKey> {
  const fail = (error: unknown): Promise<never> => {
    const [first] = group.envelopes
    const place = first === undefined ? {} : placeOf(first.leaf)
    return Promise.reject(error instanceof EnvelopeError ? located(error, place) : error)
  }
  try {
    const key = keys.forOpening(group.id, group.record)
    return 'then' in key ? key.catch(fail) : key
  } catch (error) {
    return fail(error)
  }
}

function openGroups(groups: readonly OpenedGroup[], keys: readonly DataKey[], observe: Observer | undefined): void {
  const opened: { leaf: OpenLeaf; value: unknown }[] = []
  try {
    groups.forEach((group, i) => {
      const key = keys[i]
      if (key === undefined) throw new Error('a data key is missing')
      const places = new Map<EncryptedField, Buffer>()
      for (const { leaf, envelope } of group.envelopes) {
        let place = places.get(leaf.field)
        if (place === undefined) {
          place = placeBytes(placeIn(leaf.field, leaf.tenant))
          places.set(leaf.field, place)
        }
        opened.push({ leaf, value: open(leaf, envelope, key, place) })
      }
    })
  } finally {
    for (const key of keys) key.release()
  }
  // Only now: a failure above must not leave a result that is half open.
  for (const { leaf, value } of opened) Reflect.set(leaf.holder, leaf.key, value)
  if (observe !== undefined) for (const group of groups) observe(group)
}

function open(leaf: OpenLeaf, envelope: ParsedEnvelope, key: DataKey, place: Buffer): unknown {
  try {
    const plaintext = openMessage(envelope, key.keyFor(envelope.suite), place)
    const value = decodeValue(leaf.field.valueType, plaintext)
    plaintext.fill(0)
    return value
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, placeOf(leaf)) : error
  }
}

function anotherTenants(): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    'This row holds an envelope that was sealed for another tenant. It was copied here or the tenant column was changed: restore the row from a backup.',
  )
}

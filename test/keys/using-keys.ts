import { expect } from 'vitest'
import { suites, type WrappedKey } from '../../src/envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode } from '../../src/errors.js'
import { type DataKey, DataKeys, type DataKeysOptions, type SealingGrant } from '../../src/keys/index.js'
import { unpackWrappedKey } from '../../src/keys/packed-wrapped-key.js'
import { type ManualClock, manualClock } from './manual-clock.js'
import { type ScriptedKms, scriptedKms } from './scripted-kms.js'

/** How an envelope names its data key. */
export interface Reference {
  readonly id: string
  readonly wrappedKey: WrappedKey
}

export interface Rig {
  readonly kms: ScriptedKms
  readonly clock: ManualClock
  readonly keys: DataKeys
  /** Another process over the same KMS, with nothing in memory. */
  another(options?: Partial<DataKeysOptions>): DataKeys
}

/** Data keys over a scripted KMS, each tenant under its own alias. */
export function rig(options: Partial<DataKeysOptions> = {}): Rig {
  const kms = scriptedKms()
  const clock = manualClock()
  const another = (more: Partial<DataKeysOptions> = {}) =>
    new DataKeys({ app: 'test', kms, cmk: (tenant) => `alias/${tenant}`, clock, ...options, ...more })
  return { kms, clock, keys: another(), another }
}

/** Seals one message of `size` bytes for the tenant, as far as keys are concerned, and says under which data key. */
export async function seal(keys: DataKeys, tenant = 'acme', size = 1): Promise<Reference> {
  return referenceOf(await keys.forSealing(tenant, 'tenant', [size]))
}

/** Opens under the key that the reference names, and gives it back. */
export async function open(keys: DataKeys, reference: Reference): Promise<void> {
  const key = await keys.forOpening(reference.id, reference.wrappedKey)
  expect(isWhole(key), `${reference.wrappedKey.context.tenant}'s key was handed out wiped`).toBe(true)
  expect(key.id).toBe(reference.id)
  key.release()
}

/** A data key made by another process: cold for the ones under test. */
export async function sealedElsewhere(at: Pick<Rig, 'another'>, tenant = 'acme'): Promise<Reference> {
  const [reference] = await allSealedElsewhere(at, 1, tenant)
  if (reference === undefined) throw new Error('nothing was sealed')
  return reference
}

/** As many data keys, each another. */
export async function allSealedElsewhere(
  { another }: Pick<Rig, 'another'>,
  count: number,
  tenant = 'acme',
): Promise<Reference[]> {
  const keys = another()
  const references: Reference[] = []
  while (references.length < count) {
    references.push(await seal(keys, tenant))
    keys.evict(tenant)
  }
  keys.close()
  return references
}

/** Takes what a grant says and ends its lease. */
export function referenceOf({ key }: SealingGrant): Reference {
  expect(isWhole(key), 'a key was handed out wiped').toBe(true)
  key.release()
  return { id: key.id, wrappedKey: unpackWrappedKey(key.wrappedKey) }
}

/** Whether the key that would encrypt is there. Throws when the key is not leased. */
export function isWhole(key: DataKey): boolean {
  if (key.wiped) return false
  // Throws for a key that was destroyed.
  key.keyFor(suites['aes-256-gcm']).begin(Buffer.alloc(0), 0).end()
  return true
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise
}

/** The code of the error that the call throws or rejects with. */
export async function codeOf(call: () => unknown): Promise<EnvelopeErrorCode> {
  try {
    await call()
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code
    throw error
  }
  throw new Error('the call was expected to fail')
}

/** The reference with another wrapped key's bytes: a row whose key section was swapped. */
export function withBlobOf(reference: Reference, other: Reference): Reference {
  return { id: reference.id, wrappedKey: { ...reference.wrappedKey, blob: other.wrappedKey.blob } }
}

/** The reference with random bytes for a wrapped key: a row whose key section was forged. */
export function forged(reference: Reference, serial: number): Reference {
  const blob = Buffer.alloc(48)
  blob.writeUInt32BE(serial, 0)
  return { id: reference.id, wrappedKey: { ...reference.wrappedKey, blob } }
}

/** The reference with as many forged key-material ids: what a row says of its key material is not authenticated. */
export function allWithMaterials(reference: Reference, count: number): Reference[] {
  return Array.from({ length: count }, (_, i) => ({
    ...reference,
    wrappedKey: { ...reference.wrappedKey, keyMaterialId: i.toString(16).padStart(64, '0') },
  }))
}

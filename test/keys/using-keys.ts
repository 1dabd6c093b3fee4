import { expect } from 'vitest'
import { cmkTagText, suites, type WrappedKey, wrapTag } from '../../src/envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode } from '../../src/errors.js'
import { type DataKey, DataKeys, type DataKeysOptions, type SealingGrant } from '../../src/keys/index.js'
import { unpackWrappedKey } from '../../src/keys/packed-wrapped-key.js'
import type { MaybePromise } from '../../src/promises/maybe-promise.js'
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
  return referenceOf(await keys.forSealing(tenant, [size]))
}

/** Opens under the key that the reference names, and gives it back. */
export async function open(keys: DataKeys, reference: Reference): Promise<void> {
  const key = await openingKey(keys, reference)
  expect(isWhole(key), `${reference.wrappedKey.context.tenant}'s key was handed out wiped`).toBe(true)
  expect(key.id).toBe(reference.id)
  key.release()
}

/** The leased key that the reference names. */
export function openingKey(keys: DataKeys, { id, wrappedKey }: Reference): MaybePromise<DataKey> {
  return keys.forOpening(id, wrappedKey.context.tenant, wrappedKey)
}

/** What a wrapped key says of its CMK, to be compared with {@link tagOf}. */
export function cmkOf(wrappedKey: WrappedKey | undefined): string | undefined {
  return wrappedKey && cmkTagText(wrappedKey.wrapTag)
}

/** What the wrapped keys of a CMK say of it. */
export function tagOf(arn: string): string {
  return cmkTagText(wrapTag(arn))
}

/** What a wrapped key says of its key material: that of this id, or of none. */
export function materialOf(of: WrappedKey | string | undefined): string | undefined {
  return (typeof of === 'string' ? wrapTag('', of) : of?.wrapTag)?.toString('hex', 6)
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

/** The reference with as many forged key materials: what a row says of its key material is not authenticated. */
export function allWithMaterials(reference: Reference, count: number): Reference[] {
  return Array.from({ length: count }, (_, i) => withMaterial(reference, i.toString(16).padStart(64, '0')))
}

/** The reference with a key material that KMS did not name. */
export function withMaterial({ id, wrappedKey }: Reference, keyMaterialId: string): Reference {
  const tag = Buffer.concat([wrappedKey.wrapTag.subarray(0, 6), wrapTag('', keyMaterialId).subarray(6)])
  return { id, wrappedKey: { ...wrappedKey, wrapTag: tag } }
}

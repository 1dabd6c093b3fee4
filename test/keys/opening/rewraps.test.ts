import { describe, expect, it } from 'vitest'
import { packWrappedKey, unpackWrappedKey } from '../../../src/keys/packed-wrapped-key.js'
import { HOUR, MINUTE, SECOND } from '../manual-clock.js'
import { arn, keyError, settled, signal } from '../scripted-kms.js'
import {
  allWithMaterials,
  cmkOf,
  codeOf,
  forged,
  materialOf,
  open,
  openingKey,
  type Reference,
  rig,
  seal,
  sealedElsewhere,
  tagOf,
  withBlobOf,
} from '../using-keys.js'

const OLD = { current: 'alias/old' }
const NEW = { current: 'alias/new', previous: ['alias/old'] }

/** A tenant whose data keys were made under one CMK before the configuration named another. */
async function replaced(tenant = 'acme') {
  let cmk: { current: string; previous?: string[] } = OLD
  const at = rig({ cmk: () => cmk })
  const reference = await seal(at.keys, tenant)
  cmk = NEW
  const rewrap = ({ id, wrappedKey }: Reference) => at.keys.rewrap(id, wrappedKey)
  const isWorthRewrapping = ({ id, wrappedKey }: Reference) => at.keys.isWorthRewrapping(id, wrappedKey)
  const configure = (next: typeof cmk) => {
    cmk = next
  }
  return { ...at, reference, rewrap, isWorthRewrapping, configure }
}

/** The data key under its new wrapped key. */
async function rewrapped({ rewrap, reference }: Awaited<ReturnType<typeof replaced>>): Promise<Reference> {
  const wrappedKey = await rewrap(reference)
  if (wrappedKey === undefined) throw new Error('nothing was rewrapped')
  return { id: reference.id, wrappedKey }
}

describe('a data key of a former CMK', () => {
  it('gets a wrapped key under the current one, with the same encryption context', async () => {
    const at = await replaced()
    const { wrappedKey } = await rewrapped(at)
    expect(cmkOf(wrappedKey)).toBe(tagOf(arn('alias-new')))
    expect(wrappedKey.context).toEqual(at.reference.wrappedKey.context)
    expect(wrappedKey.blob).not.toEqual(at.reference.wrappedKey.blob)
  })

  it('leaves the row’s wrapped key as it was, whatever a provider does with what it is handed', async () => {
    const at = await replaced()
    const { rewrapDataKey, unwrapDataKey } = at.kms
    at.kms.rewrapDataKey = (input) => rewrapDataKey(input).finally(() => input.blob.fill(0))
    at.kms.unwrapDataKey = (input) => unwrapDataKey(input).finally(() => input.blob.fill(0))
    const former = Buffer.from(at.reference.wrappedKey.blob)
    const next = await rewrapped(at)
    expect(at.reference.wrappedKey.blob).toEqual(former)
    expect(next.wrappedKey.blob.some((byte) => byte !== 0)).toBe(true)
    expect(await openingKey(at.another(), next)).toMatchObject({
      wrappedKey: packWrappedKey(next.wrappedKey),
    })
  })

  it('costs one ReEncrypt and one Decrypt to verify it, however many rows ask, at once and later', async () => {
    const at = await replaced()
    at.kms.calls.length = 0
    const records = await Promise.all(Array.from({ length: 50 }, () => at.rewrap(at.reference)))
    await at.rewrap(at.reference)
    expect(new Set(records).size).toBe(1)
    expect(at.kms.count('ReEncrypt')).toBe(1)
    expect(at.kms.count('Decrypt')).toBe(1)
    expect(
      at.kms.calls.filter(({ operation, keyId }) => operation === 'DescribeKey' && keyId === 'alias/new'),
    ).toHaveLength(1)
  })

  it('is the one in memory from then on: it opens rows of either wrapped key without KMS', async () => {
    const at = await replaced()
    const next = await rewrapped(at)
    at.kms.calls.length = 0
    for (const reference of [next, at.reference]) await open(at.keys, reference)
    expect(at.kms.calls).toEqual([])
  })

  it('is wiped in its former form when the last pass that works with it ends, not before', async () => {
    const at = await replaced()
    const old = await openingKey(at.keys, at.reference)
    await rewrapped(at)
    expect(old.wiped).toBe(false)
    old.release()
    expect(old.wiped).toBe(true)
  })

  it('seals new values under its new wrapped key', async () => {
    const at = await replaced()
    const next = await rewrapped(at)
    const sealed = await seal(at.keys)
    expect(sealed.id).toBe(next.id)
    expect(cmkOf(sealed.wrappedKey)).toBe(cmkOf(next.wrappedKey))
  })

  it('does so also when a row of the previous wrapped key has brought it back into memory', async () => {
    let cmk: { current: string; previous?: string[] } = OLD
    const at = rig({ cmk: () => cmk, dataKeys: { maxCached: 1 } })
    const reference = await seal(at.keys)
    cmk = NEW
    const wrappedKey = await at.keys.rewrap(reference.id, reference.wrappedKey)
    // Another tenant's key takes the only place.
    await seal(at.keys, 'globex')
    await open(at.keys, reference)
    expect((await seal(at.keys)).wrappedKey.blob).toEqual(wrappedKey?.blob)
  })
})

describe('what is left alone', () => {
  it('is a data key that is wrapped as it should be', async () => {
    const at = rig()
    const { id, wrappedKey } = await seal(at.keys)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    expect(await at.keys.rewrap(id, wrappedKey)).toBeUndefined()
    expect(at.kms.count('ReEncrypt')).toBe(0)
  })

  it('is one that KMS returns with the same CMK and key material', async () => {
    const at = rig()
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const { id, wrappedKey } = await seal(at.keys)
    at.clock.advance(11 * MINUTE)
    at.kms.materials.set(arn('alias-acme'), 'b'.repeat(64))
    // A node that has not heard of the rotation.
    at.kms.alter = (answer) => ({ ...answer, cmk: { ...answer.cmk, keyMaterialId: 'a'.repeat(64) } })
    expect(await at.keys.rewrap(id, wrappedKey)).toBeUndefined()
    expect(at.kms.count('ReEncrypt')).toBe(1)
    expect(at.kms.count('Decrypt')).toBe(0)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    at.clock.advance(HOUR)
    at.kms.alter = (answer) => answer
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(true)
    expect(materialOf(await at.keys.rewrap(id, wrappedKey))).toBe(materialOf('b'.repeat(64)))
  })

  it('is one that was rewrapped within the hour, whatever KMS says of its key material meanwhile', async () => {
    const at = rig()
    const materials = (id: string) => at.kms.materials.set(arn('alias-acme'), id.repeat(64))
    materials('a')
    const { id, wrappedKey } = await seal(at.keys)
    at.clock.advance(11 * MINUTE)
    materials('b')
    const next = await at.keys.rewrap(id, wrappedKey)
    if (next === undefined) throw new Error('nothing was rewrapped')
    at.clock.advance(11 * MINUTE)
    materials('a')
    expect(await at.keys.rewrap(id, next)).toBeUndefined()
    expect(at.keys.isWorthRewrapping(id, next)).toBe(false)
    expect(at.kms.count('ReEncrypt')).toBe(1)
    at.clock.advance(HOUR)
    expect(materialOf(await at.keys.rewrap(id, next))).toBe(materialOf('a'.repeat(64)))
  })

  it('is not one that has to go to yet another CMK: that is the configuration’s word, and not old news', async () => {
    const at = await replaced()
    const next = await rewrapped(at)
    at.configure({ current: 'alias/newest', previous: ['alias/new', 'alias/old'] })
    expect(at.isWorthRewrapping(next)).toBe(true)
    expect(cmkOf(await at.rewrap(next))).toBe(tagOf(arn('alias-newest')))
  })

  it('is one of a tenant that is configured no longer, though its key is in memory', async () => {
    let known = true
    const at = rig({ cmk: () => (known ? 'alias/acme' : undefined) })
    const { id, wrappedKey } = await seal(at.keys)
    known = false
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    expect(await codeOf(() => at.keys.rewrap(id, wrappedKey))).toBe('ENVELOPE_TENANT_UNKNOWN')
  })

  it('is reported without an unhandled rejection if cmk returns a promise that fails', async () => {
    const at = rig({ cmk: async (tenant) => (tenant === 'acme' ? 'alias/acme' : undefined) })
    const { id, wrappedKey } = await seal(at.keys)
    at.clock.advance(HOUR)
    expect(at.keys.isWorthRewrapping(id, { ...wrappedKey, context: { ...wrappedKey.context, tenant: 'nobody' } })).toBe(
      true,
    )
    await settled()
  })
})

describe('a rewrap that fails', () => {
  it('is not tried again for an hour where KMS refuses, and revokes no key that is in memory', async () => {
    const at = await replaced()
    at.kms.before = ({ operation }) => {
      if (operation === 'ReEncrypt') throw keyError('ENVELOPE_KMS_ACCESS_DENIED')
    }
    expect(await codeOf(() => at.rewrap(at.reference))).toBe('ENVELOPE_KMS_ACCESS_DENIED')
    expect(at.isWorthRewrapping(at.reference)).toBe(false)
    at.clock.advance(HOUR - SECOND)
    at.kms.calls.length = 0
    // Its trust is over by now; it is still there to be asked about.
    await open(at.keys, at.reference)
    expect(await codeOf(() => at.rewrap(at.reference))).toBe('ENVELOPE_KMS_ACCESS_DENIED')
    expect(at.kms.count('ReEncrypt')).toBe(0)
    at.kms.before = () => {}
    at.clock.advance(SECOND)
    expect(at.isWorthRewrapping(at.reference)).toBe(true)
    expect(cmkOf(await at.rewrap(at.reference))).toBe(tagOf(arn('alias-new')))
  })

  it('leaves the key in memory, which is used without asking KMS', async () => {
    const at = await replaced()
    at.kms.before = ({ operation }) => {
      if (operation === 'ReEncrypt') throw keyError('ENVELOPE_KMS_DISABLED')
    }
    expect(await codeOf(() => at.rewrap(at.reference))).toBe('ENVELOPE_KMS_DISABLED')
    at.kms.calls.length = 0
    await open(at.keys, at.reference)
    expect(at.kms.calls).toEqual([])
  })

  it.each(['ENVELOPE_KMS_THROTTLED', 'ENVELOPE_KMS_UNAVAILABLE'] as const)(
    'with %s is tried again soon',
    async (code) => {
      const at = await replaced()
      at.kms.before = ({ operation }) => {
        if (operation === 'ReEncrypt') throw keyError(code)
      }
      expect(await codeOf(() => at.rewrap(at.reference))).toBe(code)
      expect(at.isWorthRewrapping(at.reference)).toBe(false)
      at.kms.before = () => {}
      at.clock.advance(10 * SECOND)
      expect(at.isWorthRewrapping(at.reference)).toBe(true)
      expect(cmkOf(await at.rewrap(at.reference))).toBe(tagOf(arn('alias-new')))
    },
  )

  it('for want of a method of the provider says which, and what to set', async () => {
    const at = await replaced()
    Object.assign(at.kms, { rewrapDataKey: undefined })
    const error: unknown = await at.rewrap(at.reference).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect(String(error)).toContain(
      "has no method rewrapDataKey; it rewraps data keys: implement it, as awsKms does by ReEncrypt, or set rewrap: 'off'",
    )
  })

  it('with a new wrapped key that holds another data key is found out, and nothing of it is kept', async () => {
    const at = await replaced()
    at.kms.alter = (answer, { operation }) =>
      operation === 'Decrypt' ? { ...answer, plaintext: new Uint8Array(32).fill(7) } : answer
    expect(await codeOf(() => at.rewrap(at.reference))).toBe('ENVELOPE_DATA_KEY_MISMATCH')
    at.kms.alter = (answer) => answer
    const { wrappedKey } = await openingKey(at.keys, at.reference)
    expect(cmkOf(unpackWrappedKey(wrappedKey))).toBe(tagOf(arn('alias-old')))
  })

  it('is none for a wrapped key that was swapped: its row gets that of its own data key, as the right one does', async () => {
    const at = await replaced()
    at.configure(OLD)
    at.keys.evict('acme')
    const another = await seal(at.keys)
    await open(at.keys, at.reference)
    at.configure(NEW)
    // The id of one data key, the wrapped key of another.
    const swapped = withBlobOf(at.reference, another)
    const [healed, good] = await Promise.all([at.rewrap(swapped), at.rewrap(at.reference)])
    if (good === undefined) throw new Error('nothing was rewrapped')
    expect(healed).toBe(good)
    expect(at.kms.count('ReEncrypt')).toBe(1)
    const cold = at.another()
    await open(cold, { id: at.reference.id, wrappedKey: good })
    expect(unpackWrappedKey((await openingKey(at.keys, at.reference)).wrappedKey)).toEqual(good)
  })

  it('for a swapped wrapped key that was brought first spreads to no row: the next one is tried', async () => {
    const at = await replaced()
    at.configure(OLD)
    at.keys.evict('acme')
    const another = await seal(at.keys)
    at.configure(NEW)
    const swapped = withBlobOf(at.reference, another)
    const [healed, good] = await Promise.all([at.rewrap(swapped), at.rewrap(at.reference)])
    expect(healed).toBe(good)
    expect(at.kms.count('ReEncrypt')).toBe(2)
    await open(at.another(), { id: at.reference.id, wrappedKey: good ?? at.reference.wrappedKey })
  })

  it('for a swapped wrapped key alone is not tried again for an hour, and does not keep the right one from it', async () => {
    const at = await replaced()
    at.configure(OLD)
    at.keys.evict('acme')
    const another = await seal(at.keys)
    at.configure(NEW)
    const swapped = withBlobOf(at.reference, another)
    for (let i = 0; i < 2; i++) expect(await codeOf(() => at.rewrap(swapped))).toBe('ENVELOPE_DATA_KEY_MISMATCH')
    expect(at.kms.count('ReEncrypt')).toBe(1)
    expect(at.isWorthRewrapping(swapped)).toBe(false)
    expect(at.isWorthRewrapping(at.reference)).toBe(true)
    expect(cmkOf(await at.rewrap(at.reference))).toBe(tagOf(arn('alias-new')))
    expect(cmkOf(await at.rewrap(swapped))).toBe(tagOf(arn('alias-new')))
  })

  it('for forged wrapped keys of one data key buys eight KMS calls, and keeps nothing from being read', async () => {
    const at = await replaced()
    at.keys.evict('acme')
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, (_, i) => codeOf(() => at.rewrap(forged(at.reference, i)))),
    )
    expect(new Set(outcomes)).toEqual(new Set(['ENVELOPE_KMS_INVALID_CIPHERTEXT']))
    expect(at.kms.count('ReEncrypt')).toBe(8)
    const elsewhere = await seal(at.another({ cmk: 'alias/new' }))
    await open(at.keys, elsewhere)
  })

  it('for forged wrapped keys of many data keys buys a bounded number of KMS calls', async () => {
    const at = await replaced()
    at.keys.evict('acme')
    const ids = Array.from({ length: 300 }, (_, i) => i.toString(16).padStart(32, '0'))
    await Promise.all(ids.map((id, i) => codeOf(() => at.rewrap({ ...forged(at.reference, i), id }))))
    // A hundred, and what was on its way when the hundredth failed.
    expect(at.kms.count('ReEncrypt')).toBeLessThan(120)
  })
})

describe('rows that say of one data key that it is wrapped with a hundred key materials', () => {
  it('get one new wrapped key, by one ReEncrypt and one Decrypt', async () => {
    const at = await replaced()
    at.kms.calls.length = 0
    const planted = allWithMaterials(at.reference, 100)
    const records = await Promise.all(planted.map(at.rewrap))
    expect(new Set(records).size).toBe(1)
    expect([at.kms.count('ReEncrypt'), at.kms.count('Decrypt')]).toEqual([1, 1])
  })

  it('get the wrapped key that KMS has opened, without a ReEncrypt, where it is as it should be', async () => {
    const at = rig()
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const reference = await sealedElsewhere(at)
    const planted = allWithMaterials(reference, 100)
    await Promise.all(planted.map((row) => open(at.keys, row)))
    const records = await Promise.all(planted.map(({ id, wrappedKey }) => at.keys.rewrap(id, wrappedKey)))
    expect(records).toEqual(planted.map(() => reference.wrappedKey))
    expect(await at.keys.rewrap(reference.id, reference.wrappedKey)).toBeUndefined()
    expect([at.kms.count('ReEncrypt'), at.kms.count('Decrypt')]).toEqual([0, 1])
  })
})

describe('an eviction during a rewrap', () => {
  it('keeps its data key out of memory', async () => {
    const at = await replaced()
    const late = signal()
    at.kms.before = ({ operation }) => (operation === 'Decrypt' ? late.promise : undefined)
    const rewrap = at.rewrap(at.reference)
    await settled()
    expect(at.kms.count('Decrypt')).toBe(1)
    at.keys.evict('acme')
    late.fire()
    expect(cmkOf(await rewrap)).toBe(tagOf(arn('alias-new')))
    expect(at.keys.stats().cached).toBe(0)
  })

  it('so does close(), and later rewraps are refused', async () => {
    const at = await replaced()
    const late = signal()
    at.kms.before = ({ operation }) => (operation === 'Decrypt' ? late.promise : undefined)
    const rewrap = at.rewrap(at.reference)
    await settled()
    at.keys.close()
    late.fire()
    await rewrap
    expect(at.keys.stats().cached).toBe(0)
    expect(at.isWorthRewrapping(at.reference)).toBe(false)
    expect(await codeOf(() => at.rewrap(at.reference))).toBe('ENVELOPE_CLOSED')
  })
})

import { describe, expect, it } from 'vitest'
import { wrapTag } from '../../../src/envelope/index.js'
import { unpackWrappedKey } from '../../../src/keys/packed-wrapped-key.js'
import { MINUTE, SECOND } from '../manual-clock.js'
import { arn, keyError, signal } from '../scripted-kms.js'
import {
  allSealedElsewhere,
  allWithMaterials,
  codeOf,
  forged,
  open,
  openingKey,
  type Reference,
  rig,
  seal,
  sealedElsewhere,
  withBlobOf,
} from '../using-keys.js'

describe('a wrapped key that KMS does not accept', () => {
  it('is asked about once, and fails without KMS for a minute', async () => {
    const at = rig()
    const bad = forged(await sealedElsewhere(at), 1)
    for (let i = 0; i < 10; i++) expect(await codeOf(() => open(at.keys, bad))).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    expect(at.kms.count('Decrypt')).toBe(1)
    at.clock.advance(MINUTE)
    await codeOf(() => open(at.keys, bad))
    expect(at.kms.count('Decrypt')).toBe(2)
  })

  it('fails alone: the good row with the same id opens, before it, after it and beside it', async () => {
    for (const order of ['before', 'after', 'beside'] as const) {
      const at = rig()
      const good = await sealedElsewhere(at)
      const bad = forged(good, 1)
      if (order === 'before') await open(at.keys, good)
      // Once the key is proven, it opens whatever was sealed under it, however the row's key section looks.
      const first = codeOf(() => open(at.keys, bad)).catch(() => 'opened')
      if (order === 'after') await first
      await open(at.keys, good)
      expect(await first, order).toBe(order === 'after' ? 'ENVELOPE_KMS_INVALID_CIPHERTEXT' : 'opened')
      await open(at.keys, good)
    }
  })

  it('opens cold as it opens warm beside a good one, wherever that is among them', async () => {
    for (const place of [0, 3, 6]) {
      const at = rig()
      const good = await sealedElsewhere(at)
      const other = await sealedElsewhere(at)
      const rows = [1, 2, 3].flatMap((i) => [
        forged(good, i),
        withBlobOf({ ...good, wrappedKey: withHour(good, i) }, other),
      ])
      rows.splice(place, 0, good)
      await Promise.all(rows.map((row) => open(at.keys, row)))
      expect(at.kms.count('Decrypt'), `at ${place}`).toBe(place + 1)
    }
  })

  it('that is brought in the moment in which the last one before it fails is tried as well', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    const first = Promise.resolve(openingKey(at.keys, forged(good, 1))).catch((error) => error.code)
    for (let turns = 0; turns < 60; turns++) {
      await Promise.resolve()
      const key = await Promise.resolve(openingKey(at.keys, good))
      key.release()
      at.keys.evict('acme')
    }
    await first
  })

  it('fails alone also when the good key’s trust has ended', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    await open(at.keys, good)
    at.clock.advance(10 * MINUTE)
    await open(at.keys, forged(good, 1))
    await open(at.keys, good)
    expect(at.kms.count('Decrypt'), 'the cached key was asked about, not the row’s').toBe(2)
  })

  it('is tried with its own bytes when KMS no longer unwraps the cached ones: the row may have been rewrapped', async () => {
    const at = rig({ cmk: { current: 'alias/new', previous: ['alias/old'] } })
    const old = await sealedElsewhere({ another: () => at.another({ cmk: 'alias/old' }) })
    await open(at.keys, old)
    at.clock.advance(10 * MINUTE)
    at.kms.before = ({ keyId }) => {
      if (keyId === 'alias/old') throw keyError('ENVELOPE_KMS_DISABLED')
    }
    const rewrapped = {
      ...old,
      wrappedKey: { ...old.wrappedKey, wrapTag: wrapTag(arn('alias-new')), blob: Buffer.alloc(48, 9) },
    }
    expect(await codeOf(() => open(at.keys, rewrapped))).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    expect(at.kms.calls.at(-1)).toMatchObject({ operation: 'Decrypt', keyId: 'alias/new' })
  })

  it('counts as bad when KMS calls the request invalid: what is in it comes from the row', async () => {
    const at = rig()
    const bad = forged(await sealedElsewhere(at), 1)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_INVALID_REQUEST'))
    for (let i = 0; i < 5; i++) expect(await codeOf(() => open(at.keys, bad))).toBe('ENVELOPE_KMS_INVALID_REQUEST')
    expect(at.kms.count('Decrypt')).toBe(1)
  })

  it('is not remembered for an outage', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    for (const code of ['ENVELOPE_KMS_THROTTLED', 'ENVELOPE_KMS_UNAVAILABLE'] as const) {
      at.kms.before = () => Promise.reject(keyError(code))
      expect(await codeOf(() => open(at.keys, reference))).toBe(code)
    }
    at.kms.before = () => {}
    await open(at.keys, reference)
  })
})

describe('rows that say of one data key that it is wrapped with 1,500 key materials', () => {
  it('cost one Decrypt, at once and one after another', async () => {
    const at = rig()
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const good = await sealedElsewhere(at)
    const planted = allWithMaterials(good, 1_500)
    await Promise.all(planted.map((row) => open(at.keys, row)))
    for (const row of planted.slice(0, 50)) await open(at.keys, row)
    expect(at.kms.count('Decrypt')).toBe(1)
  })

  it('do not decide what is kept of it: that is what KMS says', async () => {
    const at = rig()
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const good = await sealedElsewhere(at)
    for (const row of allWithMaterials(good, 3)) {
      const key = await openingKey(at.keys, row)
      expect(unpackWrappedKey(key.wrappedKey)).toEqual(good.wrappedKey)
      key.release()
    }
  })

  it('cost one Decrypt more when the key’s trust has ended, and one in all where KMS refuses it then', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    const planted = allWithMaterials(good, 100)
    await Promise.all(planted.map((row) => open(at.keys, row)))
    at.clock.advance(10 * MINUTE)
    await Promise.all(planted.map((row) => open(at.keys, row)))
    expect(at.kms.count('Decrypt')).toBe(2)
    at.clock.advance(20 * MINUTE)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    const codes = await Promise.all(planted.map((row) => codeOf(() => open(at.keys, row))))
    expect(new Set(codes)).toEqual(new Set(['ENVELOPE_KMS_DISABLED']))
    expect(at.kms.count('Decrypt')).toBe(3)
  })

  it('fail together in an outage, by one call', async () => {
    const at = rig()
    const planted = allWithMaterials(await sealedElsewhere(at), 100)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    const codes = await Promise.all(planted.map((row) => codeOf(() => open(at.keys, row))))
    expect(new Set(codes)).toEqual(new Set(['ENVELOPE_KMS_UNAVAILABLE']))
    expect(at.kms.count('Decrypt')).toBe(1)
  })
})

describe('a tenant with many bad rows', () => {
  it('buys no more than 100 KMS calls a minute with them, and is asked about again after it', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    for (let i = 0; i < 150; i++) {
      expect(await codeOf(() => open(at.keys, forged(good, i)))).toBe(
        i < 100 ? 'ENVELOPE_KMS_INVALID_CIPHERTEXT' : 'ENVELOPE_UNWRAP_LIMITED',
      )
    }
    expect(at.kms.count('Decrypt')).toBe(100)
    at.clock.advance(MINUTE - 1)
    expect(await codeOf(() => open(at.keys, good))).toBe('ENVELOPE_UNWRAP_LIMITED')
    at.clock.advance(1)
    await open(at.keys, good)
    expect(await codeOf(() => open(at.keys, forged({ ...good, id: 'ab'.repeat(16) }, 0)))).toBe(
      'ENVELOPE_KMS_INVALID_CIPHERTEXT',
    )
  })

  it('buys no more with one large batch than with many small ones', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    const codes = await Promise.all(
      Array.from({ length: 2_000 }, (_, i) => codeOf(() => open(at.keys, forged(good, i)))),
    )
    // Those that were in flight already when the hundredth failed: at most eight.
    expect(at.kms.count('Decrypt')).toBeLessThanOrEqual(108)
    expect(codes.filter((code) => code === 'ENVELOPE_UNWRAP_LIMITED').length).toBeGreaterThanOrEqual(1_892)
  })

  it('keeps the keys that are in memory, through the end of their trust, and goes on sealing', async () => {
    const at = rig({ dataKeys: { grace: 0 } })
    const warm = await seal(at.keys)
    at.clock.advance(10 * MINUTE - 1)
    for (let i = 0; i < 100; i++) await codeOf(() => open(at.keys, forged({ ...warm, id: 'ab'.repeat(16) }, i)))
    at.clock.advance(1)
    await open(at.keys, warm)
    await seal(at.keys)
  })

  it('goes on sealing also when its active key has left the cache', async () => {
    const at = rig({ dataKeys: { maxCached: 1 } })
    const good = await seal(at.keys)
    for (let i = 0; i < 100; i++) await codeOf(() => open(at.keys, forged({ ...good, id: 'ab'.repeat(16) }, i)))
    await seal(at.keys, 'globex')
    expect(await codeOf(() => open(at.keys, good))).toBe('ENVELOPE_UNWRAP_LIMITED')
    await open(at.keys, await seal(at.keys))
  })

  it('does not touch another tenant', async () => {
    const at = rig()
    const good = await sealedElsewhere(at, 'acme')
    const other = await sealedElsewhere(at, 'globex')
    for (let i = 0; i < 101; i++) await codeOf(() => open(at.keys, forged(good, i)))
    await open(at.keys, other)
  })

  it('is not limited by rows that cost no KMS call', async () => {
    const at = rig({ cmk: arn('acme') })
    const good = await sealedElsewhere(at)
    for (let i = 0; i < 200; i++) {
      const row = forged(good, i)
      const foreign = { ...row, wrappedKey: { ...row.wrappedKey, wrapTag: wrapTag(arn(`foreign-${i}`)) } }
      expect(await codeOf(() => open(at.keys, foreign))).toBe('ENVELOPE_CMK_UNTRUSTED')
    }
    expect(at.kms.count('Decrypt')).toBe(0)
    await open(at.keys, good)
  })

  it('starts afresh when it is evicted', async () => {
    const at = rig()
    const good = await sealedElsewhere(at)
    for (let i = 0; i < 101; i++) await codeOf(() => open(at.keys, forged(good, i)))
    at.keys.evict('acme')
    await open(at.keys, good)
  })
})

describe('a CMK that KMS refuses', () => {
  it('is asked once a second, however many data keys need it', async () => {
    const at = rig()
    const rows = await allSealedElsewhere(at, 50)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    for (const row of rows) expect(await codeOf(() => open(at.keys, row))).toBe('ENVELOPE_KMS_DISABLED')
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_DISABLED')
    expect(at.kms.count('Decrypt')).toBe(1)
    at.clock.advance(SECOND)
    at.kms.before = () => {}
    for (const row of rows) await open(at.keys, row)
  })

  it('is not asked by those who were waiting for a place when it refused', async () => {
    const at = rig()
    const rows = await allSealedElsewhere(at, 50)
    const answer = signal()
    at.kms.before = () => answer.promise.then(() => Promise.reject(keyError('ENVELOPE_KMS_DISABLED')))
    const codes = Promise.all(rows.map((row) => codeOf(() => open(at.keys, row))))
    answer.fire()
    expect(new Set(await codes)).toEqual(new Set(['ENVELOPE_KMS_DISABLED']))
    expect(at.kms.count('Decrypt')).toBe(8)
  })
})

function withHour({ wrappedKey }: Reference, hours: number): Reference['wrappedKey'] {
  return { ...wrappedKey, context: { ...wrappedKey.context, createdHour: wrappedKey.context.createdHour + hours } }
}

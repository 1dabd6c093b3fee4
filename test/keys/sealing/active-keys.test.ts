import { describe, expect, it } from 'vitest'
import type { DataKeys } from '../../../src/keys/index.js'
import { HOUR, MINUTE, SECOND } from '../manual-clock.js'
import { keyError, settled, signal } from '../scripted-kms.js'
import { cmkOf, codeOf, isPromise, referenceOf, rig, seal, tagOf } from '../using-keys.js'

/** Seals messages of these sizes as a pass does: asks again for the rest. Gives how many each data key took. */
async function sealAll(keys: DataKeys, sizes: readonly number[], tenant = 'acme'): Promise<number[]> {
  const taken: { id: string; messages: number }[] = []
  for (let done = 0; done < sizes.length; ) {
    const grant = await keys.forSealing(tenant, sizes.slice(done))
    const { id } = referenceOf(grant)
    const last = taken.at(-1)
    if (last?.id === id) last.messages += grant.messages
    else taken.push({ id, messages: grant.messages })
    done += grant.messages
  }
  return taken.map(({ messages }) => messages)
}

const ones = (count: number) => Array<number>(count).fill(1)

describe('the key that seals a tenant’s new values', () => {
  it('costs one KMS call however many passes need it at once', async () => {
    const { keys, kms } = rig()
    const references = await Promise.all(Array.from({ length: 100 }, () => seal(keys)))
    expect(new Set(references.map(({ id }) => id)).size).toBe(1)
    expect(kms.count()).toBe(1)
  })

  it('is returned synchronously when it is warm, and costs nothing', async () => {
    const { keys, kms } = rig()
    await seal(keys)
    const grant = keys.forSealing('acme', ones(1_000))
    expect(isPromise(grant)).toBe(false)
    expect(referenceOf(await grant).wrappedKey.context.tenant).toBe('acme')
    expect(kms.count()).toBe(1)
  })

  it('is another for each tenant', async () => {
    const { keys, kms } = rig()
    const ids = [await seal(keys, 'acme'), await seal(keys, 'globex')].map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(kms.calls.map(({ encryptionContext }) => encryptionContext)).toMatchObject([
      { app: 'test', tenant: 'acme', scope: 'tenant', created: '2026-01-01T00Z' },
      { app: 'test', tenant: 'globex', scope: 'tenant', created: '2026-01-01T00Z' },
    ])
  })

  it('is requested for at least one message: none would never be satisfied', async () => {
    const { keys, kms } = rig()
    expect(() => keys.forSealing('acme', [])).toThrow(RangeError)
    expect(kms.count()).toBe(0)
  })
})

describe('the cap on age', () => {
  it('is exact: a key seals until a millisecond before it, and not at it', async () => {
    const { keys, clock } = rig({ dataKeys: { maxAge: '1h', revalidate: '2h' } })
    const first = await seal(keys)
    clock.advance(0.9 * HOUR - 1)
    expect((await seal(keys)).id).toBe(first.id)
    clock.advance(0.1 * HOUR)
    // The successor may have been fetched early by now; without it, the first would still seal.
    clock.advance(1)
    expect((await seal(keys)).id).not.toBe(first.id)
  })

  it('holds without a successor in sight, too', async () => {
    const { keys, clock, kms } = rig({ dataKeys: { maxAge: '1h', revalidate: '2h' } })
    const first = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    clock.advance(HOUR - 1)
    expect((await seal(keys)).id).toBe(first.id)
    clock.advance(1)
    expect(await codeOf(() => seal(keys))).toBe('ENVELOPE_KMS_THROTTLED')
  })

  it('uses the stricter clock', async () => {
    for (const elapse of ['sleep', 'advance'] as const) {
      const { keys, clock } = rig({ dataKeys: { maxAge: '1h', revalidate: '2h' } })
      const first = await seal(keys)
      if (elapse === 'advance') clock.setWallBy(-5 * HOUR)
      clock[elapse](HOUR)
      expect((await seal(keys)).id, elapse).not.toBe(first.id)
    }
  })

  it('counts from before KMS was asked', async () => {
    const { keys, clock, kms } = rig({ dataKeys: { maxAge: '1h', revalidate: '2h' } })
    kms.before = () => clock.advance(10 * MINUTE)
    const first = await seal(keys)
    clock.advance(50 * MINUTE)
    expect((await seal(keys)).id).not.toBe(first.id)
  })

  it('lets a key seal something however short it is and however slow KMS', async () => {
    const { keys, clock, kms } = rig({ dataKeys: { maxAge: '1ms' } })
    kms.before = () => clock.advance(SECOND)
    await seal(keys)
    expect(kms.count('GenerateDataKey')).toBe(1)
  })
})

describe('the cap on messages', () => {
  it('is exact over many passes', async () => {
    const { keys } = rig({ dataKeys: { maxMessages: 4 } })
    expect(await sealAll(keys, ones(4))).toEqual([4])
    expect(await sealAll(keys, ones(3))).toEqual([3])
    expect(await sealAll(keys, ones(3))).toEqual([1, 2])
  })

  it('splits a batch that is larger than it', async () => {
    const { keys } = rig({ dataKeys: { maxMessages: 10 } })
    expect(await sealAll(keys, ones(25))).toEqual([10, 10, 5])
  })

  it('is held by passes that wait for the same key', async () => {
    const { keys, kms } = rig({ dataKeys: { maxMessages: 10 } })
    const references = await Promise.all(Array.from({ length: 35 }, () => seal(keys)))
    const perKey = new Map<string, number>()
    for (const { id } of references) perKey.set(id, (perKey.get(id) ?? 0) + 1)
    expect(Math.max(...perKey.values())).toBe(10)
    expect([...perKey.values()].reduce((sum, count) => sum + count)).toBe(35)
    expect(kms.count('GenerateDataKey')).toBeLessThanOrEqual(5)
  })

  it('of one message gives each message its own key', async () => {
    const { keys } = rig({ dataKeys: { maxMessages: 1 } })
    expect(await sealAll(keys, ones(3))).toEqual([1, 1, 1])
  })
})

describe('the cap on bytes', () => {
  it('is exact', async () => {
    const { keys } = rig({ dataKeys: { maxBytes: 100 } })
    expect(await sealAll(keys, [60, 40, 1])).toEqual([2, 1])
    const others = rig({ dataKeys: { maxBytes: 100 } })
    expect(await sealAll(others.keys, [60, 41])).toEqual([1, 1])
  })

  it('splits a batch that is larger than it', async () => {
    const { keys } = rig({ dataKeys: { maxBytes: 100 } })
    expect(await sealAll(keys, Array(7).fill(30))).toEqual([3, 3, 1])
  })

  it('gives a longer message its own key', async () => {
    const { keys } = rig({ dataKeys: { maxBytes: 100 } })
    expect(await sealAll(keys, [10, 500, 10])).toEqual([1, 1, 1])
  })

  it('counts empty messages as messages', async () => {
    const { keys } = rig({ dataKeys: { maxBytes: 1, maxMessages: 2 } })
    expect(await sealAll(keys, [0, 0, 0])).toEqual([2, 1])
  })
})

describe('a successor', () => {
  const caps = { maxMessages: 10, maxAge: '1h', revalidate: '2h' } as const

  it('is fetched early by one caller while others go on', async () => {
    const { keys, kms } = rig({ dataKeys: caps })
    const first = referenceOf(await keys.forSealing('acme', ones(8)))
    const answer = signal()
    kms.before = () => answer.promise
    // The ninth message reaches nine tenths of the cap.
    const ninth = keys.forSealing('acme', ones(1))
    expect(isPromise(ninth)).toBe(false)
    expect(referenceOf(await ninth).id).toBe(first.id)
    const tenth = keys.forSealing('acme', ones(1))
    expect(isPromise(tenth)).toBe(false)
    expect(referenceOf(await tenth).id).toBe(first.id)
    expect(kms.count('GenerateDataKey')).toBe(2)
    answer.fire()
    await settled()
    const next = keys.forSealing('acme', ones(1))
    expect(isPromise(next), 'nobody had to wait').toBe(false)
    expect(referenceOf(await next).id).not.toBe(first.id)
    expect(kms.count('GenerateDataKey')).toBe(2)
  })

  it.each([
    ['messages', { maxMessages: 10 }, ones(9)],
    ['bytes', { maxBytes: 100 }, [90]],
  ] as const)('is fetched from nine tenths of the cap on %s on, not before', async (_, dataKeys, sizes) => {
    const { keys, kms } = rig({ dataKeys })
    await sealAll(keys, [1])
    await settled()
    expect(kms.count('GenerateDataKey')).toBe(1)
    referenceOf(
      await keys.forSealing(
        'acme',
        sizes.map((size) => Math.max(1, size - 1)),
      ),
    )
    await settled()
    expect(kms.count('GenerateDataKey')).toBe(2)
  })

  it('is fetched from nine tenths of the age on, not before', async () => {
    const { keys, kms, clock } = rig({ dataKeys: caps })
    await seal(keys)
    clock.advance(0.9 * HOUR - 1)
    await seal(keys)
    await settled()
    expect(kms.count('GenerateDataKey')).toBe(1)
    clock.advance(1)
    await seal(keys)
    await settled()
    expect(kms.count('GenerateDataKey')).toBe(2)
  })

  it('that cannot be obtained early does no harm, and is tried again at most once a second', async () => {
    const { keys, kms, clock } = rig({ dataKeys: { ...caps, maxMessages: 1_000 } })
    const first = referenceOf(await keys.forSealing('acme', ones(950)))
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    for (let i = 0; i < 40; i++) {
      expect((await seal(keys)).id).toBe(first.id)
      await settled()
      clock.advance(SECOND / 4)
    }
    expect(kms.count('GenerateDataKey')).toBe(1 + 10)
    kms.before = () => {}
    clock.advance(SECOND)
    await seal(keys)
    await settled()
    expect((await seal(keys)).id).not.toBe(first.id)
  })

  it('that is refused drops the key too: the CMK was withdrawn', async () => {
    const { keys, kms } = rig({ dataKeys: caps })
    referenceOf(await keys.forSealing('acme', ones(8)))
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    await seal(keys)
    await settled()
    expect(await codeOf(() => seal(keys))).toBe('ENVELOPE_KMS_DISABLED')
    expect(keys.stats().cached).toBe(0)
  })
})

describe('an active key that left the cache', () => {
  it('is unwrapped again rather than replaced, so that no data key more is made', async () => {
    const { keys, kms } = rig({ dataKeys: { maxCached: 1 } })
    const first = await seal(keys, 'acme')
    await seal(keys, 'globex')
    expect((await seal(keys, 'acme')).id).toBe(first.id)
    expect([kms.count('GenerateDataKey'), kms.count('Decrypt')]).toEqual([2, 1])
  })

  it('is replaced when KMS does not unwrap it, as when its alias has moved', async () => {
    const { keys, kms, clock } = rig()
    const first = await seal(keys)
    kms.aliases.set('alias/acme', 'arn:aws:kms:eu-central-1:111122223333:key/moved')
    clock.advance(10 * MINUTE)
    const second = await seal(keys)
    expect(second.id).not.toBe(first.id)
    expect(cmkOf(second.wrappedKey)).toBe(tagOf('arn:aws:kms:eu-central-1:111122223333:key/moved'))
    expect((await seal(keys)).id).toBe(second.id)
  })

  it('is kept through an outage beyond the grace, for when KMS is back', async () => {
    const { keys, kms, clock } = rig()
    const first = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    clock.advance(HOUR)
    expect(await codeOf(() => seal(keys))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    kms.before = () => {}
    expect((await seal(keys)).id).toBe(first.id)
  })
})

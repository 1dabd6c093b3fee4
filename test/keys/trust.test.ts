import { describe, expect, it, vi } from 'vitest'
import { HOUR, MINUTE, SECOND } from './manual-clock.js'
import { keyError, settled, signal } from './scripted-kms.js'
import { codeOf, isPromise, isWhole, open, openingKey, type Rig, rig, seal, sealedElsewhere } from './using-keys.js'

const dataKeys = { revalidate: '10m', grace: '5m' } as const

/** Opens every ten seconds for as long as that works, and says for how many milliseconds it did. */
async function lastsFor({ keys, clock }: Rig, opens: () => Promise<void> = async () => {}): Promise<number> {
  const reference = await seal(keys)
  const start = clock.monotonic()
  while (clock.monotonic() - start < 10 * HOUR) {
    try {
      await open(keys, reference)
    } catch {
      return clock.monotonic() - start
    }
    await opens()
    clock.advance(10 * SECOND)
  }
  return Number.POSITIVE_INFINITY
}

describe('trust in an unwrapped key', () => {
  it('is obtained again from KMS by one call, however many passes reach its end together', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.advance(10 * MINUTE)
    await Promise.all(Array.from({ length: 50 }, () => open(keys, reference)))
    expect(kms.count('Decrypt')).toBe(1)
    await open(keys, reference)
    expect(kms.count('Decrypt')).toBe(1)
  })

  it('serves sealing and opening from the same call', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.advance(10 * MINUTE)
    await Promise.all([seal(keys), open(keys, reference), seal(keys)])
    expect([kms.count('GenerateDataKey'), kms.count('Decrypt')]).toEqual([1, 1])
  })

  it('does not slide: a key in constant use is asked about as often as one that is not', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    for (let i = 0; i < 600; i++) {
      clock.advance(10 * SECOND)
      await open(keys, reference)
    }
    // 100 minutes, in spans of 9 to 10.
    expect(kms.count('Decrypt')).toBeGreaterThanOrEqual(9)
    expect(kms.count('Decrypt')).toBeLessThanOrEqual(11)
  })

  it('never lasts longer than revalidate, whatever the jitter', async () => {
    const random = vi.spyOn(Math, 'random')
    for (const dice of [0, 0.5, 0.999999999]) {
      random.mockReturnValue(dice)
      const { keys, kms, clock } = rig({ dataKeys })
      const reference = await seal(keys)
      clock.advance(9 * MINUTE - 1)
      await open(keys, reference)
      expect(kms.count('Decrypt')).toBe(0)
      clock.advance(MINUTE + 1)
      await open(keys, reference)
      expect(kms.count('Decrypt'), `dice ${dice}`).toBe(1)
    }
    random.mockRestore()
  })

  it('ends although the wall clock was set back', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.setWallBy(-HOUR)
    clock.advance(10 * MINUTE)
    await open(keys, reference)
    expect(kms.count('Decrypt')).toBe(1)
  })

  it('ends although the machine slept and its monotonic clock stood still', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.sleep(10 * MINUTE)
    await open(keys, reference)
    expect(kms.count('Decrypt')).toBe(1)
  })

  it('counts from the question, not from an answer that took its time', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    kms.before = () => clock.sleep(HOUR)
    const reference = await seal(keys)
    kms.before = () => {}
    await open(keys, reference)
    expect(kms.count('Decrypt')).toBe(1)
  })

  it('is lost when KMS returns a different key than before', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.advance(10 * MINUTE)
    kms.alter = (answer) => ({ ...answer, plaintext: new Uint8Array(32).fill(1) })
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_DATA_KEY_MISMATCH')
    expect(keys.stats().cached).toBe(0)
    expect(kms.handedOut.at(-1)).toEqual(new Uint8Array(32))
  })
})

describe('the grace while KMS cannot be asked', () => {
  it.each(['ENVELOPE_KMS_THROTTLED', 'ENVELOPE_KMS_UNAVAILABLE'] as const)(
    'rides %s out until revalidate + grace after the last success, and no longer',
    async (code) => {
      const { keys, kms, clock } = rig({ dataKeys })
      const reference = await seal(keys)
      kms.before = () => Promise.reject(keyError(code))
      clock.advance(15 * MINUTE - 1)
      await open(keys, reference)
      await seal(keys)
      clock.advance(1)
      expect(await codeOf(() => open(keys, reference))).toBe(code)
      expect(await codeOf(() => seal(keys))).toBe(code)
    },
  )

  it('is not begun anew by failures, nor by use', async () => {
    const at = rig({ dataKeys })
    const lasted = lastsFor(at, async () => {
      at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
      await settled()
    })
    expect(await lasted).toBe(15 * MINUTE)
  })

  it('counts anew from the next success', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    clock.advance(12 * MINUTE)
    await open(keys, reference)
    kms.before = () => {}
    clock.advance(SECOND)
    await open(keys, reference)
    await settled()
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    clock.advance(14 * MINUTE)
    await open(keys, reference)
  })

  it('asks KMS at most once a second meanwhile', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    clock.advance(10 * MINUTE)
    for (let i = 0; i < 100; i++) {
      await Promise.all([open(keys, reference), open(keys, reference), seal(keys)])
      await settled()
      clock.advance(SECOND / 10)
    }
    expect(kms.count('Decrypt')).toBe(10)
  })

  it('makes nobody wait for a KMS that is known to hang', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    clock.advance(10 * MINUTE)
    await open(keys, reference)
    kms.before = () => new Promise(() => {})
    for (let i = 0; i < 10; i++) {
      clock.advance(SECOND)
      const key = openingKey(keys, reference)
      expect(isPromise(key)).toBe(false)
      ;(await key).release()
      await settled()
    }
    expect(kms.count('Decrypt'), 'one that failed and one that hangs').toBe(2)
    keys.close()
  })

  it('of none fails at the end of trust', async () => {
    const { keys, kms, clock } = rig({ dataKeys: { revalidate: '10m', grace: 0 } })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    clock.advance(10 * MINUTE)
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_THROTTLED')
  })

  it('helps no key that is not in memory', async () => {
    const at = rig({ dataKeys })
    const reference = await sealedElsewhere(at)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    expect(await codeOf(() => open(at.keys, reference))).toBe('ENVELOPE_KMS_THROTTLED')
  })

  it.each([
    'ENVELOPE_KMS_ACCESS_DENIED',
    'ENVELOPE_KMS_DISABLED',
    'ENVELOPE_KMS_INVALID_STATE',
    'ENVELOPE_KMS_NOT_FOUND',
    'ENVELOPE_KMS_INVALID_CIPHERTEXT',
    'ENVELOPE_KMS_INVALID_REQUEST',
    'ENVELOPE_KMS_BAD_RESPONSE',
  ] as const)('is not for %s', async (code) => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError(code))
    clock.advance(10 * MINUTE)
    expect(await codeOf(() => open(keys, reference))).toBe(code)
    expect(keys.stats().cached).toBe(0)
  })

  it('ends when a try in the background is refused', async () => {
    const { keys, kms, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    clock.advance(10 * MINUTE)
    await open(keys, reference)
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    clock.advance(SECOND)
    const held = await openingKey(keys, reference)
    await settled()
    expect(keys.stats().cached).toBe(0)
    expect(isWhole(held), 'the pass that has it goes on').toBe(true)
    held.release()
    expect(held.wiped).toBe(true)
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_DISABLED')
  })
})

describe('a key that nobody asks for any more', () => {
  it('is wiped once its trust and its grace have passed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { keys, clock } = rig({ dataKeys })
    const grant = await keys.forSealing('acme', [1])
    grant.key.release()
    clock.advance(15 * MINUTE)
    vi.advanceTimersByTime(15 * MINUTE)
    expect(grant.key.wiped).toBe(true)
    expect(keys.stats().cached).toBe(0)
    expect(vi.getTimerCount(), 'nothing is left to wipe').toBe(0)
    vi.useRealTimers()
  })

  it('leaves those alone that are still in use', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { keys, clock } = rig({ dataKeys })
    const reference = await seal(keys)
    clock.advance(12 * MINUTE)
    await open(keys, reference)
    clock.advance(3 * MINUTE)
    vi.advanceTimersByTime(15 * MINUTE)
    expect(keys.stats().cached).toBe(1)
    keys.close()
    expect(vi.getTimerCount(), 'nothing runs on after close').toBe(0)
    vi.useRealTimers()
  })
})

describe('an eviction', () => {
  it('makes the tenant’s next call ask KMS, and no other tenant’s', async () => {
    const { keys, kms } = rig()
    const [acme, globex] = [await seal(keys, 'acme'), await seal(keys, 'globex')]
    keys.evict('acme')
    await open(keys, globex)
    expect(kms.count('Decrypt')).toBe(0)
    await open(keys, acme)
    expect(kms.count('Decrypt')).toBe(1)
    expect((await seal(keys, 'acme')).id, 'a new data key seals').not.toBe(acme.id)
  })

  it('while KMS is asked: those who wait are served, nothing is cached, and the next call asks again', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    const answer = signal()
    at.kms.before = () => answer.promise
    const waiting = openingKey(at.keys, reference)
    await settled()
    at.keys.evict('acme')
    const after = openingKey(at.keys, reference)
    await settled()
    expect(at.kms.count('Decrypt'), 'who comes after it is not answered with what was asked before').toBe(2)
    answer.fire()
    const [first, second] = [await waiting, await after]
    expect(isWhole(first)).toBe(true)
    first.release()
    expect(first.wiped).toBe(true)
    expect(isWhole(second)).toBe(true)
    second.release()
    expect(second.wiped).toBe(false)
    expect(at.keys.stats().cached).toBe(1)
  })

  it('is not forgotten with a cache of one key and other tenants evicted after it', async () => {
    const at = rig({ dataKeys: { maxCached: 1 } })
    const reference = await sealedElsewhere(at)
    const answer = signal()
    at.kms.before = () => answer.promise
    const waiting = openingKey(at.keys, reference)
    await settled()
    for (const tenant of ['acme', 'globex', 'initech']) at.keys.evict(tenant)
    answer.fire()
    const key = await waiting
    key.release()
    expect(key.wiped).toBe(true)
    expect(at.keys.stats().cached).toBe(0)
  })

  it('while a data key is generated: it seals for those who wait, within its caps, and for nobody else', async () => {
    const { keys, kms } = rig({ dataKeys: { maxMessages: 3 } })
    const answer = signal()
    kms.before = () => answer.promise
    const waiting = Array.from({ length: 5 }, () => seal(keys))
    await settled()
    keys.evict('acme')
    answer.fire()
    const ids = (await Promise.all(waiting)).map(({ id }) => id)
    const [first = ''] = ids
    expect(ids.filter((id) => id === first)).toHaveLength(3)
    expect((await seal(keys)).id).not.toBe(first)
  })

  it('while KMS is asked about a key again does not bring it back', async () => {
    const { keys, kms, clock } = rig()
    const reference = await seal(keys)
    clock.advance(10 * MINUTE)
    const answer = signal()
    kms.before = () => answer.promise
    const waiting = openingKey(keys, reference)
    await settled()
    keys.evict('acme')
    answer.fire()
    const key = await waiting
    expect(isWhole(key)).toBe(true)
    key.release()
    expect(key.wiped).toBe(true)
    expect(keys.stats().cached).toBe(0)
  })
})

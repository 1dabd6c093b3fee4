import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LONGEST_TIMER } from '../../../src/keys/clock.js'
import { whenPassed } from '../../../src/keys/gate/time-limit.js'
import { keyError, settled, signal } from '../scripted-kms.js'
import { codeOf, open, rig, seal, sealedElsewhere, withMaterial } from '../using-keys.js'

const TIMEOUT = 1_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const delayed = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds))
const hang = () => new Promise<void>(() => {})

/** The code that a call fails with, and after how many milliseconds. */
async function failureOf(call: () => unknown): Promise<[string, number]> {
  const begun = performance.now()
  const ended = codeOf(call).then((code): [string, number] => [code, performance.now() - begun])
  await vi.advanceTimersByTimeAsync(3 * TIMEOUT)
  return ended
}

describe('one limit', () => {
  it('covers the answer of cmk and the request: sealing', async () => {
    const { keys, kms } = rig({ dataKeys: { timeout: TIMEOUT }, cmk: (tenant) => delayed(800, `alias/${tenant}`) })
    kms.before = hang
    expect(await failureOf(() => seal(keys))).toEqual(['ENVELOPE_KMS_UNAVAILABLE', TIMEOUT])
  })

  it('covers an active key that KMS does not unwrap any more, and the next one: sealing', async () => {
    const { keys, kms, clock } = rig({ dataKeys: { timeout: TIMEOUT, grace: 0 } })
    await seal(keys)
    clock.advance(3_600_000)
    kms.before = async ({ operation }) => {
      if (operation !== 'Decrypt') return hang()
      await delayed(800, undefined)
      throw keyError('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    }
    expect(await failureOf(() => seal(keys))).toEqual(['ENVELOPE_KMS_UNAVAILABLE', TIMEOUT])
    expect([kms.count('Decrypt'), kms.count('GenerateDataKey')]).toEqual([1, 2])
  })

  it('covers the answer of cmk, the look-up of an alias and the request: opening', async () => {
    const at = rig({ dataKeys: { timeout: TIMEOUT } })
    const reference = await sealedElsewhere(at)
    const keys = at.another({
      cmk: (tenant) => delayed(400, { current: 'alias/new', previous: [`alias/${tenant}`] }),
    })
    at.kms.before = ({ operation }) => (operation === 'DescribeKey' ? delayed(250, undefined) : hang())
    expect(await failureOf(() => open(keys, reference))).toEqual(['ENVELOPE_KMS_UNAVAILABLE', TIMEOUT])
    expect(at.kms.count('DescribeKey')).toBe(2)
    expect(at.kms.count('Decrypt')).toBe(1)
  })

  it('covers a revalidation that failed and the look-up that follows', async () => {
    const at = rig({ dataKeys: { timeout: TIMEOUT, grace: 0 } })
    const mine = await sealedElsewhere(at)
    await open(at.keys, mine)
    const rewrapped = withMaterial(mine, 'a'.repeat(64))
    at.clock.advance(3_600_000)
    let asked = 0
    at.kms.before = async () => {
      asked += 1
      if (asked === 1) {
        await delayed(800, undefined)
        throw keyError('ENVELOPE_KMS_INVALID_CIPHERTEXT')
      }
      await hang()
    }
    const [code, waited] = await failureOf(() => open(at.keys, rewrapped))
    expect(code).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(waited).toBe(TIMEOUT)
    expect(asked).toBe(2)
  })

  it('that is the longest which a timer holds is no short one', async () => {
    const { keys, kms } = rig({ dataKeys: { timeout: LONGEST_TIMER } })
    kms.before = () => delayed(100, undefined)
    const sealed = seal(keys)
    await vi.advanceTimersByTimeAsync(100)
    await sealed
  })

  it('of one caller cuts nothing off for another who joined later', async () => {
    const { keys, kms } = rig({ dataKeys: { timeout: TIMEOUT }, cmk: (tenant) => delayed(600, `alias/${tenant}`) })
    const signals: (AbortSignal | undefined)[] = []
    const answer = signal()
    const generate = kms.generateDataKey
    kms.generateDataKey = (request) => {
      signals.push(request.signal)
      return generate(request)
    }
    kms.before = () => answer.promise
    const first = codeOf(() => seal(keys))
    await vi.advanceTimersByTimeAsync(600)
    const second = seal(keys)
    await vi.advanceTimersByTimeAsync(420)
    expect(await first, 'a second has passed since it called').toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(signals.map((each) => each?.aborted)).toEqual([false])
    answer.fire()
    await second
    expect(kms.count('GenerateDataKey')).toBe(1)
  })

  it('aborts a request when nobody may wait for it any more', async () => {
    const { keys, kms } = rig({ dataKeys: { timeout: TIMEOUT }, cmk: (tenant) => delayed(600, `alias/${tenant}`) })
    const signals: (AbortSignal | undefined)[] = []
    kms.generateDataKey = (request) => {
      signals.push(request.signal)
      return new Promise(() => {})
    }
    expect(await failureOf(() => seal(keys))).toEqual(['ENVELOPE_KMS_UNAVAILABLE', TIMEOUT])
    expect(signals.map((each) => each?.aborted)).toEqual([true])
  })

  it('leaves a lease with nobody who has stopped waiting', async () => {
    const { keys, kms } = rig({ dataKeys: { timeout: TIMEOUT }, cmk: (tenant) => delayed(600, `alias/${tenant}`) })
    const answer = signal()
    kms.before = () => answer.promise
    const first = codeOf(() => seal(keys))
    await vi.advanceTimersByTimeAsync(600)
    const second = keys.forSealing('acme', [1])
    await vi.advanceTimersByTimeAsync(420)
    expect(await first).toBe('ENVELOPE_KMS_UNAVAILABLE')
    answer.fire()
    const { key } = await second
    keys.close()
    key.release()
    await settled()
    expect(key.wiped, 'the last lease has ended').toBe(true)
  })
})

describe('whenPassed', () => {
  it('waits for longer than a timer can, and until a limit that was put off meanwhile', async () => {
    const limit = { tenant: 'acme', milliseconds: 1, until: performance.now() + 2 * LONGEST_TIMER + 5 }
    let passed = 0
    whenPassed(limit, () => {
      passed += 1
    })
    await vi.advanceTimersByTimeAsync(2 * LONGEST_TIMER + 4)
    expect(passed).toBe(0)
    limit.until += 10
    await vi.advanceTimersByTimeAsync(10)
    expect(passed).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(passed).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

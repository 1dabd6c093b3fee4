import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type GatedCall, KmsGate } from '../../../src/keys/gate/kms-gate.js'
import { timeLimit } from '../../../src/keys/gate/time-limit.js'
import { settled, signal } from '../scripted-kms.js'
import { codeOf } from '../using-keys.js'

const TIMEOUT = 15_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function gate({ maxInFlight = 4, maxInFlightPerTenant = 2 } = {}) {
  const counted: string[] = []
  const made = new KmsGate({ maxInFlight, maxInFlightPerTenant, timeout: TIMEOUT }, (operation) =>
    counted.push(operation),
  )
  const run = <T>(
    tenant: string,
    call: GatedCall<T>['call'],
    { limit = timeLimit(tenant, TIMEOUT), ...more }: Partial<GatedCall<T>> = {},
  ) => made.run({ tenant, operation: 'Decrypt', cmk: 'alias/acme', limit, call, ...more })
  return { run, counted, close: () => made.close() }
}

/** A call that ends with `done`, and how many of it are under way. */
function flight() {
  const done = signal()
  const flying = { now: 0, most: 0 }
  const call = async () => {
    flying.now += 1
    flying.most = Math.max(flying.most, flying.now)
    await done.promise
    flying.now -= 1
  }
  return { call, flying, done }
}

const hang = () => new Promise<never>(() => {})
const answer = async () => 'answer'

describe('the gate before KMS', () => {
  it('lets only so many calls be in flight for one tenant', async () => {
    const { run } = gate()
    const { call, flying, done } = flight()
    const calls = Array.from({ length: 20 }, () => run('acme', call))
    await settled()
    expect(flying.now).toBe(2)
    done.fire()
    await Promise.all(calls)
    expect(flying.most).toBe(2)
  })

  it('lets only so many calls be in flight over all tenants', async () => {
    const { run } = gate()
    const { call, flying, done } = flight()
    const calls = Array.from({ length: 20 }, (_, i) => run(`tenant-${i}`, call))
    await settled()
    expect(flying.now).toBe(4)
    done.fire()
    await Promise.all(calls)
    expect(flying.most).toBe(4)
  })

  it('answers one tenant at once while another one’s KMS hangs and its calls queue up', async () => {
    const { run } = gate()
    const hung = Array.from({ length: 100 }, () => run('slow', hang).catch(() => 'failed'))
    expect(await run('quick', answer)).toBe('answer')
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect(new Set(await Promise.all(hung))).toEqual(new Set(['failed']))
  })

  it('lets tenants take turns: one call does not wait behind another tenant’s hundred', async () => {
    const { run } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const order: string[] = []
    const first = signal()
    const calls = [run('big', () => first.promise)]
    for (let i = 0; i < 100; i++) calls.push(run('big', async () => void order.push('big')))
    calls.push(run('small', async () => void order.push('small')))
    first.fire()
    await Promise.all(calls)
    expect(order.indexOf('small')).toBeLessThanOrEqual(1)
  })

  it('keeps the order of arrival within a tenant', async () => {
    const { run } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const order: number[] = []
    await Promise.all(Array.from({ length: 10 }, (_, i) => run('acme', async () => void order.push(i))))
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('frees the place when a call fails, throws or times out', async () => {
    const { run } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    for (let i = 0; i < 5; i++) {
      await expect(run('acme', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await expect(
        run('acme', () => {
          throw new Error('at once')
        }),
      ).rejects.toThrow('at once')
      const timedOut = codeOf(() => run('acme', hang))
      await vi.advanceTimersByTimeAsync(TIMEOUT)
      expect(await timedOut).toBe('ENVELOPE_KMS_UNAVAILABLE')
    }
    expect(await run('acme', answer)).toBe('answer')
  })

  it('counts the wait for a place towards the timeout', async () => {
    const { run, counted } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const first = codeOf(() => run('acme', hang))
    await vi.advanceTimersByTimeAsync(100)
    const second = codeOf(() => run('acme', hang))
    await vi.advanceTimersByTimeAsync(TIMEOUT - 100)
    expect(await first).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(counted, 'the second has got the place of the first').toEqual(['Decrypt', 'Decrypt'])
    await vi.advanceTimersByTimeAsync(100)
    expect(await second, 'it had a tenth of a second left').toBe('ENVELOPE_KMS_UNAVAILABLE')
  })

  it.each([
    [{ maxInFlight: 4, maxInFlightPerTenant: 1 }, 'acme', 'dataKeys.maxInFlightPerTenant: 1'],
    [{ maxInFlight: 1, maxInFlightPerTenant: 1 }, 'globex', 'dataKeys.maxInFlight: 1'],
  ])(
    'tells a wait for a place apart from a KMS that does not answer, and names the option: %o',
    async (limits, tenant, option) => {
      const { run, counted } = gate(limits)
      const [sent, unsent] = [run('acme', hang), run(tenant, hang)].map((call) => call.catch((error) => error))
      await vi.advanceTimersByTimeAsync(TIMEOUT)
      const [slow, waited] = [await sent, await unsent]
      expect(slow).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
      expect(slow.message).toContain('KMS did not answer Decrypt within 15000 ms.')
      expect(waited).toMatchObject({ code: 'ENVELOPE_KMS_THROTTLED', retryable: true, tenant })
      expect(waited.message).toContain('Decrypt was not sent to KMS')
      expect(waited.message).toContain(option)
      expect(counted).toHaveLength(1)
    },
  )

  it('gives no place to those who have left the queue', async () => {
    const { run, counted } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const first = signal()
    const running = run('first', () => first.promise)
    const quick = run('x', answer)
    const leaves = codeOf(() => run('x', answer))
    await vi.advanceTimersByTimeAsync(TIMEOUT / 2)
    const hangs = codeOf(() => run('y', hang))
    first.fire()
    // It is y's turn when x has had one; and y holds the only place until after x's second call has given up.
    expect(await Promise.all([running, quick])).toEqual([undefined, 'answer'])
    await vi.advanceTimersByTimeAsync(TIMEOUT / 2)
    expect(await leaves).toBe('ENVELOPE_KMS_THROTTLED')
    await vi.advanceTimersByTimeAsync(TIMEOUT / 2)
    expect(await hangs).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(counted).toHaveLength(3)
    expect(await run('x', answer), 'the place is free').toBe('answer')
  })

  it('loses no place when callers give up in the very moment in which places come free', async () => {
    const { run } = gate({ maxInFlight: 2, maxInFlightPerTenant: 2 })
    const outcomes = Array.from({ length: 50 }, () => codeOf(() => run('acme', hang)))
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    const sent = Array(2).fill('ENVELOPE_KMS_UNAVAILABLE')
    expect(await Promise.all(outcomes)).toEqual([...sent, ...Array(48).fill('ENVELOPE_KMS_THROTTLED')])
    const { call, flying, done } = flight()
    const calls = [run('acme', call), run('acme', call)]
    await settled()
    expect(flying.now, 'both places are free again').toBe(2)
    done.fire()
    await Promise.all(calls)
  })

  it('lets only so many calls of a tenant wait, and then says that it is too many', async () => {
    const { run } = gate()
    const done = signal()
    const waiting = Array.from({ length: 10_002 }, () => run('slow', () => done.promise))
    expect(await codeOf(() => run('slow', answer))).toBe('ENVELOPE_KMS_THROTTLED')
    expect(await run('quick', answer), 'the queue of one tenant is not the queue of all').toBe('answer')
    done.fire()
    await Promise.all(waiting)
    expect(await run('slow', answer)).toBe('answer')
  })

  it('lets only so many calls wait over all tenants', async () => {
    const { run } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const done = signal()
    const waiting = Array.from({ length: 50_001 }, (_, i) => run(`tenant-${i % 10}`, () => done.promise))
    expect(await codeOf(() => run('quick', answer))).toBe('ENVELOPE_KMS_THROTTLED')
    done.fire()
    await Promise.all(waiting)
    expect(await run('quick', answer)).toBe('answer')
  })

  it('passes an answer that comes after the timeout on to be discarded, and only then', async () => {
    const { run } = gate()
    const late = signal()
    const discarded: string[] = []
    const discard = (value: string) => void discarded.push(value)
    const slow = codeOf(() => run('acme', () => late.promise.then(() => 'late'), { discard }))
    expect(await run('acme', async () => 'in time', { discard })).toBe('in time')
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect(await slow).toBe('ENVELOPE_KMS_UNAVAILABLE')
    late.fire()
    await settled()
    expect(discarded).toEqual(['late'])
  })

  it('does not mind a failure that comes after the timeout, nor one in discarding', async () => {
    const { run } = gate()
    const late = signal()
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const failing = codeOf(() => run('acme', () => late.promise.then(() => Promise.reject(new Error('late')))))
    const discard = () => {
      throw new Error('nothing to wipe')
    }
    const odd = codeOf(() => run('acme', () => late.promise, { discard }))
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    await Promise.all([failing, odd])
    late.fire()
    await settled()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('does not make a call that was found to be needless while it waited', async () => {
    const { run, counted } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const first = signal()
    let refused = false
    const check = () => {
      if (refused) throw new Error('refused meanwhile')
    }
    const running = run('acme', () => first.promise)
    const waiting = Promise.allSettled([1, 2, 3].map(() => run('acme', answer, { check })))
    refused = true
    first.fire()
    await running
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(counted).toEqual(['Decrypt'])
    expect(await run('acme', answer)).toBe('answer')
  })

  it('aborts a request at its limit, and no other one', async () => {
    const { run } = gate()
    const signals: AbortSignal[] = []
    const call = (signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    }
    const first = codeOf(() => run('acme', call))
    await vi.advanceTimersByTimeAsync(100)
    const second = codeOf(() => run('acme', call))
    await vi.advanceTimersByTimeAsync(TIMEOUT - 100)
    expect(await first).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await vi.advanceTimersByTimeAsync(100)
    expect(await second).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('says the same of a provider that heeds the abort as of one that does not', async () => {
    const { run } = gate()
    const heeds = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    const codes = [codeOf(() => run('acme', heeds)), codeOf(() => run('acme', hang))]
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect(await Promise.all(codes)).toEqual(['ENVELOPE_KMS_UNAVAILABLE', 'ENVELOPE_KMS_UNAVAILABLE'])
  })

  it('gives a call no more than what is left of its limit, and sends nothing when that is over', async () => {
    const { run, counted } = gate()
    const limit = timeLimit('acme', TIMEOUT)
    await vi.advanceTimersByTimeAsync(TIMEOUT - 1_000)
    const ended = vi.fn()
    const late = codeOf(() => run('acme', hang, { limit })).finally(ended)
    await vi.advanceTimersByTimeAsync(999)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await late).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(await codeOf(() => run('acme', answer, { limit }))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    expect(counted).toHaveLength(1)
  })

  it('gives a call no more than the timeout, however often its limit is extended', async () => {
    const { run } = gate()
    const limit = { ...timeLimit('acme', TIMEOUT), until: Number.POSITIVE_INFINITY }
    const code = codeOf(() => run('acme', hang, { limit }))
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect(await code).toBe('ENVELOPE_KMS_UNAVAILABLE')
  })

  it('aborts what is under way when it is closed, and sends nothing more', async () => {
    const { run, counted, close } = gate({ maxInFlight: 1, maxInFlightPerTenant: 1 })
    const heeds = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    const codes = [codeOf(() => run('acme', heeds)), codeOf(() => run('acme', answer))]
    await settled()
    close()
    expect(await Promise.all(codes)).toEqual(['ENVELOPE_CLOSED', 'ENVELOPE_CLOSED'])
    expect(await codeOf(() => run('globex', answer))).toBe('ENVELOPE_CLOSED')
    expect(counted).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind', async () => {
    const { run } = gate()
    await run('acme', answer)
    await run('acme', () => Promise.reject(new Error('no'))).catch(() => {})
    expect(vi.getTimerCount()).toBe(0)
  })
})

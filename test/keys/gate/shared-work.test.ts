import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SharedWork } from '../../../src/keys/gate/shared-work.js'
import { noTimeLeft, type TimeLimit, timeLimit, whenPassed } from '../../../src/keys/gate/time-limit.js'
import { settled, signal } from '../scripted-kms.js'
import { codeOf } from '../using-keys.js'

const LIMIT = 1_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Work that ends when it is told to, and at its limit in any case, as all work does that is shared. */
function work(first: TimeLimit) {
  const done = signal()
  const shared = new SharedWork(
    first,
    (limit) =>
      new Promise<string>((resolve, reject) => {
        whenPassed(limit, () => reject(noTimeLeft({ ...limit, tenant: 'the work itself' })))
        done.promise.then(() => resolve('done'))
      }),
    noTimeLeft,
  )
  return { shared, done }
}

it('lasts as long as the caller who may wait longest', async () => {
  const first = timeLimit('first', LIMIT)
  const { shared, done } = work(first)
  const early = codeOf(() => shared.wait(first))
  await vi.advanceTimersByTimeAsync(LIMIT / 2)
  const late = shared.wait(timeLimit('late', LIMIT))
  expect(shared.waiters).toBe(2)
  await vi.advanceTimersByTimeAsync(LIMIT / 2 + 20)
  expect(await early, 'its own limit has passed').toBe('ENVELOPE_KMS_UNAVAILABLE')
  expect(shared.waiters, 'and it waits no longer').toBe(1)
  done.fire()
  expect(await late, 'which cut nothing off for the other').toBe('done')
})

it('ends at the limit of the last caller, and tells each why', async () => {
  const first = timeLimit('first', LIMIT)
  const { shared } = work(first)
  const waiting = [shared.wait(first), shared.wait(timeLimit('second', LIMIT))].map((each) =>
    each.catch((error) => error),
  )
  await vi.advanceTimersByTimeAsync(LIMIT)
  for (const error of await Promise.all(waiting)) {
    expect(error, 'the error of the work, which knows what was slow').toMatchObject({ tenant: 'the work itself' })
  }
})

it('that another work waits for lasts as long as that one does', async () => {
  const first = timeLimit('first', LIMIT)
  const inner = work(first)
  const outer = new SharedWork(first, (limit) => inner.shared.wait(limit), noTimeLeft)
  const early = codeOf(() => outer.wait(first))
  await vi.advanceTimersByTimeAsync(LIMIT / 2)
  const late = outer.wait(timeLimit('late', LIMIT))
  await vi.advanceTimersByTimeAsync(LIMIT / 2 + 20)
  expect(await early).toBe('ENVELOPE_KMS_UNAVAILABLE')
  inner.done.fire()
  expect(await late).toBe('done')
})

it('keeps nothing of those who have waited, and no timer', async () => {
  const first = timeLimit('first', LIMIT)
  const shared = new SharedWork(first, async () => 'done', noTimeLeft)
  await Promise.all([shared.wait(first), shared.wait(first)])
  await shared.wait(timeLimit('later', LIMIT))
  await settled()
  expect(shared.waiters).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

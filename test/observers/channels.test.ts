import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, it, vi } from 'vitest'
import { rewraps } from '../../src/observers/index.js'

const CHANNEL = 'prisma-envelope:rewrap'
const event = () => ({ type: 'rewrap', outcome: 'fresh', model: 'M', table: 't', tenant: 'acme' }) as const

const subscribers: (() => void)[] = []
function listen(listener: (message: unknown) => void): void {
  subscribe(CHANNEL, listener)
  subscribers.push(() => unsubscribe(CHANNEL, listener))
}

afterEach(() => {
  for (const stop of subscribers.splice(0)) stop()
})

it('a channel has subscribers from the first on, until the last has gone', () => {
  expect(rewraps.hasSubscribers).toBe(false)
  listen(() => {})
  expect(rewraps.hasSubscribers).toBe(true)
  subscribers.pop()?.()
  expect(rewraps.hasSubscribers).toBe(false)
})

it('an event is frozen: no subscriber changes what the next one sees', () => {
  const seen: unknown[] = []
  listen((message) => seen.push(message))
  rewraps.publish(event())
  expect(seen).toEqual([event()])
  expect(Object.isFrozen(seen[0])).toBe(true)
})

it('a subscriber that throws does not break the call, and Node reports it afterwards', async () => {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const reported = vi.fn()
  process.once('uncaughtException', reported)
  try {
    listen(() => {
      throw new Error('a broken subscriber')
    })
    expect(() => rewraps.publish(event())).not.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(reported).toHaveBeenCalledWith(
      expect.objectContaining({ message: 'a broken subscriber' }),
      expect.anything(),
    )
  } finally {
    for (const other of others) process.on('uncaughtException', other)
  }
})

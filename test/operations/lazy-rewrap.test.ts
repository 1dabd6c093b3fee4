import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import {
  appTag,
  decodeText,
  encodePrefix,
  encodeText,
  parseEnvelope,
  suites,
  type WrappedKey,
  wrapTag,
} from '../../src/envelope/index.js'
import type { RewrapEvent } from '../../src/observers/index.js'
import { LazyRewrap, type LazyRewrapOptions, type RowStore, type StaleRow } from '../../src/operations/index.js'
import { reporter } from '../../src/prisma/events.js'
import { HOUR, manualClock, SECOND } from '../keys/manual-clock.js'
import { arn, keyError, settled, signal } from '../keys/scripted-kms.js'

const context = { appTag: appTag('test'), tenant: 'acme', scope: 'tenant', createdHour: 1 }
const OLD: WrappedKey = { context, wrapTag: wrapTag(arn('old')), blob: Buffer.from('old') }
const NEW: WrappedKey = { context, wrapTag: wrapTag(arn('new')), blob: Buffer.from('new') }
const ID = Buffer.alloc(16, 7)

/** A row of one envelope, of so many bytes. */
function row(id: number, size = 1): StaleRow {
  const prefix = encodePrefix(suites['aes-256-gcm'], ID, OLD)
  const bytes = Buffer.concat([prefix, Buffer.alloc(12 + size + 16, id)])
  return {
    model: 'Patient',
    tenant: 'acme',
    table: 'patients',
    schema: undefined,
    key: [{ column: 'id', value: id }],
    cells: [{ column: 'email', json: false, stored: encodeText(bytes), id: ID.toString('hex'), wrappedKey: OLD }],
  }
}

function rewrapping({ write, ...options }: Partial<LazyRewrapOptions & RowStore> = {}) {
  const events: RewrapEvent[] = []
  const written: unknown[] = []
  const clock = manualClock()
  const lazy = new LazyRewrap({
    keys: { rewrap: async () => NEW },
    rows: {
      write:
        write ??
        (async (update) => {
          written.push(update.key[0]?.value)
          return 1
        }),
    },
    onEvent: (event) => events.push(event),
    clock,
    ...options,
  })
  return { lazy, events, written, clock }
}

const none = { waiting: 0, rewrapped: 0, fresh: 0, overtaken: 0, failed: 0, dropped: 0 }

describe('rows are rewrapped', () => {
  it('after whoever offered them has gone on, one statement at a time, in order', async () => {
    let running = 0
    let most = 0
    const at = rewrapping({
      async write() {
        running += 1
        most = Math.max(most, running)
        await settled()
        running -= 1
        return 1
      },
    })
    for (const id of [1, 2, 3]) at.lazy.offer(row(id))
    expect(at.lazy.stats()).toEqual({ ...none, waiting: 3 })
    await at.lazy.idle()
    expect(most).toBe(1)
    expect(at.lazy.stats()).toEqual({ ...none, rewrapped: 3 })
  })

  it('once, however often they are read meanwhile', async () => {
    const at = rewrapping()
    for (let i = 0; i < 5; i++) at.lazy.offer(row(1))
    await at.lazy.idle()
    expect(at.written).toEqual([1])
  })

  it('with all of a row in one statement, of which nonce, ciphertext and tag stay', async () => {
    const updates: Parameters<RowStore['write']>[0][] = []
    const at = rewrapping({ write: async (update) => updates.push(update) })
    const one = row(1)
    const before = decodeText(String(one.cells[0]?.stored))
    const bytes = { ...one.cells[0], column: 'photo', stored: before } as StaleRow['cells'][number]
    at.lazy.offer({ ...one, cells: [...one.cells, bytes] })
    await at.lazy.idle()
    expect(updates.map(({ cells }) => cells.map(({ column }) => column))).toEqual([['email', 'photo']])
    expect(updates[0]?.cells.map(({ after }) => typeof after)).toEqual(['string', 'object'])
    const after = parseEnvelope(Buffer.from(updates[0]?.cells[1]?.after as Uint8Array))
    const { nonce, sealed } = parseEnvelope(before)
    expect(after).toMatchObject({ nonce, sealed })
    expect(after.wrapped?.tag).toEqual(NEW.wrapTag)
  })

  it('without one tenant waiting for another’s slow KMS', async () => {
    const slow = signal()
    const at = rewrapping({
      keys: {
        rewrap: async (id) => {
          if (id === 'slow') await slow.promise
          return NEW
        },
      },
    })
    const [cell] = row(1).cells
    if (cell === undefined) throw new Error('no cell')
    at.lazy.offer({ ...row(1), cells: [{ ...cell, id: 'slow' }] })
    at.lazy.offer(row(2))
    await settled()
    expect(at.written).toEqual([2])
    slow.fire()
    await at.lazy.idle()
    expect(at.written).toEqual([2, 1])
  })

  it('outside the asynchronous context of the call that read them', async () => {
    const request = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const at = rewrapping({ write: async () => seen.push(request.getStore()) })
    request.run('request', () => at.lazy.offer(row(1)))
    await at.lazy.idle()
    expect(seen).toEqual([undefined])
  })
})

describe('the outcome of each row is counted and reported', () => {
  const event = (outcome: string) => ({ type: 'rewrap', outcome, model: 'Patient', table: 'patients', tenant: 'acme' })

  const outcomes: [string, Partial<LazyRewrapOptions & RowStore>][] = [
    ['rewrapped', {}],
    ['fresh', { keys: { rewrap: async () => undefined } }],
    ['overtaken', { write: async () => 0 }],
    ['failed', { write: () => Promise.reject(new Error('the database is gone')) }],
  ]
  it.each(outcomes)('as %s', async (outcome, options) => {
    const at = rewrapping(options)
    at.lazy.offer(row(1))
    await at.lazy.idle()
    expect(at.events).toEqual([event(outcome)])
    expect(at.lazy.stats()).toEqual({ ...none, [outcome]: 1 })
  })

  it('with the code of what KMS said', async () => {
    const at = rewrapping({ keys: { rewrap: () => Promise.reject(keyError('ENVELOPE_KMS_ACCESS_DENIED')) } })
    at.lazy.offer(row(1))
    await at.lazy.idle()
    expect(at.events).toEqual([{ ...event('failed'), code: 'ENVELOPE_KMS_ACCESS_DENIED' }])
  })

  it('to a listener whose failures are its own', async () => {
    const heard: RewrapEvent[] = []
    const listeners: ((event: RewrapEvent) => void)[] = [
      (event) => {
        heard.push(event)
        throw new Error('the listener’s own')
      },
      async (event) => {
        heard.push(event)
        throw new Error('the listener’s own, later')
      },
    ]
    for (const listen of listeners) {
      const at = rewrapping({ onEvent: reporter(listen) })
      for (const id of [1, 2]) at.lazy.offer(row(id))
      await at.lazy.idle()
      expect(at.lazy.stats()).toEqual({ ...none, rewrapped: 2 })
    }
    await settled()
    expect(heard).toHaveLength(4)
    expect(heard.every((one) => Object.isFrozen(one))).toBe(true)
  })
})

describe('a row that the database does not accept', () => {
  it('is left alone for an hour; others are not', async () => {
    let broken = true
    const tried: unknown[] = []
    const at = rewrapping({
      async write({ key }) {
        tried.push(key[0]?.value)
        if (broken) throw new Error('no UPDATE for this role')
        return 1
      },
    })
    at.lazy.offer(row(1))
    await at.lazy.idle()
    broken = false
    at.clock.advance(HOUR - SECOND)
    for (const id of [1, 2]) at.lazy.offer(row(id))
    await at.lazy.idle()
    expect(tried).toEqual([1, 2])
    at.clock.advance(SECOND)
    at.lazy.offer(row(1))
    await at.lazy.idle()
    expect(tried).toEqual([1, 2, 1])
  })

  it('is offered again at once where somebody else held it', async () => {
    let held = true
    const at = rewrapping({ write: async () => (held ? 0 : 1) })
    at.lazy.offer(row(1))
    await at.lazy.idle()
    held = false
    at.lazy.offer(row(1))
    await at.lazy.idle()
    expect(at.lazy.stats()).toEqual({ ...none, overtaken: 1, rewrapped: 1 })
  })
})

describe('the queue is bounded', () => {
  it('in rows', async () => {
    const at = rewrapping()
    for (let id = 0; id < 10_003; id++) at.lazy.offer(row(id))
    expect(at.lazy.stats()).toMatchObject({ waiting: 10_000, dropped: 3 })
    expect(at.events.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'dropped'])
    await at.lazy.idle()
    at.lazy.offer(row(20_000))
    await at.lazy.idle()
    expect(at.lazy.stats()).toEqual({ ...none, dropped: 3, rewrapped: 10_001 })
  })

  it('in bytes, though one row always finds room', async () => {
    const at = rewrapping()
    const large = row(1, 50 * 2 ** 20)
    at.lazy.offer(large)
    at.lazy.offer({ ...large, key: [{ column: 'id', value: 2 }] })
    expect(at.lazy.stats()).toMatchObject({ waiting: 1, dropped: 1 })
    await at.lazy.idle()
    at.lazy.offer({ ...large, key: [{ column: 'id', value: 2 }] })
    await at.lazy.idle()
    expect(at.written).toEqual([1, 2])
  })
})

describe('close()', () => {
  it('drops what waits, silently; idle() waits for the statement that was sent', async () => {
    const sent = signal()
    const done: string[] = []
    const at = rewrapping({
      async write() {
        await sent.promise
        done.push('written')
        return 1
      },
    })
    for (const id of [1, 2, 3]) at.lazy.offer(row(id))
    await settled()
    at.lazy.close()
    at.lazy.offer(row(4))
    const idle = at.lazy.idle().then(() => done.push('idle'))
    await settled()
    expect(done).toEqual([])
    sent.fire()
    await idle
    expect(done).toEqual(['written', 'idle'])
    expect(at.lazy.stats()).toEqual({ ...none, rewrapped: 1 })
  })

  it('does not count what fails because of it', async () => {
    const late = signal()
    const at = rewrapping({
      keys: {
        rewrap: async () => {
          await late.promise
          throw new Error('closed')
        },
      },
    })
    at.lazy.offer(row(1))
    await settled()
    at.lazy.close()
    late.fire()
    await at.lazy.idle()
    expect(at.lazy.stats()).toEqual(none)
    expect(at.events).toEqual([])
  })
})

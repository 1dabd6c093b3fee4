import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  appTag,
  parseEnvelope,
  type SuiteKey,
  sealingKey,
  suites,
  type WrappedKey,
  wrappedKeyOf,
  wrapTag,
} from '../../src/envelope/index.js'
import { DataKey, trustFromNow } from '../../src/keys/data-key.js'
import { packWrappedKey } from '../../src/keys/packed-wrapped-key.js'
import { sealedBatch } from '../envelope/support/sealed.js'
import { HOUR, MINUTE, manualClock } from './manual-clock.js'
import { arn } from './scripted-kms.js'

const wrappedKey: WrappedKey = {
  context: { appTag: appTag('test'), tenant: 'acme', scope: 'tenant', createdHour: 490_000 },
  wrapTag: wrapTag(arn('acme')),
  blob: Buffer.alloc(48, 7),
}
const suite = suites['aes-256-gcm']
const bounds = { revalidate: 10 * MINUTE, grace: 5 * MINUTE }

function dataKey(bytes = new Uint8Array(randomBytes(32))): DataKey {
  return new DataKey(
    { wrappedKey: packWrappedKey(wrappedKey), cmk: 'alias/acme' },
    'acme',
    bytes,
    trustFromNow(manualClock(), bounds),
  )
}

/** Throws for a key that was destroyed. */
function use(key: SuiteKey): void {
  key.begin(Buffer.alloc(0), 0).end()
}

beforeAll(() => suites['xchacha20-poly1305'].prepare())

describe('a data key in memory', () => {
  it('wipes the bytes that it was made from', () => {
    const bytes = new Uint8Array(randomBytes(32))
    dataKey(bytes)
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('returns its key only under a lease', () => {
    const key = dataKey()
    expect(() => key.keyFor(suite)).toThrow('without a lease')
    key.lease()
    expect(() => use(key.keyFor(suite))).not.toThrow()
    key.release()
    expect(() => key.keyFor(suite)).toThrow('without a lease')
  })

  it('is wiped at once when it is retired and nobody holds a lease', () => {
    const key = dataKey().lease()
    const sealing = key.keyFor(suite)
    key.release()
    key.retire()
    expect(key.wiped).toBe(true)
    expect(() => use(sealing)).toThrow('after it was destroyed')
  })

  it('wipes the keys of every suite', () => {
    const key = dataKey().lease()
    const keys = Object.values(suites).map((each) => key.keyFor(each))
    key.retire()
    key.release()
    expect(keys).toHaveLength(2)
    for (const each of keys) expect(() => use(each)).toThrow('after it was destroyed')
  })

  it('wipes what suites would have worked with that were never used', () => {
    const importKey = vi.spyOn(suite, 'importKey')
    const key = dataKey().lease()
    key.keyFor(suite)
    const [bytes] = importKey.mock.lastCall ?? []
    importKey.mockRestore()
    // All of them lie side by side.
    const all = new Uint8Array(bytes?.buffer ?? new ArrayBuffer(0))
    expect(all).toHaveLength(64)
    expect(all.slice(32).some((byte) => byte !== 0)).toBe(true)
    key.release()
    key.retire()
    expect(all.every((byte) => byte === 0)).toBe(true)
  })

  it('stays whole under a pass that holds a lease when it is retired, until the last lease ends', () => {
    const key = dataKey().lease(2)
    key.retire()
    expect(() => use(key.keyFor(suite))).not.toThrow()
    key.release()
    expect(key.wiped).toBe(false)
    key.release()
    expect(key.wiped).toBe(true)
  })

  it('is not wiped by the end of a lease while it is in the cache', () => {
    const key = dataKey().lease()
    key.release()
    expect(key.wiped).toBe(false)
  })

  it('is never leased again once it is wiped', () => {
    const key = dataKey()
    key.retire()
    expect(() => key.lease()).toThrow('after it was wiped')
    expect(() => key.keyFor(suite)).toThrow('without a lease')
  })

  it('does not let one lease be released twice, which would release somebody else’s', () => {
    const key = dataKey().lease()
    key.release()
    expect(() => key.release()).toThrow('more often than it was leased')
  })

  it('shows no key in what is logged of it', () => {
    const bytes = new Uint8Array(randomBytes(32))
    const copy = Buffer.from(bytes)
    const key = dataKey(bytes).lease()
    const parts = [key, ...Object.values(suites).map((each) => key.keyFor(each))]
    const shown = parts.map((part) => inspect(part, { depth: 9, showHidden: true }) + JSON.stringify(part)).join()
    for (const secret of [copy, ...Object.values(suites).map((each) => sealingKey(copy, each))]) {
      expect(shown).not.toContain(secret.toString('hex'))
      expect(shown).not.toContain(inspect(secret).slice(8, 30))
      expect(shown).not.toContain([...secret.subarray(0, 4)].join(','))
    }
  })

  it('begins an envelope with its own id and wrapped key', async () => {
    const key = dataKey().lease()
    await suite.prepare()
    const [envelope] = sealedBatch(key.prefixFor(suite, 'inline'), key.keyFor(suite), Buffer.alloc(0), ['x'], 'binary')
    const parsed = parseEnvelope(Buffer.from(envelope as Uint8Array))
    expect(parsed.dataKeyId.toString('hex')).toBe(key.id)
    expect(wrappedKeyOf(parsed)).toEqual(wrappedKey)
  })
})

describe('trust in a data key', () => {
  it('is jittered, by at most a tenth, and never lasts longer than was promised', () => {
    const clock = manualClock()
    const ends = Array.from({ length: 500 }, () => trustFromNow(clock, { revalidate: HOUR, grace: MINUTE }).monotonic)
    for (const end of ends) {
      expect(end).toBeLessThanOrEqual(HOUR)
      expect(end).toBeGreaterThanOrEqual(0.9 * HOUR)
    }
    expect(new Set(ends).size).toBeGreaterThan(400)
  })

  it('ends with its grace at revalidate + grace, whatever the jitter', () => {
    const { monotonic, grace } = trustFromNow(manualClock(), bounds)
    expect(monotonic + grace).toBe(15 * MINUTE)
  })
})

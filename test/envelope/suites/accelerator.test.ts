import { afterEach, describe, expect, it } from 'vitest'
import { type Accelerator, accelerator, gather, MOST_PER_CALL } from '../../../src/envelope/suites/accelerator.js'
import { NativeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-native.js'

/**
 * The addon is C that reads what JavaScript gives it. Here it is given what no code of this package gives it: everything
 * must end in an exception or a right answer, never outside of its memory. `.ci/native` runs this under AddressSanitizer.
 */
const addon = accelerator() as Accelerator
const authenticated = Buffer.from('authenticated')
const PREFIX = 'pe1:AAAA'
const bytes = Buffer.alloc(32, 9)

function seal(key: object, texts: readonly string[], data: Uint8Array = authenticated, prefix = PREFIX): string[] {
  const sealed = addon.sealTexts(key, data, prefix, gather, 1, ...texts)
  if (typeof sealed === 'number') throw new Error('a text was refused')
  return sealed
}

function open(key: object, envelopes: readonly string[]): string[] | number {
  return addon.openTexts(key, authenticated, PREFIX, gather, ...envelopes)
}

/** The same functions, to be called with arguments that their types refuse: what C does with these is what is tested. */
const untyped = addon as unknown as Record<string, (...args: unknown[]) => unknown>

function call(name: string, ...args: unknown[]): unknown {
  const called = untyped[name]
  if (called === undefined) throw new TypeError(`there is no ${name}`)
  return called(...args)
}

const junk: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1e300,
  Number.NaN,
  10n,
  true,
  '',
  'text',
  Symbol('s'),
  () => 'text',
  {},
  [],
  [undefined],
  [1, 2],
  [['nested']],
  new Array(1_000),
  { length: 5, 0: 'a' },
  new Proxy([], {}),
  new Uint8Array(0),
  new Uint8Array(31),
  Buffer.alloc(32),
  new Uint16Array(32),
  new Float64Array(4),
  new DataView(new ArrayBuffer(32)),
  new ArrayBuffer(32),
  new SharedArrayBuffer(32),
  // Where the addon was not built, nothing below runs.
  addon === undefined ? {} : Object.create(addon.importKey(bytes) as object),
]

function detached(length: number): Uint8Array {
  const view = new Uint8Array(length)
  structuredClone(view.buffer, { transfer: [view.buffer] })
  return view
}

/** A generator of numbers that repeats itself (mulberry32), so that a failure can be repeated. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

describe.runIf(addon !== undefined)('the addon', () => {
  const names = Object.keys(addon ?? {})

  it('throws an error, or does what it should, for any arguments', () => {
    const draw = numbers(1)
    for (let i = 0; i < 20_000; i++) {
      const key = addon.importKey(bytes)
      const macKey = addon.importMacKey(bytes)
      const any = [...junk, key, macKey, authenticated, PREFIX, ['a', 'b'], Uint32Array.of(12, 4), detached(32), gather]
      const args = Array.from({ length: draw(6) }, () => any[draw(any.length)])
      try {
        call(names[draw(names.length)] ?? '', ...args)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  })

  it('takes no key of the one kind for one of the other, and no object that only looks like one', () => {
    const [key, macKey] = [addon.importKey(bytes), addon.importMacKey(bytes)]
    for (const other of [macKey, {}, Object.create(key), new Proxy(key, {})]) {
      expect(() => call('sealTexts', other, authenticated, PREFIX, gather, 1, 'a')).toThrow('a key in use')
      expect(() => call('destroyKey', other)).toThrow()
    }
    expect(() => call('macs', key, 16, 'a')).toThrow('a key in use')
    expect(() => call('destroyMacKey', key)).toThrow()
    for (const length of [0, -1, 33, 2 ** 32, Number.NaN]) {
      expect(() => call('macs', macKey, length, 'a'), `${length}`).toThrow('a length')
    }
  })

  it('refuses what is no string among strings', () => {
    const key = addon.importKey(bytes)
    const [envelope] = seal(key, ['a'])
    for (const value of [undefined, null, 1, Symbol('s'), {}, new String('a'), ['a'], Buffer.from('a')]) {
      expect(() => call('sealTexts', key, authenticated, PREFIX, gather, 1, 'a', value)).toThrow('no string')
      expect(() => call('openTexts', key, authenticated, PREFIX, gather, envelope, value)).toThrow('no string')
      if (Buffer.isBuffer(value)) continue
      expect(() => call('macs', addon.importMacKey(bytes), 16, 'a', value)).toThrow('neither')
    }
    expect(() => call('sealTexts', key, authenticated, 'pe1:漢', gather, 1, 'a')).toThrow('a prefix')
    for (const pad of [0, 1025, 2 ** 32, '16', undefined, {}])
      expect(() => call('sealTexts', key, authenticated, PREFIX, gather, pad, 'a'), `${pad}`).toThrow('a key in use')
    expect(() => call('sealTexts', key, authenticated, PREFIX, gather)).toThrow('a key in use')
  })

  it('refuses a key that was destroyed, and more strings than it has room for', () => {
    const [key, macKey] = [addon.importKey(bytes), addon.importMacKey(bytes)]
    const most = Array<string>(MOST_PER_CALL).fill('a')
    expect(open(key, seal(key, most))).toEqual(most)
    expect(addon.macs(macKey, 16, ...most).byteLength).toBe(16 * MOST_PER_CALL)
    for (const more of [1, 2, 1_000]) {
      const strings = [...most, ...Array<string>(more).fill('a')]
      expect(() => seal(key, strings)).toThrow('at most 256 strings')
      expect(() => open(key, strings)).toThrow('at most 256 strings')
      expect(() => addon.macs(macKey, 16, ...strings)).toThrow('at most 256 messages')
    }
    const sealed = seal(key, ['a'])
    addon.destroyKey(key)
    addon.destroyMacKey(macKey)
    expect(() => seal(key, ['a'])).toThrow('a key in use')
    expect(() => open(key, sealed)).toThrow('a key in use')
    expect(() => addon.macs(macKey, 16, 'a')).toThrow('a key in use')
    addon.destroyKey(key)
    addon.destroyMacKey(macKey)
  })

  it('has done its work when it asks for the array: the key may end there, and the same function be called', () => {
    const key = addon.importKey(bytes)
    const texts = ['first', 'second']
    const sealed = seal(key, texts)
    const own = new Error('own')
    const throwing = () => {
      throw own
    }
    expect(() => addon.openTexts(key, authenticated, PREFIX, throwing, ...sealed)).toThrow(own)
    expect(() => call('openTexts', key, authenticated, PREFIX, 'no function', ...sealed)).toThrow('no array')
    const within = (...opened: string[]) => {
      expect(open(key, seal(key, ['x'.repeat(100_000)]))).toEqual(['x'.repeat(100_000)])
      addon.destroyKey(key)
      return opened
    }
    expect(addon.openTexts(key, authenticated, PREFIX, within, ...sealed)).toEqual(texts)
  })

  it('does not take for a prefix what is behind an envelope in its memory', () => {
    const key = addon.importKey(bytes)
    const prefix = `${PREFIX}\0`
    const sealed = seal(key, ['a'], authenticated, prefix)
    expect(addon.openTexts(key, authenticated, prefix, gather, ...sealed, PREFIX)).toBe(1)
    expect(addon.openTexts(key, authenticated, prefix, gather, PREFIX)).toBe(0)
  })

  it('takes bytes of any kind of Uint8Array, and none of one that was given away', () => {
    const key = addon.importKey(bytes)
    const sealed = seal(key, ['a'])
    const shared = new Uint8Array(new SharedArrayBuffer(authenticated.length))
    shared.set(authenticated)
    for (const same of [shared, Uint8Array.from(authenticated), authenticated.subarray(0)]) {
      expect(addon.openTexts(key, same, PREFIX, gather, ...sealed)).toEqual(['a'])
    }
    const given = Uint8Array.from(authenticated)
    structuredClone(given.buffer, { transfer: [given.buffer] })
    expect(addon.openTexts(key, given, PREFIX, gather, ...sealed)).toBe(0)
  })

  it('opens what it has sealed of any length around the sizes of its memory', () => {
    const key = addon.importKey(bytes)
    const draw = numbers(2)
    const units = ['a', 'é', '漢', '🦷']
    const around = [0, 1, 1_000, 1_360, 1_365, 2_040, 2_047, 2_048, 3_000, 4_068, 4_096, 5_000, 8_192, 20_000, 65_536]
    const texts = Array.from({ length: MOST_PER_CALL }, () => {
      const unit = units[draw(units.length)] ?? ''
      return unit.repeat(Math.max(0, (around[draw(around.length)] ?? 0) - 4 + draw(8)))
    })
    for (const prefixLength of [0, 1, 400, 1_020, 2_046, 2_047, 2_048, 5_000]) {
      const prefix = 'p'.repeat(prefixLength)
      const sealed = seal(key, texts, authenticated, prefix)
      expect(addon.openTexts(key, authenticated, prefix, gather, ...sealed)).toEqual(texts)
    }
    for (const length of [0, 1, 4_095, 4_096, 4_097, 100_000]) {
      const long = Buffer.alloc(length, 1)
      const sealed = seal(key, texts.slice(0, 20), long)
      expect(addon.openTexts(key, long, PREFIX, gather, ...sealed)).toEqual(texts.slice(0, 20))
    }
  })

  it('stands envelopes that were cut, put together and overwritten at random', () => {
    const key = addon.importKey(bytes)
    const draw = numbers(3)
    const texts = Array.from({ length: 50 }, (_, i) => `${'é'.repeat(i)}${i}`)
    const sealed = seal(key, texts)
    for (let i = 0; i < 20_000; i++) {
      const [a = '', b = ''] = [sealed[draw(50)], sealed[draw(50)]]
      const [from, to] = [draw(a.length + 1), draw(b.length + 1)]
      const other = String.fromCharCode(draw(0x10000))
      const mixed = [a.slice(0, from) + b.slice(to), a.slice(0, from) + other + a.slice(from + 1), a + b, a.slice(from)]
      for (const envelope of mixed) {
        const opened = open(key, [envelope])
        if (!sealed.includes(envelope)) expect(opened).toBe(0)
      }
    }
  })
})

describe('a failing kernel', () => {
  const failing = (error: unknown) =>
    ({
      importKey: () => ({}),
      sealTexts() {
        throw error
      },
    }) as unknown as Accelerator

  it('is reported as such, and nothing is sealed', () => {
    const error = Object.assign(new Error('the kernel returned no random bytes'), { code: 'RANDOM_UNAVAILABLE' })
    const key = new NativeGcmKey(failing(error), new Uint8Array(32))
    expect(() => key.sealTexts(authenticated, PREFIX, ['a'])).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_RANDOM_UNAVAILABLE', cause: error }),
    )
  })

  it('is not seen in another error', () => {
    const error = new Error('OpenSSL could not seal')
    const key = new NativeGcmKey(failing(error), new Uint8Array(32))
    expect(() => key.sealTexts(authenticated, PREFIX, ['a'])).toThrow(error)
  })
})

afterEach(() => {
  // Keys that were let go end here, under the sanitizer's eyes.
  globalThis.gc?.()
})

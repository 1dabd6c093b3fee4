import { afterEach, describe, expect, it } from 'vitest'
import { type Accelerator, accelerator } from '../../../src/envelope/suites/accelerator.js'
import { NativeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-native.js'

/**
 * The addon is C that reads what JavaScript gives it. Here it is given what no code of this package gives it: everything
 * must end in an exception or a right answer, never outside of its memory. `.ci/native` runs this under AddressSanitizer.
 */
const addon = accelerator() as Accelerator
const authenticated = Buffer.from('authenticated')
const PREFIX = 'pe1:AAAA'
const bytes = Buffer.alloc(32, 9)

/** Without the types: any argument for any parameter. */
const untyped = addon as unknown as Record<string, (...args: unknown[]) => unknown>

function call(name: string, ...args: unknown[]): unknown {
  const called = untyped[name]
  if (called === undefined) throw new TypeError(`there is no ${name}`)
  return called(...args)
}

/** An array whose element at `at` runs something when it is read. */
function arrayWith(values: readonly unknown[], at: number, get: () => unknown): unknown[] {
  return Object.defineProperty([...values], at, { get })
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
  Object.create(addon.importKey(bytes) as object),
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
  const names = ['importKey', 'destroyKey', 'seal', 'open', 'sealTexts', 'openTexts', 'importMacKey', 'destroyMacKey', 'macs', 'random'] // biome-ignore format: short

  it('throws an error, or does what it should, for any arguments', () => {
    const draw = numbers(1)
    for (let i = 0; i < 20_000; i++) {
      const key = addon.importKey(bytes)
      const macKey = addon.importMacKey(bytes)
      const any = [...junk, key, macKey, authenticated, PREFIX, ['a', 'b'], Uint32Array.of(12, 4), detached(32)]
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
    for (const other of [macKey, {}, Object.create(key as object), new Proxy(key as object, {})]) {
      expect(() => call('sealTexts', other, authenticated, PREFIX, ['a'])).toThrow('a key in use')
      expect(() => call('destroyKey', other)).toThrow()
    }
    expect(() => call('macs', key, ['a'], 16)).toThrow('a key in use')
    expect(() => call('destroyMacKey', key)).toThrow()
    for (const length of [0, -1, 33, 2 ** 32, Number.NaN]) {
      expect(() => call('macs', macKey, ['a'], length), `${length}`).toThrow('a length')
    }
  })

  it('refuses what is no string among strings', () => {
    const key = addon.importKey(bytes)
    for (const value of [undefined, null, 1, Symbol('s'), {}, new String('a'), ['a'], Buffer.from('a')]) {
      for (const name of ['sealTexts', 'openTexts']) {
        expect(() => call(name, key, authenticated, PREFIX, ['a', value].slice(name === 'openTexts' ? 1 : 0))).toThrow(
          'no string',
        )
      }
    }
    expect(() => call('sealTexts', key, authenticated, 'pe1:漢', ['a'])).toThrow('prefix')
  })

  it('sees a key that is destroyed while the texts are read', () => {
    for (const name of ['sealTexts', 'openTexts']) {
      const key = addon.importKey(bytes)
      const texts = addon.sealTexts(key, authenticated, PREFIX, ['a', 'b', 'c']) as string[]
      const array = arrayWith(texts, 1, () => {
        addon.destroyKey(key)
        return texts[1]
      })
      expect(() => call(name, key, authenticated, PREFIX, array)).toThrow('destroyed')
    }
    const macKey = addon.importMacKey(bytes)
    const messages = arrayWith(['a', 'b', 'c'], 1, () => {
      addon.destroyMacKey(macKey)
      return 'b'
    })
    expect(() => call('macs', macKey, messages, 16)).toThrow()
  })

  it('is called again with the same key while the texts are read', () => {
    const key = addon.importKey(bytes)
    const texts = ['first', 'second', 'third']
    const sealed = addon.sealTexts(key, authenticated, PREFIX, texts) as string[]
    const within = arrayWith(sealed, 1, () => {
      expect(addon.openTexts(key, Buffer.from('other'), PREFIX, sealed)).toBe(0)
      expect(addon.openTexts(key, authenticated, PREFIX, sealed)).toEqual(texts)
      addon.sealTexts(key, authenticated, PREFIX, ['x'.repeat(100_000)])
      return sealed[1]
    }) as string[]
    expect(addon.openTexts(key, authenticated, PREFIX, within)).toEqual(texts)
  })

  it('keeps what is authenticated and the prefix as they were when it was called', () => {
    const key = addon.importKey(bytes)
    const given = Uint8Array.from(authenticated)
    const array = arrayWith(['a', 'b'], 0, () => {
      structuredClone(given.buffer, { transfer: [given.buffer] })
      return 'a'
    }) as string[]
    const sealed = addon.sealTexts(key, given, PREFIX, array) as string[]
    expect(given.length).toBe(0)
    expect(addon.openTexts(key, authenticated, PREFIX, sealed)).toEqual(['a', 'b'])
  })

  it('stands an array that shrinks or grows while it is read, and passes on what a getter throws', () => {
    const key = addon.importKey(bytes)
    const shrinking: unknown[] = arrayWith(['a', 'b', 'c'], 0, () => {
      shrinking.length = 1
      return 'a'
    })
    expect(() => call('sealTexts', key, authenticated, PREFIX, shrinking)).toThrow('no string')
    const growing: unknown[] = arrayWith(['a', 'b'], 0, () => {
      growing.push(...Array(10_000).fill('more'))
      return 'a'
    })
    expect(call('sealTexts', key, authenticated, PREFIX, growing)).toHaveLength(2)
    expect(call('macs', addon.importMacKey(bytes), ['a', 'b'], 16)).toHaveProperty('byteLength', 32)
    const own = new Error('own')
    const throwing = arrayWith(['a', 'b'], 1, () => {
      throw own
    })
    expect(() => call('sealTexts', key, authenticated, PREFIX, throwing)).toThrow(own)
    const [envelope] = addon.sealTexts(key, authenticated, PREFIX, ['a']) as string[]
    const thrower = arrayWith([envelope, envelope], 1, () => {
      throw own
    })
    expect(() => call('openTexts', key, authenticated, PREFIX, thrower)).toThrow(own)
    expect(() => call('macs', addon.importMacKey(bytes), throwing, 16)).toThrow(own)
  })

  it('opens what it has sealed of any length around the sizes of its memory', () => {
    const key = addon.importKey(bytes)
    const draw = numbers(2)
    const units = ['a', 'é', '漢', '🦷']
    const around = [0, 1, 1_000, 1_360, 1_365, 2_040, 2_047, 2_048, 3_000, 4_068, 4_096, 5_000, 8_192, 20_000, 65_536]
    const texts = Array.from({ length: 600 }, () => {
      const unit = units[draw(units.length)] ?? ''
      return unit.repeat(Math.max(0, (around[draw(around.length)] ?? 0) - 4 + draw(8)))
    })
    for (const prefixLength of [0, 1, 400, 1_020, 2_046, 2_047, 2_048, 5_000]) {
      const prefix = 'p'.repeat(prefixLength)
      const sealed = addon.sealTexts(key, authenticated, prefix, texts) as string[]
      expect(addon.openTexts(key, authenticated, prefix, sealed)).toEqual(texts)
    }
    for (const length of [0, 1, 4_095, 4_096, 4_097, 100_000]) {
      const long = Buffer.alloc(length, 1)
      const sealed = addon.sealTexts(key, long, PREFIX, texts.slice(0, 20)) as string[]
      expect(addon.openTexts(key, long, PREFIX, sealed)).toEqual(texts.slice(0, 20))
    }
  })

  it('stands envelopes that were cut, put together and overwritten at random', () => {
    const key = addon.importKey(bytes)
    const draw = numbers(3)
    const texts = Array.from({ length: 50 }, (_, i) => `${'é'.repeat(i)}${i}`)
    const sealed = addon.sealTexts(key, authenticated, PREFIX, texts) as string[]
    for (let i = 0; i < 20_000; i++) {
      const [a = '', b = ''] = [sealed[draw(50)], sealed[draw(50)]]
      const [from, to] = [draw(a.length + 1), draw(b.length + 1)]
      const other = String.fromCharCode(draw(0x10000))
      const mixed = [a.slice(0, from) + b.slice(to), a.slice(0, from) + other + a.slice(from + 1), a + b, a.slice(from)]
      for (const envelope of mixed) {
        const opened = addon.openTexts(key, authenticated, PREFIX, [envelope])
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

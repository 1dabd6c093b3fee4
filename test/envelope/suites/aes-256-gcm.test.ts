import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Suite, suites } from '../../../src/envelope/index.js'
import { accelerator } from '../../../src/envelope/suites/accelerator.js'
import { NativeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-native.js'
import { NodeGcmKey } from '../../../src/envelope/suites/aes-256-gcm-node.js'
import { openOne, sealOne } from '../support/aead.js'
import { aeadTests, hex } from '../support/vectors.js'

const native = accelerator()
if (native === undefined && process.env.TEST_NATIVE === 'required') throw new Error('The addon does not load')

/** Both implementations, the second where it was built: which one a process uses is `suites['aes-256-gcm']`'s choice. */
const implementations: { by: string; suite: Pick<Suite, 'importKey'> }[] = [
  { by: 'node:crypto', suite: { importKey: (bytes) => new NodeGcmKey(bytes) } },
  ...(native === undefined
    ? []
    : [{ by: 'the addon', suite: { importKey: (bytes: Uint8Array) => new NativeGcmKey(native, bytes) } }]),
]

const files = [
  { file: 'nist-aes-256-gcm.json', valid: 184, invalid: 191 },
  { file: 'wycheproof-aes-256-gcm.json', valid: 2, invalid: 25 },
]

describe.each(implementations.flatMap((implementation) => files.map((file) => ({ ...implementation, ...file }))))(
  'AES-256-GCM by $by against $file',
  ({ suite, file, valid, invalid }) => {
    const tests = aeadTests(file)

    it('runs every vector of the file', () => {
      expect(tests.filter((test) => test.result === 'valid')).toHaveLength(valid)
      expect(tests.filter((test) => test.result === 'invalid')).toHaveLength(invalid)
    })

    it('opens the valid ones', () => {
      for (const { key, iv, aad, msg, ct, tag, result, tcId } of tests) {
        if (result !== 'valid') continue
        expect(openOne(suite, hex(key), hex(iv), hex(aad), hex(ct + tag))?.toString('hex'), `${tcId} ${key}`).toBe(msg)
      }
    })

    it('seals to the same bytes', () => {
      for (const { key, iv, aad, msg, ct, tag, result, tcId } of tests) {
        if (result !== 'valid' || msg === undefined) continue
        const made = sealOne(suite, hex(key), hex(iv), hex(aad), hex(msg))
        expect(Buffer.from(made).toString('hex'), `${tcId} ${key}`).toBe(ct + tag)
      }
    })

    it('opens none of the invalid ones', () => {
      for (const { key, iv, aad, ct, tag, result, tcId } of tests) {
        if (result !== 'invalid') continue
        expect(openOne(suite, hex(key), hex(iv), hex(aad), hex(ct + tag)), `${tcId} ${key}`).toBeUndefined()
      }
    })
  },
)

describe.each(implementations)('AES-256-GCM by $by', ({ suite }) => {
  const key = Buffer.alloc(32, 1)
  const nonce = Buffer.alloc(12, 2)
  const none = Buffer.alloc(0)

  it('never accepts a shortened tag, whatever lengths GCM itself allows', () => {
    for (const authTagLength of [4, 8, 12, 13, 14, 15]) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength })
      const body = Buffer.concat([cipher.update('a message of more than sixteen bytes'), cipher.final()])
      const short = Buffer.concat([body, cipher.getAuthTag()])
      expect(openOne(suite, key, nonce, none, short), `${authTagLength}`).toBeUndefined()
      // Alone, the tag is the whole message: less than one tag is no message at all.
      const empty = createCipheriv('aes-256-gcm', key, nonce, { authTagLength })
      empty.final()
      expect(() => openOne(suite, key, nonce, none, empty.getAuthTag()), `${authTagLength}, empty`).toThrow(RangeError)
    }
  })

  it.each([0, 16, 24, 31, 33])('refuses a key of %i bytes', (length) => {
    expect(() => sealOne(suite, Buffer.alloc(length), nonce, none, none)).toThrow(RangeError)
    expect(() => openOne(suite, Buffer.alloc(length), nonce, none, Buffer.alloc(16))).toThrow(RangeError)
  })

  it('wipes the bytes of a key when it is destroyed at the latest, and is not used after it', () => {
    const bytes = Uint8Array.from(key)
    const imported = suite.importKey(bytes)
    imported.destroy()
    expect(bytes.every((byte) => byte === 0)).toBe(true)
    expect(() => imported.begin(none, 64)).toThrow('after it was destroyed')
  })

  it('leaves nothing of a text in memory that the next pass gets', () => {
    const imported = suite.importKey(Uint8Array.from(key))
    const pass = imported.begin(none, 200)
    pass.arena.fill('a text that must not stay')
    pass.end()
    expect(pass.arena.every((byte) => byte === 0)).toBe(true)
  })

  it('refuses a message that reaches beyond its arena, and any that comes without room for its nonce', () => {
    const pass = suite.importKey(Uint8Array.from(key)).begin(none, 100)
    for (const span of [
      [11, 4],
      [12, 73],
      [85, 0],
      [101, 0],
      [12, 0xfffffff0],
      [0xfffffff0, 32],
    ]) {
      expect(() => pass.seal(Uint32Array.from(span)), `${span}`).toThrow('outside of its arena')
      expect(() => pass.open(Uint32Array.from(span)), `${span}`).toThrow('outside of its arena')
    }
    for (const span of [
      [12, 72],
      [84, 0],
    ])
      expect(() => pass.seal(Uint32Array.from(span))).not.toThrow()
    pass.end()
  })

  it('wipes a text that does not authenticate, and says which it was', () => {
    const imported = suite.importKey(Uint8Array.from(key))
    const pass = imported.begin(none, 3 * 40)
    pass.arena.fill('text')
    const spans = Uint32Array.of(12, 12, 52, 12, 92, 12)
    pass.seal(spans)
    pass.arena[92] = (pass.arena[92] ?? 0) ^ 1
    expect(pass.open(spans)).toBe(2)
    expect(pass.arena.subarray(92, 104).toString()).not.toContain('text')
    pass.end()
  })
})

describe('the accelerator', () => {
  it('is used where it was built', () => {
    const key = suites['aes-256-gcm'].importKey(Buffer.alloc(32))
    expect(key).toBeInstanceOf(native === undefined ? NodeGcmKey : NativeGcmKey)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { suites } from '../../../src/envelope/index.js'
import { loadSodium } from '../../../src/envelope/suites/sodium.js'
import { openOne, sealOne } from '../support/aead.js'
import { aeadTests, hex } from '../support/vectors.js'

const suite = suites['xchacha20-poly1305']
const NONCE_SIZE = /^nonce has size/

describe('XChaCha20-Poly1305 before it is prepared', () => {
  it('says that it is not ready, and neither seals nor opens', () => {
    expect(suite.ready).toBe(false)
    const [key, nonce, none] = [Buffer.alloc(32), Buffer.alloc(24), Buffer.alloc(0)]
    expect(() => sealOne(suite, key, nonce, none, none)).toThrow('before it was prepared')
    expect(() => openOne(suite, key, nonce, none, Buffer.alloc(16))).toThrow('before it was prepared')
  })
})

describe('XChaCha20-Poly1305', () => {
  const tests = aeadTests('wycheproof-xchacha20-poly1305.json')
  const key = Buffer.alloc(32, 1)
  const nonce = Buffer.alloc(24, 2)
  const none = Buffer.alloc(0)

  beforeAll(() => suite.prepare())

  it('is ready once it is prepared', () => {
    expect(suite.ready).toBe(true)
  })

  it('runs every vector of the file', () => {
    expect(tests.filter((test) => test.result === 'valid')).toHaveLength(27)
    expect(tests.filter((test) => test.result === 'invalid' && !NONCE_SIZE.test(test.comment ?? ''))).toHaveLength(29)
    expect(tests.filter((test) => NONCE_SIZE.test(test.comment ?? ''))).toHaveLength(9)
  })

  it('opens the valid ones and seals to the same bytes', () => {
    for (const test of tests) {
      if (test.result !== 'valid' || test.msg === undefined) continue
      const [k, n, a] = [hex(test.key), hex(test.iv), hex(test.aad)]
      expect(openOne(suite, k, n, a, hex(test.ct + test.tag))?.toString('hex'), `tcId ${test.tcId}`).toBe(test.msg)
      expect(Buffer.from(sealOne(suite, k, n, a, hex(test.msg))).toString('hex'), `tcId ${test.tcId}`).toBe(
        test.ct + test.tag,
      )
    }
  })

  it('opens none of the invalid ones, nor reads beyond a message that is too short', () => {
    for (const { key: k, iv, aad, ct, tag, result, tcId } of tests) {
      if (result !== 'invalid') continue
      const open = () => openOne(suite, hex(k), hex(iv), hex(aad), hex(ct + tag))
      if (hex(iv).length < suite.nonceLength || hex(ct + tag).length < 16)
        expect(open, `tcId ${tcId}`).toThrow(RangeError)
      else expect(open(), `tcId ${tcId}`).toBeUndefined()
    }
  })

  it('never accepts a shortened message or tag', () => {
    const whole = sealOne(suite, key, nonce, none, Buffer.from('a message of more than sixteen bytes'))
    for (let length = 0; length < whole.length; length++) {
      const open = () => openOne(suite, key, nonce, none, whole.subarray(0, length))
      // Less than a tag is no message at all.
      if (length < 16) expect(open, `${length}`).toThrow(RangeError)
      else expect(open(), `${length}`).toBeUndefined()
    }
  })

  // libsodium itself would go on with whatever its heap holds behind a short key.
  it.each([0, 16, 31, 33])('refuses a key of %i bytes', (length) => {
    expect(() => sealOne(suite, Buffer.alloc(length), nonce, none, none)).toThrow(RangeError)
    expect(() => openOne(suite, Buffer.alloc(length), nonce, none, Buffer.alloc(16))).toThrow(RangeError)
  })

  it('goes on rightly when a large message makes its heap grow', async () => {
    const { length: before } = (await loadSodium()).HEAPU8
    const large = Buffer.alloc(before * 3, 'ab')
    expect(openOne(suite, key, nonce, none, sealOne(suite, key, nonce, none, large))?.equals(large)).toBe(true)
    expect((await loadSodium()).HEAPU8.length).toBeGreaterThan(before)
    const small = Buffer.from('after the heap has grown')
    expect(openOne(suite, key, nonce, none, sealOne(suite, key, nonce, none, small))?.equals(small)).toBe(true)
  })

  it('leaves neither key nor plaintext in its heap, whether it opens or not', async () => {
    const secretKey = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0', 'hex')
    const plaintext = Buffer.alloc(128, 'a plaintext that must not stay in the heap')
    const sealed = Buffer.from(sealOne(suite, secretKey, nonce, none, plaintext))
    expect(openOne(suite, secretKey, nonce, none, sealed)?.equals(plaintext)).toBe(true)
    expect(openOne(suite, secretKey, nonce, Buffer.from('other'), sealed)).toBeUndefined()
    const heap = Buffer.from((await loadSodium()).HEAPU8)
    expect(heap.includes(plaintext)).toBe(false)
    expect(heap.includes(secretKey)).toBe(false)
  })

  it.each([8, 16, 33, 63, 64, 65, 100, 127])(
    'leaves no part of the last block of %i bytes on its stack, which it works on there',
    async (length) => {
      const plaintext = Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length + 101) % 256))
      const sealed = sealOne(suite, key, nonce, none, plaintext)
      const afterSealing = Buffer.from((await loadSodium()).HEAPU8)
      expect(openOne(suite, key, nonce, none, sealed)?.equals(plaintext)).toBe(true)
      const afterOpening = Buffer.from((await loadSodium()).HEAPU8)
      // A part that is shorter may be there by chance.
      for (let at = 0; at + 6 <= length; at++) {
        const part = plaintext.subarray(at, at + 6)
        expect(afterSealing.includes(part), `sealed, from ${at}`).toBe(false)
        expect(afterOpening.includes(part), `opened, from ${at}`).toBe(false)
      }
    },
  )
})

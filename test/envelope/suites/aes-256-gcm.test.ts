import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { suites } from '../../../src/envelope/index.js'
import { openOne, sealOne } from '../support/aead.js'
import { aeadTests, hex } from '../support/vectors.js'

const suite = suites['aes-256-gcm']

describe.each([
  { file: 'nist-aes-256-gcm.json', valid: 184, invalid: 191 },
  { file: 'wycheproof-aes-256-gcm.json', valid: 2, invalid: 25 },
])('AES-256-GCM against $file', ({ file, valid, invalid }) => {
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
})

describe('AES-256-GCM', () => {
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
})

import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dataKeyId, sealingKey, suites } from '../../src/envelope/index.js'
import { dataKey } from './support/sealed.js'

describe('a data key', () => {
  it('has an id that is the start of an HMAC under the key itself', () => {
    const whole = createHmac('sha256', dataKey).update('prisma-envelope/v1/data-key-id').digest()
    expect(dataKeyId(dataKey).equals(whole.subarray(0, 16))).toBe(true)
  })

  it('gets another id from one flipped bit, so that a wrong key is noticed when it is unwrapped', () => {
    const id = dataKeyId(dataKey)
    for (let bit = 0; bit < 256; bit++) {
      const other = Buffer.from(dataKey)
      other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(dataKeyId(other).equals(id), `bit ${bit}`).toBe(false)
    }
  })

  it('never seals itself: each suite has a key of its own, and none is the id', () => {
    const gcm = sealingKey(dataKey, suites['aes-256-gcm'])
    const xchacha = sealingKey(dataKey, suites['xchacha20-poly1305'])
    expect(gcm).toHaveLength(32)
    expect(xchacha).toHaveLength(32)
    const all = [dataKey, gcm, xchacha].map((key) => key.subarray(0, 16).toString('hex'))
    expect(new Set([...all, dataKeyId(dataKey).toString('hex')]).size).toBe(4)
  })

  it.each([0, 16, 31, 33, 64])('is refused at %i bytes, though HMAC would accept it', (length) => {
    expect(() => dataKeyId(Buffer.alloc(length))).toThrow(RangeError)
    expect(() => sealingKey(Buffer.alloc(length), suites['aes-256-gcm'])).toThrow(RangeError)
  })
})

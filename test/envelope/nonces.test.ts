import { expect, test } from 'vitest'
import { Nonces } from '../../src/envelope/nonces.js'

test('each nonce is used once, and only if it was drawn', () => {
  const nonces = new Nonces(12, 3)
  const bytes = Buffer.alloc(4 * 12)
  for (const at of [0, 12, 24]) nonces.next(bytes, at)
  const given = [0, 12, 24].map((at) => bytes.toString('hex', at, at + 12))
  expect(new Set([...given, '0'.repeat(24)]).size).toBe(4)
  expect(() => nonces.next(bytes, 36)).toThrow('more nonces were requested than were drawn')
  expect(bytes.subarray(36)).toEqual(Buffer.alloc(12))
})

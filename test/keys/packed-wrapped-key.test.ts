import { describe, expect, it } from 'vitest'
import { appTag, encodeWrappedKey, type WrappedKey, wrapTag } from '../../src/envelope/index.js'
import { packWrappedKey, unpackWrappedKey } from '../../src/keys/packed-wrapped-key.js'
import { arn } from './scripted-kms.js'

const wrappedKey: WrappedKey = {
  context: { appTag: appTag('Zürich'), tenant: '株式会社', scope: 'tenant', createdHour: 490_000 },
  wrapTag: wrapTag(arn('acme'), '0123456789abcdef'.repeat(4)),
  blob: Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
}

describe('a wrapped key that is kept in memory', () => {
  it('is returned unchanged, whatever its bytes', () => {
    expect(unpackWrappedKey(packWrappedKey(wrappedKey))).toEqual(wrappedKey)
  })

  it('lies in memory of its own when a KMS provider is handed it, not in Node’s shared pool', () => {
    const { blob } = unpackWrappedKey(packWrappedKey(wrappedKey))
    expect(blob.buffer.byteLength).toBe(12 + encodeWrappedKey(wrappedKey).length)
  })
})

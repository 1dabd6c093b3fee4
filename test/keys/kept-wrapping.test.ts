import { describe, expect, it } from 'vitest'
import { encodeWrappedKey, type WrappedKeyRecord } from '../../src/envelope/index.js'
import { encodedWrapping, keptWrapping, recordOf } from '../../src/keys/kept-wrapping.js'
import { arn } from './scripted-kms.js'

const record: WrappedKeyRecord = {
  context: { app: 'Zürich', tenant: '株式会社', scope: 'tenant', createdHour: 490_000 },
  cmkArn: arn('acme'),
  keyMaterialId: '0123456789abcdef'.repeat(4),
  blob: Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
}

describe('a wrapped key that is kept in memory', () => {
  it('is given back as it was, whatever its bytes', () => {
    expect(recordOf(keptWrapping(record))).toEqual(record)
    expect(encodedWrapping(keptWrapping(record))).toEqual(encodeWrappedKey(record))
  })

  it('lies in memory of its own when a KMS provider is handed it, not in Node’s shared pool', () => {
    const { blob } = recordOf(keptWrapping(record))
    expect(blob.buffer.byteLength).toBe(encodeWrappedKey(record).length)
  })
})

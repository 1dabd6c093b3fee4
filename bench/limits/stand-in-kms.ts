import { randomBytes } from 'node:crypto'
import type { KmsProvider } from '../../src/kms/provider.js'

const KEY_LENGTH = 32
/** As long as AWS KMS's are. */
const BLOB_LENGTH = 184
const CMK = {
  arn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  keyMaterialId: '0123456789abcdef'.repeat(4),
}

/**
 * A stand-in for KMS where only the library's own memory is of interest, and KMS would be called a hundred thousand times:
 * a blob contains its data key in plaintext.
 */
export function standInKms(): KmsProvider {
  const unsupported = () => Promise.reject(new Error('the stand-in for KMS does not do this'))
  return {
    async generateDataKey() {
      const blob = randomBytes(BLOB_LENGTH)
      return { plaintext: Uint8Array.from(blob.subarray(0, KEY_LENGTH)), wrapped: { blob, cmk: CMK } }
    },
    unwrapDataKey: async ({ blob }) => ({ plaintext: Uint8Array.from(blob.subarray(0, KEY_LENGTH)), cmk: CMK }),
    async describeKey() {
      const states = { state: 'Enabled', enabled: true, usage: 'ENCRYPT_DECRYPT', spec: 'SYMMETRIC_DEFAULT' }
      return { cmk: CMK, ...states, multiRegion: false }
    },
    rewrapDataKey: unsupported,
    encrypt: unsupported,
    decrypt: unsupported,
    generateMac: unsupported,
  }
}

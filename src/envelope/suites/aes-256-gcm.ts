import { createCipheriv, createDecipheriv } from 'node:crypto'
import { borrow, giveBack } from './arena.js'
import { assertKey, eachSpan, type Pass, type Suite, TAG_LENGTH } from './suite.js'

const NONCE_LENGTH = 12
// Without an explicit length Node accepts tags as short as 4 bytes, which a forger can guess.
const WHOLE_TAG = { authTagLength: TAG_LENGTH }

/**
 * AES-256-GCM (NIST SP 800-38D) through Node's own OpenSSL: the default, since it is what auditors expect.
 *
 * Nonces are 96 random bits, hence at most 2^32 messages a key (SP 800-38D, 8.3); `keys/` holds that bound.
 */
export const aes256Gcm: Suite = {
  id: 1,
  name: 'aes-256-gcm',
  nonceLength: NONCE_LENGTH,
  ready: true,
  prepare: () => Promise.resolve(),

  begin(key, authenticated, size) {
    assertKey(aes256Gcm, key)
    const arena = borrow(size)
    const pass: Pass = {
      arena,
      seal(messages) {
        eachSpan(aes256Gcm, pass, messages, (start, length) => {
          const nonce = arena.subarray(start - NONCE_LENGTH, start)
          const cipher = createCipheriv('aes-256-gcm', key, nonce, WHOLE_TAG)
          cipher.setAAD(authenticated)
          arena.set(cipher.update(arena.subarray(start, start + length)), start)
          cipher.final()
          arena.set(cipher.getAuthTag(), start + length)
          return true
        })
      },
      open(messages) {
        return eachSpan(aes256Gcm, pass, messages, (start, length) => {
          const nonce = arena.subarray(start - NONCE_LENGTH, start)
          const decipher = createDecipheriv('aes-256-gcm', key, nonce, WHOLE_TAG)
          decipher.setAAD(authenticated)
          decipher.setAuthTag(arena.subarray(start + length, start + length + TAG_LENGTH))
          const plaintext = decipher.update(arena.subarray(start, start + length))
          try {
            decipher.final()
          } catch {
            plaintext.fill(0)
            return false
          }
          arena.set(plaintext, start)
          plaintext.fill(0)
          return true
        })
      },
      end: () => giveBack(arena),
    }
    return pass
  },
}

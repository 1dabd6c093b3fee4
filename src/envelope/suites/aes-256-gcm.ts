import { createCipheriv, createDecipheriv } from 'node:crypto'
import { assertKeyAndNonce, type Suite, TAG_LENGTH } from './suite.js'

/**
 * AES-256-GCM (NIST SP 800-38D) through Node's own OpenSSL: the default, since it is what auditors expect.
 *
 * Nonces are 96 random bits, hence at most 2^32 messages a key (SP 800-38D, 8.3); `keys/` holds that bound.
 */
export const aes256Gcm: Suite = {
  id: 1,
  name: 'aes-256-gcm',
  nonceLength: 12,
  ready: true,
  prepare: () => Promise.resolve(),

  seal(key, nonce, authenticated, plaintext) {
    assertKeyAndNonce(aes256Gcm, key, nonce)
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(authenticated)
    const body = cipher.update(plaintext)
    cipher.final()
    return Buffer.concat([body, cipher.getAuthTag()])
  },

  open(key, nonce, authenticated, sealed) {
    assertKeyAndNonce(aes256Gcm, key, nonce)
    const end = sealed.length - TAG_LENGTH
    if (end < 0) return undefined
    // Without an explicit length Node accepts tags as short as 4 bytes, which a forger can guess.
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
    decipher.setAAD(authenticated)
    decipher.setAuthTag(sealed.subarray(end))
    const plaintext = decipher.update(sealed.subarray(0, end))
    try {
      decipher.final()
    } catch {
      plaintext.fill(0)
      return undefined
    }
    return plaintext
  },
}

import { randomBytes } from 'node:crypto'
import { EnvelopeAuthenticationError } from '../errors.js'
import { authenticatedData } from './authenticated-data.js'
import { encodePrefix, HEAD_LENGTH, type ParsedEnvelope, suiteOfHead } from './format.js'
import type { Suite } from './suites/suite.js'
import { encodeWrappedKey, type WrappedKeyRecord, wrapTag } from './wrapped-key.js'

/**
 * Seals a batch of messages under one key for one place, and gives their envelopes in the same order.
 *
 * @param prefix what `encodePrefix` made for this key and suite.
 * @param place what `placeBytes` made for this tenant and field.
 */
export function sealMessages(
  suite: Suite,
  key: Uint8Array,
  prefix: Buffer,
  place: Buffer,
  messages: readonly Uint8Array[],
): Buffer[] {
  // A head that names another suite would be sealed well and could never be opened.
  if (suiteOfHead(prefix) !== suite) throw new RangeError('the prefix was made for another suite')
  const authenticated = authenticatedData(prefix.subarray(0, HEAD_LENGTH), place)
  // Drawn for this batch alone: a pool that outlived it could be handed out twice after a fork or a snapshot.
  const nonces = randomBytes(suite.nonceLength * messages.length)
  return messages.map((message, i) => {
    const nonce = nonces.subarray(i * suite.nonceLength, (i + 1) * suite.nonceLength)
    return Buffer.concat([prefix, nonce, suite.seal(key, nonce, authenticated, message)])
  })
}

/** Opens one envelope at one place. Throws `ENVELOPE_AUTHENTICATION_FAILED`. The caller wipes what it is given. */
export function openMessage(envelope: ParsedEnvelope, key: Uint8Array, place: Buffer): Buffer {
  const { suite, head, nonce, sealed } = envelope
  const plaintext = suite.open(key, nonce, authenticatedData(head, place), sealed)
  if (plaintext === undefined) {
    throw new EnvelopeAuthenticationError(
      'ENVELOPE_AUTHENTICATION_FAILED',
      'The envelope does not open here: it was altered, or moved from another tenant, model or field. Restore the value from a backup.',
    )
  }
  return plaintext
}

/**
 * The same message under the same data key, with another wrapping of it. Head, nonce and ciphertext stay: the wrapping is
 * not part of what is authenticated.
 */
export function rewrapEnvelope(envelope: ParsedEnvelope, record: WrappedKeyRecord): Buffer {
  const tag = wrapTag(record.cmkArn, record.keyMaterialId)
  const prefix = encodePrefix(envelope.suite, envelope.dataKeyId, tag, encodeWrappedKey(record))
  return Buffer.concat([prefix, envelope.nonce, envelope.sealed])
}

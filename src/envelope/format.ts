import { EnvelopeFormatError } from '../errors.js'
import { DATA_KEY_ID_LENGTH } from './derived-keys.js'
import { suiteById } from './suites/index.js'
import { type Suite, TAG_LENGTH } from './suites/suite.js'
import { decodeWrappedKey, malformedKeySection, WRAP_TAG_LENGTH, type WrappedKey, wrapTag } from './wrapped-key.js'

/**
 * The binary form of an envelope, version 1. `docs/format.md` is its specification.
 *
 *     offset  bytes
 *     0       1      version (high nibble), suite (low nibble)
 *     1       1      flags
 *     2       16     data-key id                                  ── the head: 18 bytes
 *     18      12     wrap tag                                     ┐
 *     30      2      length of the wrapped key section            │ where flag INLINE is set
 *     32      n      wrapped key section                          ┘
 *     …       12|24  nonce
 *     …       m      ciphertext
 *     …       16     tag
 */
export const VERSION = 1
export const HEAD_LENGTH = 2 + DATA_KEY_ID_LENGTH
const WRAP_LENGTH_AT = HEAD_LENGTH + WRAP_TAG_LENGTH
const WRAPPED_AT = WRAP_LENGTH_AT + 2

/** The wrapped data key is in the envelope itself. */
export const FLAG_INLINE = 0b0000_0001
const KNOWN_FLAGS = FLAG_INLINE

/** An envelope taken apart. All buffers are views into the bytes that were parsed. */
export interface ParsedEnvelope {
  readonly suite: Suite
  /** Everything before the nonce. */
  readonly prefix: Buffer
  /** Version, suite, flags and data-key id, as they are authenticated. */
  readonly head: Buffer
  readonly dataKeyId: Buffer
  readonly wrapTag: Buffer
  /** The bytes of a `WrappedKey`. */
  readonly wrappedKey: Buffer
  readonly nonce: Buffer
  /** Ciphertext and tag. */
  readonly sealed: Buffer
}

/** The part of an envelope that is the same for all values sealed under one data key with one suite. */
export function encodePrefix(suite: Suite, keyId: Uint8Array, tag: Uint8Array, wrappedKey: Uint8Array): Buffer {
  if (keyId.length !== DATA_KEY_ID_LENGTH || tag.length !== WRAP_TAG_LENGTH || wrappedKey.length > 0xffff) {
    throw new RangeError('an envelope has no room for a data-key id, wrap tag or wrapped key of this length')
  }
  const prefix = Buffer.alloc(WRAPPED_AT + wrappedKey.length)
  prefix.writeUInt8((VERSION << 4) | suite.id, 0)
  prefix.writeUInt8(FLAG_INLINE, 1)
  prefix.set(keyId, 2)
  prefix.set(tag, HEAD_LENGTH)
  prefix.writeUInt16BE(wrappedKey.length, WRAP_LENGTH_AT)
  prefix.set(wrappedKey, WRAPPED_AT)
  return prefix
}

/**
 * Takes an envelope apart without opening it.
 *
 * Throws `ENVELOPE_MALFORMED`, `ENVELOPE_UNKNOWN_VERSION`, `ENVELOPE_UNKNOWN_SUITE`, `ENVELOPE_UNKNOWN_FLAGS`.
 */
export function parseEnvelope(bytes: Buffer): ParsedEnvelope {
  if (bytes.length < WRAPPED_AT) throw truncated()
  const first = bytes.readUInt8(0)
  const version = first >> 4
  if (version !== VERSION) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_VERSION',
      `The envelope is of version ${version}, but this release reads version ${VERSION}. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const suite = suiteOfHead(bytes)
  if (suite === undefined) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_SUITE',
      `The envelope uses suite ${first & 0x0f}, which this release does not know. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const flags = bytes.readUInt8(1)
  if ((flags & ~KNOWN_FLAGS) !== 0 || (flags & FLAG_INLINE) === 0) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_FLAGS',
      `The envelope has flags 0x${flags.toString(16).padStart(2, '0')}, which this release does not know. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const nonceAt = WRAPPED_AT + bytes.readUInt16BE(WRAP_LENGTH_AT)
  const sealedAt = nonceAt + suite.nonceLength
  if (bytes.length < sealedAt + TAG_LENGTH) throw truncated()
  return {
    suite,
    prefix: bytes.subarray(0, nonceAt),
    head: bytes.subarray(0, HEAD_LENGTH),
    dataKeyId: bytes.subarray(2, HEAD_LENGTH),
    wrapTag: bytes.subarray(HEAD_LENGTH, WRAP_LENGTH_AT),
    wrappedKey: bytes.subarray(WRAPPED_AT, nonceAt),
    nonce: bytes.subarray(nonceAt, sealedAt),
    sealed: bytes.subarray(sealedAt),
  }
}

/**
 * The wrapped data key of an envelope, to be unwrapped. Throws `ENVELOPE_MALFORMED`.
 *
 * Nothing else authenticates the wrap tag or the key material id. Each is checked against the other here, so that damage
 * to either is detected; an attacker who changes both to match is not.
 */
export function wrappedKeyOf(envelope: ParsedEnvelope): WrappedKey {
  const wrappedKey = decodeWrappedKey(envelope.wrappedKey)
  if (!wrapTag(wrappedKey.cmkArn, wrappedKey.keyMaterialId).equals(envelope.wrapTag)) {
    throw malformedKeySection('the wrap tag of its CMK and key material')
  }
  return wrappedKey
}

/** The suite that a head names, or `undefined` if this release does not know it. */
function suiteOfHead(head: Buffer): Suite | undefined {
  return suiteById(head.readUInt8(0) & 0x0f)
}

export function truncated(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    'The envelope is truncated: the column may be too short for it, or the value was damaged. Restore the value from a backup.',
  )
}

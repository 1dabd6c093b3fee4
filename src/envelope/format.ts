import { EnvelopeFormatError } from '../errors.js'
import { DATA_KEY_ID_LENGTH } from './derived-keys.js'
import { suiteById } from './suites/index.js'
import { type Suite, TAG_LENGTH } from './suites/suite.js'
import { WRAP_TAG_LENGTH } from './wrap-tag.js'
import { decodeWrappedKey, encodeWrappedKey, malformedKeySection, SECTION_AT, type WrappedKey } from './wrapped-key.js'

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
 *
 * Everything before the nonce is the *prefix*. Its length is divisible by three, so that it begins the text form, too.
 */
export const VERSION = 1
export const HEAD_LENGTH = 2 + DATA_KEY_ID_LENGTH
const SECTION_LENGTH_AT = HEAD_LENGTH + WRAP_TAG_LENGTH

/** The wrapped data key is in the envelope itself; else in the key table. */
export const FLAG_INLINE = 0b0000_0001
export const KNOWN_FLAGS = FLAG_INLINE

/** An envelope taken apart. All buffers are views into the bytes that were parsed. */
export interface ParsedEnvelope {
  readonly suite: Suite
  /** Everything before the nonce. */
  readonly prefix: Buffer
  /** Version, suite, flags and data-key id. */
  readonly head: Buffer
  readonly dataKeyId: Buffer
  /** The wrapped data key, if the envelope carries it. */
  readonly wrapped: WrappedBytes | undefined
  readonly nonce: Buffer
  /** Ciphertext and tag. */
  readonly sealed: Buffer
}

/** A wrapped data key as an envelope carries it. */
export interface WrappedBytes {
  readonly tag: Buffer
  readonly section: Buffer
}

/**
 * The part of an envelope that is the same for all values sealed under one data key with one suite, in one placement.
 *
 * @param wrappedKey to be carried by the envelope; absent where it is in the key table.
 */
export function encodePrefix(suite: Suite, keyId: Uint8Array, wrappedKey?: WrappedKey): Buffer {
  if (keyId.length !== DATA_KEY_ID_LENGTH) throw new RangeError(`a data-key id has ${DATA_KEY_ID_LENGTH} bytes`)
  const flags = wrappedKey === undefined ? 0 : FLAG_INLINE
  const head = Buffer.concat([Buffer.of((VERSION << 4) | suite.id, flags), keyId])
  if (wrappedKey === undefined) return head
  const section = encodeWrappedKey(wrappedKey)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(section.length)
  return Buffer.concat([head, wrappedKey.wrapTag, length, section])
}

/**
 * Takes an envelope apart without opening it.
 *
 * Throws `ENVELOPE_MALFORMED`, `ENVELOPE_UNKNOWN_VERSION`, `ENVELOPE_UNKNOWN_SUITE`, `ENVELOPE_UNKNOWN_FLAGS`.
 */
export function parseEnvelope(bytes: Buffer): ParsedEnvelope {
  if (bytes.length < HEAD_LENGTH) throw truncated()
  const first = bytes.readUInt8(0)
  const version = first >> 4
  if (version !== VERSION) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_VERSION',
      `The envelope is of version ${version}, but this release reads version ${VERSION}. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const suite = suiteById(first & 0x0f)
  if (suite === undefined) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_SUITE',
      `The envelope uses suite ${first & 0x0f}, which this release does not know. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const flags = bytes.readUInt8(1)
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    throw new EnvelopeFormatError(
      'ENVELOPE_UNKNOWN_FLAGS',
      `The envelope has flags 0x${flags.toString(16).padStart(2, '0')}, which this release does not know. Upgrade prisma-envelope, or restore the value if it was damaged.`,
    )
  }
  const nonceAt = (flags & FLAG_INLINE) === 0 ? HEAD_LENGTH : SECTION_AT + sectionLength(bytes)
  const sealedAt = nonceAt + suite.nonceLength
  if (bytes.length < sealedAt + TAG_LENGTH) throw truncated()
  return {
    suite,
    prefix: bytes.subarray(0, nonceAt),
    head: bytes.subarray(0, HEAD_LENGTH),
    dataKeyId: bytes.subarray(2, HEAD_LENGTH),
    wrapped:
      nonceAt === HEAD_LENGTH
        ? undefined
        : { tag: bytes.subarray(HEAD_LENGTH, SECTION_LENGTH_AT), section: bytes.subarray(SECTION_AT, nonceAt) },
    nonce: bytes.subarray(nonceAt, sealedAt),
    sealed: bytes.subarray(sealedAt),
  }
}

/** The wrapped data key that an envelope carries, if it does. Throws what {@link decodeWrappedKey} throws. */
export function wrappedKeyOf({ wrapped }: Pick<ParsedEnvelope, 'wrapped'>): WrappedKey | undefined {
  return wrapped === undefined ? undefined : decodeWrappedKey(wrapped.tag, wrapped.section)
}

/**
 * The head as it is authenticated: without saying where the wrapped key is, so that an envelope can be moved between
 * placements without being opened.
 */
export function authenticatedHead(prefix: Uint8Array): Buffer {
  const head = Buffer.from(prefix.subarray(0, HEAD_LENGTH))
  head.writeUInt8(head.readUInt8(1) & ~FLAG_INLINE, 1)
  return head
}

function sectionLength(bytes: Buffer): number {
  if (bytes.length < SECTION_AT) throw truncated()
  const length = bytes.readUInt16BE(SECTION_LENGTH_AT)
  if ((SECTION_AT + length) % 3 !== 0) throw malformedKeySection('a length that ends on a boundary of base64')
  return length
}

export function truncated(): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_MALFORMED',
    'The envelope is truncated: the column may be too short for it, or the value was damaged. Restore the value from a backup.',
  )
}

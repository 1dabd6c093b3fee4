import { createDecipheriv, createHmac } from 'node:crypto'
import { loadAddon } from './find-addon.js'
import { type Spans, TAG_LENGTH } from './suite.js'

/** The optional addon: whole columns of messages per call, with the OpenSSL of the running Node (`native/`). */
export interface Accelerator {
  /** A key for AES-256-GCM. */
  importKey(bytes: Uint8Array): object
  destroyKey(key: object): void
  seal(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): void
  open(key: object, authenticated: Uint8Array, arena: Uint8Array, messages: Spans): number
  /**
   * The envelopes of texts, at most {@link MOST_PER_CALL}, under nonces that the kernel draws in this call; or the index of
   * the first text with a lone surrogate. Each is padded to a multiple of `pad` bytes; 1 pads nothing. Throws an error with the
   * code `RANDOM_UNAVAILABLE` if the kernel draws none.
   *
   * @param gather is called with the result, once everything is done: `gather` below. Arguments are read and passed in a
   * tenth of the time that elements of an array take.
   */
  sealTexts(
    key: object,
    authenticated: Uint8Array,
    prefix: string,
    gather: Gather,
    pad: number,
    ...texts: string[]
  ): string[] | number
  /** The texts in envelopes, at most {@link MOST_PER_CALL}, or the index of the first that does not open. */
  openTexts(
    key: object,
    authenticated: Uint8Array,
    prefix: string,
    gather: Gather,
    ...envelopes: string[]
  ): string[] | number
  /** A key for HMAC-SHA-256. */
  importMacKey(bytes: Uint8Array): object
  destroyMacKey(key: object): void
  /** The first `length` bytes of the MAC of each message, at most {@link MOST_PER_CALL}, one behind the other. */
  macs(key: object, length: number, ...messages: (string | Uint8Array)[]): ArrayBuffer
  /** Fills the bytes from the kernel's generator, with a system call each time. Throws if that is not available. */
  random(bytes: Uint8Array): void
}

type Gather = (...items: string[]) => string[]

/** An array of its arguments. Not `Array.of`, which takes four times as long to make one for a single argument. */
export const gather: Gather = (...items) => items

/** Strings and messages that one call takes. */
export const MOST_PER_CALL = 256

let loaded: Accelerator | undefined
let tried = false

/** The addon, if one was built for this platform; `PRISMA_ENVELOPE_NATIVE=off` disables it. */
export function accelerator(): Accelerator | undefined {
  if (!tried) {
    tried = true
    loaded = process.env.PRISMA_ENVELOPE_NATIVE === 'off' ? undefined : load()
  }
  return loaded
}

function load(): Accelerator | undefined {
  try {
    // The package's own addon. An older build may lack a function, or have another under its name: that is checked next.
    const addon = loadAddon() as Accelerator
    return agrees(addon) ? addon : undefined
  } catch {
    // None for this platform, or one that does not load: everything works without it, only slower.
    return undefined
  }
}

const PREFIX = 'prefix:'
const PAD = 16
const TEXTS = ['one block and a part of another', '', 'é漢🦷']

/**
 * Whether `node:crypto` opens what the addon seals, and computes the same MACs: a broken build is detected before it is
 * used. So is a sandbox that keeps the addon from drawing nonces.
 */
function agrees(addon: Accelerator): boolean {
  const bytes = Buffer.alloc(32, 2)
  const authenticated = Buffer.alloc(5, 1)
  const [key, macKey] = [addon.importKey(bytes), addon.importMacKey(bytes)]
  try {
    const envelopes = addon.sealTexts(key, authenticated, PREFIX, gather, 1, ...TEXTS)
    if (typeof envelopes === 'number') return false
    const opened = addon.openTexts(key, authenticated, PREFIX, gather, ...envelopes)
    const padded = addon.sealTexts(key, authenticated, PREFIX, gather, PAD, ...TEXTS)
    if (typeof padded === 'number') return false
    const expected = Buffer.concat(TEXTS.map((text) => createHmac('sha256', bytes).update(text).digest()))
    return (
      String(opened) === String(TEXTS) &&
      String(addon.openTexts(key, authenticated, PREFIX, gather, ...padded)) === String(TEXTS) &&
      padded.every((envelope) => Buffer.from(envelope.slice(PREFIX.length), 'base64').length % PAD === 28 % PAD) &&
      String(envelopes.map((envelope) => openedByNode(bytes, authenticated, envelope))) === String(TEXTS) &&
      Buffer.from(addon.macs(macKey, expected.length / TEXTS.length, ...TEXTS)).equals(expected)
    )
  } finally {
    addon.destroyKey(key)
    addon.destroyMacKey(macKey)
  }
}

function openedByNode(key: Uint8Array, authenticated: Uint8Array, envelope: string): string {
  const message = Buffer.from(envelope.slice(PREFIX.length), 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, message.subarray(0, 12), { authTagLength: TAG_LENGTH })
  decipher.setAAD(authenticated)
  decipher.setAuthTag(message.subarray(-TAG_LENGTH))
  return decipher.update(message.subarray(12, -TAG_LENGTH), undefined, 'utf8') + decipher.final('utf8')
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyMaterial } from './state.js'

/**
 * The blobs that the embedded KMS makes: AES-256-GCM under the key material, with the blob's head and the encryption
 * context authenticated. The head is as long as AWS's blobs make it: a 32-byte data key becomes 184 bytes on both, so
 * that column widths chosen in development hold in production.
 *
 *     magic (25) ‖ version (1) ‖ multi-Region (1) ‖ key id (16) ‖ key material id (32) ‖ zeros (49)
 *     ‖ nonce (12) ‖ ciphertext ‖ tag (16)
 */
const MAGIC = Buffer.from('prisma-envelope/local-kms', 'latin1')
const VERSION = 1
const KEY_ID_AT = MAGIC.length + 2
const MATERIAL_ID_AT = KEY_ID_AT + 16
const HEAD_BYTES = 124
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Exact pairs; KMS matches them case-sensitively and in any order. */
export type Context = Readonly<Record<string, string>>

export interface Ciphertext {
  readonly keyId: string
  readonly keyMaterialId: string
  readonly head: Buffer
  readonly nonce: Buffer
  readonly sealed: Buffer
  readonly tag: Buffer
}

export function seal(keyId: string, material: KeyMaterial, plaintext: Uint8Array, context: Context): Buffer {
  const head = headOf(keyId, material.id)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secretOf(material), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.concat([head, canonical(context)]))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([head, nonce, sealed, cipher.getAuthTag()])
}

/** The parts of a blob, or `undefined` when it was not made here. Nothing of it is authenticated yet. */
export function parse(blob: Buffer): Ciphertext | undefined {
  if (blob.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES) return undefined
  const head = blob.subarray(0, HEAD_BYTES)
  const multiRegion = head.readUInt8(MAGIC.length + 1)
  const hex = head.toString('hex', KEY_ID_AT, MATERIAL_ID_AT)
  const keyId = multiRegion === 1 ? `mrk-${hex}` : hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  const keyMaterialId = head.toString('hex', MATERIAL_ID_AT, MATERIAL_ID_AT + 32)
  // Compared as a whole, so that a head has one spelling only: magic, version, flag and zeros included.
  if (!headOf(keyId, keyMaterialId).equals(head)) return undefined
  const tagAt = blob.length - TAG_BYTES
  return {
    keyId,
    keyMaterialId,
    head,
    nonce: blob.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES),
    sealed: blob.subarray(HEAD_BYTES + NONCE_BYTES, tagAt),
    tag: blob.subarray(tagAt),
  }
}

/** The plaintext, or `undefined` when the blob was altered or the encryption context is another one. */
export function open(ciphertext: Ciphertext, material: KeyMaterial, context: Context): Buffer | undefined {
  // Node accepts tags as short as four bytes unless their length is pinned here.
  const options = { authTagLength: TAG_BYTES }
  const decipher = createDecipheriv('aes-256-gcm', secretOf(material), ciphertext.nonce, options)
  decipher.setAAD(Buffer.concat([ciphertext.head, canonical(context)]))
  decipher.setAuthTag(ciphertext.tag)
  const plaintext = decipher.update(ciphertext.sealed)
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    return undefined
  }
}

function headOf(keyId: string, keyMaterialId: string): Buffer {
  const multiRegion = keyId.startsWith('mrk-')
  const head = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(head)
  head.writeUInt8(VERSION, MAGIC.length)
  head.writeUInt8(multiRegion ? 1 : 0, MAGIC.length + 1)
  head.write(multiRegion ? keyId.slice(4) : keyId.replaceAll('-', ''), KEY_ID_AT, 'hex')
  head.write(keyMaterialId, MATERIAL_ID_AT, 'hex')
  return head
}

/** Sorted and length-prefixed: joined without lengths, `{a: 'bc'}` and `{ab: 'c'}` would be the same bytes. */
function canonical(context: Context): Buffer {
  const names = Object.keys(context).sort()
  const parts = names.flatMap((name) => [lengthPrefixed(name), lengthPrefixed(context[name] ?? '')])
  return Buffer.concat([uint32(names.length), ...parts])
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function secretOf(material: KeyMaterial): Buffer {
  return Buffer.from(material.secret, 'base64')
}

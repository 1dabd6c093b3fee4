import { createHash } from 'node:crypto'

/**
 * The wrap tag: a short name for "this CMK with this key material", at a fixed place in every inline envelope, so that
 * plain SQL can count rows by it. Two halves: the CMK's tag, then the key material's, which is all zeros where KMS did not
 * name the material.
 *
 * Advisory: it is not authenticated, and nothing irreversible may trust it.
 */
export const WRAP_TAG_LENGTH = 12
const HALF = WRAP_TAG_LENGTH / 2

const NO_MATERIAL = Buffer.alloc(HALF)
/** How KMS reports the id of a key material. */
const MATERIAL_ID = /^[0-9a-f]{64}$/

/**
 * @param cmkArn of the CMK that wraps the key.
 * @param keyMaterialId as KMS reports it: {@link isKeyMaterialId}, or absent.
 */
export function wrapTag(cmkArn: string, keyMaterialId?: string): Buffer {
  return Buffer.concat([cmkTag(cmkArn), keyMaterialId === undefined ? NO_MATERIAL : half(keyMaterialId)])
}

/** Whether this is a key material id: 64 lower-case hexadecimal digits. */
export function isKeyMaterialId(id: string): boolean {
  return MATERIAL_ID.test(id)
}

/** The tag that says another CMK's name and, where KMS does not tell the material, still the same material. */
export function retagged(tag: Uint8Array, cmkArn: string, keyMaterialId?: string): Buffer {
  if (keyMaterialId !== undefined) return wrapTag(cmkArn, keyMaterialId)
  return Buffer.concat([cmkTag(cmkArn), tag.subarray(HALF)])
}

/** Whether a tag names this CMK: the same key, or a replica of the same multi-Region key. */
export function namesCmk(tag: Uint8Array, cmkArn: string): boolean {
  return cmkTag(cmkArn).compare(tag, 0, HALF) === 0
}

/** Whether two tags name one CMK. */
export function isSameCmk(tag: Buffer, other: Buffer): boolean {
  return tag.compare(other, 0, HALF, 0, HALF) === 0
}

/** Whether both tags name a key material, and not the same one. */
export function isOtherMaterial(tag: Buffer, other: Buffer): boolean {
  const [own, others] = [tag.subarray(HALF), other.subarray(HALF)]
  return !own.equals(others) && !own.equals(NO_MATERIAL) && !others.equals(NO_MATERIAL)
}

/** The CMK's half as SQL finds it in a text column: eight characters of base64. */
export function cmkTagText(tag: Buffer): string {
  return tag.toString('base64', 0, HALF)
}

/**
 * A key ARN as all replicas of a multi-Region key share it: without the Region. The ARN of a single-Region key stays as it
 * is.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
export function regionlessArn(arn: string): string {
  return arn.replace(/^(arn:[^:]*:kms:)[^:]*(:[^:]*:key\/mrk-)/, '$1$2')
}

function cmkTag(arn: string): Buffer {
  return half(regionlessArn(arn))
}

function half(name: string): Buffer {
  return createHash('sha256').update(name).digest().subarray(0, HALF)
}

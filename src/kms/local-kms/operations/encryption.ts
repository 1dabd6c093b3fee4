import { type Ciphertext, type Context, open, parse, seal } from '../ciphertext.js'
import { bytes, type JsonObject, optionalOneOf, optionalText, refuse, stringMap } from '../input.js'
import { keyOf, lookUp, OTHER_FILE, requireUsable } from '../key-lookup.js'
import { KmsFault } from '../kms-fault.js'
import { currentMaterial, type KmsState, keyArn, type LocalKey } from '../state.js'
import type { Operation } from './operation.js'

const LONGEST_PLAINTEXT = 4096
const LONGEST_CIPHERTEXT = 6144
const ALGORITHM = 'SYMMETRIC_DEFAULT'

export const encrypt: Operation = ({ state, input }) => {
  const plaintext = bytes(input, 'Plaintext', { min: 1, max: LONGEST_PLAINTEXT })
  requireAlgorithm(input, 'EncryptionAlgorithm')
  const key = encryptingKey(state, input)
  const blob = seal(key.keyId, currentMaterial(key), plaintext, stringMap(input, 'EncryptionContext'))
  // AWS's Encrypt, alone among its siblings, does not name the key material.
  return {
    output: {
      CiphertextBlob: blob.toString('base64'),
      KeyId: keyArn(state, key.keyId),
      EncryptionAlgorithm: ALGORITHM,
    },
  }
}

export const decrypt: Operation = ({ state, input }) => {
  refuse(input, 'Recipient')
  requireAlgorithm(input, 'EncryptionAlgorithm')
  const { plaintext, key, ciphertext } = decrypted(state, input, 'KeyId', stringMap(input, 'EncryptionContext'))
  return {
    output: {
      KeyId: keyArn(state, key.keyId),
      Plaintext: plaintext.toString('base64'),
      EncryptionAlgorithm: ALGORITHM,
      KeyMaterialId: ciphertext.keyMaterialId,
    },
  }
}

export const reEncrypt: Operation = ({ state, input }) => {
  requireAlgorithm(input, 'SourceEncryptionAlgorithm')
  requireAlgorithm(input, 'DestinationEncryptionAlgorithm')
  const destination = encryptingKey(state, input, 'DestinationKeyId')
  const source = decrypted(state, input, 'SourceKeyId', stringMap(input, 'SourceEncryptionContext'))
  const material = currentMaterial(destination)
  const context = stringMap(input, 'DestinationEncryptionContext')
  return {
    output: {
      CiphertextBlob: seal(destination.keyId, material, source.plaintext, context).toString('base64'),
      SourceKeyId: keyArn(state, source.key.keyId),
      KeyId: keyArn(state, destination.keyId),
      SourceEncryptionAlgorithm: ALGORITHM,
      DestinationEncryptionAlgorithm: ALGORITHM,
      SourceKeyMaterialId: source.ciphertext.keyMaterialId,
      DestinationKeyMaterialId: material.id,
    },
  }
}

/** The key that a request encrypts under, able to. */
export function encryptingKey(state: KmsState, input: JsonObject, member = 'KeyId'): LocalKey {
  const key = keyOf(state, input, member)
  requireUsable(state, key, ALGORITHM)
  return key
}

function decrypted(
  state: KmsState,
  input: JsonObject,
  member: 'KeyId' | 'SourceKeyId',
  context: Context,
): { plaintext: Buffer; key: LocalKey; ciphertext: Ciphertext } {
  const blob = bytes(input, 'CiphertextBlob', { min: 1, max: LONGEST_CIPHERTEXT })
  const named = optionalText(input, member)
  const wanted = named === undefined ? undefined : lookUp(state, named)
  if (wanted !== undefined) requireUsable(state, wanted, ALGORITHM)
  const ciphertext = parse(blob)
  if (ciphertext === undefined) throw new KmsFault('InvalidCiphertextException')
  if (wanted !== undefined && wanted.keyId !== ciphertext.keyId) {
    const other = state.keys.has(ciphertext.keyId) ? '' : ` ${OTHER_FILE}`
    throw new KmsFault(
      'IncorrectKeyException',
      `The key ID in the request does not identify a CMK that can perform this operation.${other}`,
    )
  }
  const key = wanted ?? madeUnder(state, ciphertext)
  const material = key.materials.find(({ id }) => id === ciphertext.keyMaterialId)
  const plaintext = material === undefined ? undefined : open(ciphertext, material, context)
  if (plaintext === undefined) throw new KmsFault('InvalidCiphertextException')
  return { plaintext, key, ciphertext }
}

function madeUnder(state: KmsState, ciphertext: Ciphertext): LocalKey {
  const key = state.keys.get(ciphertext.keyId)
  if (key === undefined) {
    throw new KmsFault(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are ' +
        `not allowed to access. ${OTHER_FILE}`,
    )
  }
  requireUsable(state, key, ALGORITHM)
  return key
}

function requireAlgorithm(input: JsonObject, member: string): void {
  const algorithm = optionalOneOf(input, member, [ALGORITHM, 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'])
  if (algorithm === undefined || algorithm === ALGORITHM) return
  throw new KmsFault('InvalidKeyUsageException', `${member} is not an algorithm of a symmetric key.`)
}

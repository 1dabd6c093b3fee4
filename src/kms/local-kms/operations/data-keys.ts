import { randomBytes } from 'node:crypto'
import { seal } from '../ciphertext.js'
import { type JsonObject, optionalInteger, optionalOneOf, refuse, stringMap } from '../input.js'
import { invalidParameter, KmsFault } from '../kms-fault.js'
import { currentMaterial, type KmsState, keyArn } from '../state.js'
import { encryptingKey } from './encryption.js'
import type { Operation } from './operation.js'

const BYTES = { AES_128: 16, AES_256: 32 } as const
const SOME_BYTES = { min: 1, max: 1024 }

export const generateDataKey: Operation = ({ state, input }) => {
  refuse(input, 'Recipient')
  const { plaintext, wrapped } = dataKey(state, input)
  return { output: { ...wrapped, Plaintext: plaintext.toString('base64') } }
}

export const generateDataKeyWithoutPlaintext: Operation = ({ state, input }) => ({
  output: dataKey(state, input).wrapped,
})

export const generateRandom: Operation = ({ input }) => {
  refuse(input, 'CustomKeyStoreId')
  refuse(input, 'Recipient')
  const count = optionalInteger(input, 'NumberOfBytes', SOME_BYTES)
  if (count === undefined) throw invalidParameter('NumberOfBytes', 'Member must not be null')
  return { output: { Plaintext: randomBytes(count).toString('base64') } }
}

function dataKey(state: KmsState, input: JsonObject): { plaintext: Buffer; wrapped: JsonObject } {
  const count = lengthOf(input)
  const key = encryptingKey(state, input)
  const material = currentMaterial(key)
  const plaintext = randomBytes(count)
  const blob = seal(key.keyId, material, plaintext, stringMap(input, 'EncryptionContext'))
  return {
    plaintext,
    wrapped: {
      CiphertextBlob: blob.toString('base64'),
      KeyId: keyArn(state, key.keyId),
      KeyMaterialId: material.id,
    },
  }
}

function lengthOf(input: JsonObject): number {
  const spec = optionalOneOf(input, 'KeySpec', ['AES_128', 'AES_256'])
  const count = optionalInteger(input, 'NumberOfBytes', SOME_BYTES)
  if ((spec === undefined) === (count === undefined)) {
    throw new KmsFault('ValidationException', 'Please specify either number of bytes or key spec.')
  }
  return spec === undefined ? (count ?? 0) : BYTES[spec]
}

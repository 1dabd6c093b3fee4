import { createHmac, timingSafeEqual } from 'node:crypto'
import { bytes, type JsonObject, oneOf } from '../input.js'
import { keyOf, requireUsable } from '../key-lookup.js'
import { KmsFault } from '../kms-fault.js'
import { currentMaterial, type KmsState, keyArn } from '../state.js'
import type { Operation } from './operation.js'

const ALGORITHM = 'HMAC_SHA_256'
const ALGORITHMS = ['HMAC_SHA_224', ALGORITHM, 'HMAC_SHA_384', 'HMAC_SHA_512'] as const

export const generateMac: Operation = ({ state, input }) => {
  const { mac, arn } = macOf(state, input)
  return { output: { Mac: mac.toString('base64'), MacAlgorithm: ALGORITHM, KeyId: arn } }
}

export const verifyMac: Operation = ({ state, input }) => {
  const claimed = bytes(input, 'Mac', { min: 1, max: 6144 })
  const { mac, arn } = macOf(state, input)
  if (claimed.length !== mac.length || !timingSafeEqual(claimed, mac)) throw new KmsFault('KMSInvalidMacException')
  return { output: { KeyId: arn, MacValid: true, MacAlgorithm: ALGORITHM } }
}

function macOf(state: KmsState, input: JsonObject): { mac: Buffer; arn: string } {
  const message = bytes(input, 'Message', { min: 1, max: 4096 })
  const algorithm = oneOf(input, 'MacAlgorithm', ALGORITHMS)
  const key = keyOf(state, input)
  requireUsable(state, key, 'HMAC_256')
  const arn = keyArn(state, key.keyId)
  if (algorithm !== ALGORITHM)
    throw new KmsFault('InvalidKeyUsageException', `${algorithm} is not an algorithm of ${arn}.`)
  const secret = Buffer.from(currentMaterial(key).secret, 'base64')
  return { arn, mac: createHmac('sha256', secret).update(message).digest() }
}

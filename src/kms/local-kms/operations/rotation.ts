import { type JsonObject, optionalInteger, optionalOneOf, text } from '../input.js'
import { lookUpByKeyId, requireEnabled } from '../key-lookup.js'
import { DAY, rotated } from '../key-material.js'
import { KmsFault } from '../kms-fault.js'
import { page } from '../paging.js'
import { currentMaterial, type KeyMaterial, type KmsState, keyArn, keyState, type LocalKey, withKey } from '../state.js'
import { type Operation, wireDate } from './operation.js'

const DEFAULT_PERIOD_IN_DAYS = 365
const MOST_ROTATIONS_ON_DEMAND = 25
/** AWS refuses a rotation on demand so shortly before an automatic one, in milliseconds. */
const CONFLICT_WINDOW = 20 * 60_000

export const enableKeyRotation: Operation = ({ state, input, now }) => {
  const asked = optionalInteger(input, 'RotationPeriodInDays', { min: 90, max: 2560 })
  const key = rotatableKey(state, input)
  requireEnabled(state, key)
  if (key.rotation !== undefined && asked === undefined) return { output: {} }
  const periodInDays = asked ?? DEFAULT_PERIOD_IN_DAYS
  return { state: withKey(state, { ...key, rotation: { periodInDays, nextAt: now + periodInDays * DAY } }), output: {} }
}

export const disableKeyRotation: Operation = ({ state, input }) => {
  const key = rotatableKey(state, input)
  requireEnabled(state, key)
  const { rotation: _rotation, ...kept } = key
  return { state: withKey(state, kept), output: {} }
}

export const getKeyRotationStatus: Operation = ({ state, input }) => {
  const key = rotatableKey(state, input)
  const arn = keyArn(state, key.keyId)
  // AWS reports no rotation for a key that waits for its deletion, and resumes it when that is cancelled.
  if (key.rotation === undefined || keyState(key) === 'PendingDeletion') {
    return { output: { KeyId: arn, KeyRotationEnabled: false } }
  }
  return {
    output: {
      KeyId: arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: key.rotation.periodInDays,
      NextRotationDate: wireDate(key.rotation.nextAt),
    },
  }
}

/** On AWS this takes up to some minutes; here the new key material is there at once. */
export const rotateKeyOnDemand: Operation = ({ state, input, now }) => {
  const key = rotatableKey(state, input)
  requireEnabled(state, key)
  const done = key.materials.filter((material) => material.rotationType === 'ON_DEMAND').length
  if (done >= MOST_ROTATIONS_ON_DEMAND) {
    throw new KmsFault(
      'LimitExceededException',
      `A key is rotated on demand at most ${MOST_ROTATIONS_ON_DEMAND} times.`,
    )
  }
  if (key.rotation !== undefined && key.rotation.nextAt - now <= CONFLICT_WINDOW) {
    throw new KmsFault('ConflictException', 'An automatic rotation is about to begin.')
  }
  return { state: withKey(state, rotated(key, now, 'ON_DEMAND')), output: { KeyId: keyArn(state, key.keyId) } }
}

export const listKeyRotations: Operation = ({ state, input }) => {
  const key = rotatableKey(state, input)
  const all = optionalOneOf(input, 'IncludeKeyMaterial', ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']) === 'ALL_KEY_MATERIAL'
  const listed = all ? key.materials : key.materials.filter((material) => material.rotationType !== undefined)
  const { items, rest } = page(input, listed, 100)
  return { output: { Rotations: items.map((material) => listEntry(state, key, material)), ...rest } }
}

function listEntry(state: KmsState, key: LocalKey, material: KeyMaterial): JsonObject {
  return {
    KeyId: keyArn(state, key.keyId),
    KeyMaterialId: material.id,
    KeyMaterialState: material === currentMaterial(key) ? 'CURRENT' : 'NON_CURRENT',
    ...(material.rotationType === undefined
      ? {}
      : { RotationDate: wireDate(material.createdAt), RotationType: material.rotationType }),
  }
}

function rotatableKey(state: KmsState, input: JsonObject): LocalKey {
  const key = lookUpByKeyId(state, text(input, 'KeyId'))
  if (key.spec === 'SYMMETRIC_DEFAULT') return key
  throw new KmsFault(
    'UnsupportedOperationException',
    `${keyArn(state, key.keyId)} cannot be rotated: only symmetric keys can.`,
  )
}

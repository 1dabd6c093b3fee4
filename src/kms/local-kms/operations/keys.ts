import { randomUUID } from 'node:crypto'
import { flag, type JsonObject, objects, optionalInteger, optionalOneOf, optionalText, refuse, text } from '../input.js'
import { keyOf, lookUpByKeyId, requireNotPendingDeletion } from '../key-lookup.js'
import { DAY, newKeyMaterial } from '../key-material.js'
import { KmsFault } from '../kms-fault.js'
import { page } from '../paging.js'
import { KEY_SPECS, keyArn, keyState, type LocalKey, type LocalKeySpec, type Tag, withKey } from '../state.js'
import { keyMetadata } from './key-metadata.js'
import { type Operation, wireDate } from './operation.js'

const USAGE: Record<LocalKeySpec, string> = { SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT', HMAC_256: 'GENERATE_VERIFY_MAC' }
const MOST_TAGS = 50
const LONGEST_DESCRIPTION = 8192

/** `Policy` is accepted and ignored: there is one principal, and it may do everything. */
export const createKey: Operation = ({ state, input, now }) => {
  refuse(input, 'CustomKeyStoreId')
  refuse(input, 'XksKeyId')
  if ((optionalText(input, 'Origin') ?? 'AWS_KMS') !== 'AWS_KMS') refuse(input, 'Origin')
  const multiRegion = flag(input, 'MultiRegion')
  const id = randomUUID()
  const key: LocalKey = {
    keyId: multiRegion ? `mrk-${id.replaceAll('-', '')}` : id,
    spec: specOf(input),
    multiRegion,
    description: optionalText(input, 'Description', { min: 0, max: LONGEST_DESCRIPTION }) ?? '',
    tags: tagsOf(input),
    createdAt: now,
    enabled: true,
    materials: [newKeyMaterial(now)],
  }
  return { state: withKey(state, key), output: { KeyMetadata: keyMetadata(state, key) } }
}

export const describeKey: Operation = ({ state, input }) => ({
  output: { KeyMetadata: keyMetadata(state, keyOf(state, input)) },
})

export const listKeys: Operation = ({ state, input }) => {
  const { items, rest } = page(input, [...state.keys.keys()], 100)
  return { output: { Keys: items.map((keyId) => ({ KeyId: keyId, KeyArn: keyArn(state, keyId) })), ...rest } }
}

export const listResourceTags: Operation = ({ state, input }) => {
  const { items, rest } = page(input, keyOf(state, input).tags, 50)
  return { output: { Tags: items.map(({ key, value }) => ({ TagKey: key, TagValue: value })), ...rest } }
}

export const enableKey: Operation = (call) => switched(call, true)
export const disableKey: Operation = (call) => switched(call, false)

function switched({ state, input }: Parameters<Operation>[0], enabled: boolean): ReturnType<Operation> {
  const key = lookUpByKeyId(state, text(input, 'KeyId'))
  requireNotPendingDeletion(state, key)
  return { state: withKey(state, { ...key, enabled }), output: {} }
}

export const scheduleKeyDeletion: Operation = ({ state, input, now }) => {
  const key = lookUpByKeyId(state, text(input, 'KeyId'))
  const windowInDays = optionalInteger(input, 'PendingWindowInDays', { min: 7, max: 30 }) ?? 30
  requireNotPendingDeletion(state, key)
  const at = now + windowInDays * DAY
  return {
    // CancelKeyDeletion leaves a key disabled, whatever it was before.
    state: withKey(state, { ...key, enabled: false, deletion: { at, windowInDays } }),
    output: {
      KeyId: keyArn(state, key.keyId),
      DeletionDate: wireDate(at),
      KeyState: 'PendingDeletion',
      PendingWindowInDays: windowInDays,
    },
  }
}

export const cancelKeyDeletion: Operation = ({ state, input }) => {
  const key = lookUpByKeyId(state, text(input, 'KeyId'))
  const arn = keyArn(state, key.keyId)
  if (keyState(key) !== 'PendingDeletion') {
    throw new KmsFault('KMSInvalidStateException', `${arn} is not pending deletion.`)
  }
  const { deletion: _deletion, ...kept } = key
  return { state: withKey(state, kept), output: { KeyId: arn } }
}

function specOf(input: JsonObject): LocalKeySpec {
  const wanted = optionalText(input, 'KeySpec') ?? optionalText(input, 'CustomerMasterKeySpec') ?? 'SYMMETRIC_DEFAULT'
  const spec = KEY_SPECS.find((candidate) => candidate === wanted)
  if (spec === undefined) {
    throw new KmsFault(
      'UnsupportedOperationException',
      `The embedded KMS creates only ${KEY_SPECS.join(' and ')} keys.`,
    )
  }
  const usage = optionalOneOf(input, 'KeyUsage', [
    'ENCRYPT_DECRYPT',
    'GENERATE_VERIFY_MAC',
    'SIGN_VERIFY',
    'KEY_AGREEMENT',
  ])
  if ((usage ?? 'ENCRYPT_DECRYPT') !== USAGE[spec]) {
    throw new KmsFault(
      'ValidationException',
      `The operation failed because the KeyUsage is not compatible with KeySpec ${spec}.`,
    )
  }
  return spec
}

function tagsOf(input: JsonObject): Tag[] {
  const tags = objects(input, 'Tags').map((tag) => ({
    key: text(tag, 'TagKey', { min: 1, max: 128 }),
    value: text(tag, 'TagValue', { min: 0, max: 256 }),
  }))
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) throw new KmsFault('TagException', 'Duplicate tag keys')
  if (tags.length > MOST_TAGS) throw new KmsFault('TagException', 'Too many tags')
  return tags
}

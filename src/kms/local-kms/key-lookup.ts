import { type JsonObject, text } from './input.js'
import { KmsFault } from './kms-fault.js'
import { aliasArn, type KmsState, keyArn, keyState, type LocalKey, type LocalKeySpec } from './state.js'

const ARN = /^arn:[^:]*:kms:([^:]*):([^:]*):(?:key\/([^:/]+)|(alias\/.+))$/
const KEY_ID = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Put behind AWS's own words. */
export const OTHER_FILE =
  'The embedded KMS uses a different key file than the one that this data was written with, or none: pass the same file to localKms.'

/** The key that a key id, key ARN, alias name or alias ARN stands for; NotFoundException otherwise. */
export function lookUp(state: KmsState, name: string): LocalKey {
  const arn = name.startsWith('arn:') ? parseArn(state, name) : undefined
  const alias = arn?.alias ?? (name.startsWith('alias/') ? name : undefined)
  if (alias !== undefined) {
    const target = state.aliases.get(alias)
    if (target === undefined) throw new KmsFault('NotFoundException', `Alias ${aliasArn(state, alias)} is not found.`)
    return keyById(state, target.targetKeyId)
  }
  return keyById(state, arn?.keyId ?? name)
}

/** Like {@link lookUp}, where AWS takes no alias (key management, alias targets). */
export function lookUpByKeyId(state: KmsState, name: string): LocalKey {
  const arn = name.startsWith('arn:') ? parseArn(state, name) : undefined
  return keyById(state, arn === undefined ? name : (arn.keyId ?? name))
}

/** The key named by `KeyId`, or by another member, of a request. */
export function keyOf(state: KmsState, input: JsonObject, member = 'KeyId'): LocalKey {
  return lookUp(state, text(input, member))
}

/** Refuses what is disabled, or pending deletion, and what has another key usage. */
export function requireUsable(state: KmsState, key: LocalKey, spec: LocalKeySpec): void {
  requireEnabled(state, key)
  if (key.spec !== spec) {
    throw new KmsFault(
      'InvalidKeyUsageException',
      `${keyArn(state, key.keyId)} has a key usage that this operation does not support.`,
    )
  }
}

export function requireEnabled(state: KmsState, key: LocalKey): void {
  requireNotPendingDeletion(state, key)
  if (keyState(key) === 'Disabled') throw new KmsFault('DisabledException', `${keyArn(state, key.keyId)} is disabled.`)
}

export function requireNotPendingDeletion(state: KmsState, key: LocalKey): void {
  if (keyState(key) !== 'PendingDeletion') return
  throw new KmsFault('KMSInvalidStateException', `${keyArn(state, key.keyId)} is pending deletion.`)
}

function keyById(state: KmsState, keyId: string): LocalKey {
  const key = state.keys.get(keyId)
  if (key !== undefined) return key
  if (!KEY_ID.test(keyId)) throw new KmsFault('NotFoundException', `Invalid keyId '${keyId}'`)
  throw new KmsFault('NotFoundException', `Key '${keyArn(state, keyId)}' does not exist. ${OTHER_FILE}`)
}

function parseArn(state: KmsState, arn: string): { keyId: string | undefined; alias: string | undefined } {
  const [, region, accountId, keyId, alias] = ARN.exec(arn) ?? []
  if (region === undefined) throw new KmsFault('NotFoundException', 'Invalid arn')
  if (region !== state.region) throw new KmsFault('NotFoundException', `Invalid arn ${region}`)
  if (accountId !== state.accountId) {
    throw new KmsFault('AccessDeniedException', `The embedded KMS holds the keys of account ${state.accountId} only.`)
  }
  return { keyId, alias }
}

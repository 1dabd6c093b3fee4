import { type JsonObject, optionalText, text } from '../input.js'
import { lookUpByKeyId, requireNotPendingDeletion } from '../key-lookup.js'
import { invalidParameter, KmsFault } from '../kms-fault.js'
import { page } from '../paging.js'
import { aliasArn, type KmsState, type LocalAlias, type LocalKey, withAlias } from '../state.js'
import { type Operation, wireDate } from './operation.js'

const ALIAS_NAME = /^[a-zA-Z0-9/_-]+$/
const LONGEST_NAME = 256
const MOST_ALIASES_PER_KEY = 50

export const createAlias: Operation = ({ state, input, now }) => {
  const name = aliasName(input)
  const key = targetOf(state, input)
  if (state.aliases.has(name)) {
    throw new KmsFault('AlreadyExistsException', `An alias with the name ${aliasArn(state, name)} already exists`)
  }
  requireNotPendingDeletion(state, key)
  requireRoom(state, key)
  return { state: withAlias(state, { name, targetKeyId: key.keyId, createdAt: now, updatedAt: now }), output: {} }
}

export const updateAlias: Operation = ({ state, input, now }) => {
  const alias = existing(state, aliasName(input))
  const key = targetOf(state, input)
  requireNotPendingDeletion(state, key)
  if (state.keys.get(alias.targetKeyId)?.spec !== key.spec) {
    throw new KmsFault('ValidationException', 'An alias can move only between keys of the same type and usage.')
  }
  if (alias.targetKeyId !== key.keyId) requireRoom(state, key)
  return { state: withAlias(state, { ...alias, targetKeyId: key.keyId, updatedAt: now }), output: {} }
}

export const deleteAlias: Operation = ({ state, input }) => {
  const alias = existing(state, aliasName(input))
  const aliases = new Map(state.aliases)
  aliases.delete(alias.name)
  return { state: { ...state, aliases }, output: {} }
}

export const listAliases: Operation = ({ state, input }) => {
  const filter = optionalText(input, 'KeyId')
  const keyId = filter === undefined ? undefined : lookUpByKeyId(state, filter).keyId
  const all = [...state.aliases.values()].filter((alias) => keyId === undefined || alias.targetKeyId === keyId)
  const { items, rest } = page(input, all, 50)
  return { output: { Aliases: items.map((alias) => listEntry(state, alias)), ...rest } }
}

function listEntry(state: KmsState, alias: LocalAlias): JsonObject {
  return {
    AliasName: alias.name,
    AliasArn: aliasArn(state, alias.name),
    TargetKeyId: alias.targetKeyId,
    CreationDate: wireDate(alias.createdAt),
    LastUpdatedDate: wireDate(alias.updatedAt),
  }
}

function aliasName(input: JsonObject): string {
  const name = text(input, 'AliasName', { min: 1, max: LONGEST_NAME })
  if (!name.startsWith('alias/') || name === 'alias/') throw new KmsFault('ValidationException', 'Invalid identifier')
  if (!ALIAS_NAME.test(name)) {
    throw invalidParameter(
      'AliasName',
      'Member must satisfy regular expression pattern: ^[a-zA-Z0-9/_-]+$',
      `'${name}'`,
    )
  }
  if (name.startsWith('alias/aws/')) throw new KmsFault('NotAuthorizedException', 'alias/aws/ is reserved.')
  return name
}

function targetOf(state: KmsState, input: JsonObject): LocalKey {
  const target = text(input, 'TargetKeyId')
  if (target.startsWith('alias/') || target.includes(':alias/')) {
    throw new KmsFault('ValidationException', 'Aliases must refer to keys. Not aliases')
  }
  return lookUpByKeyId(state, target)
}

function existing(state: KmsState, name: string): LocalAlias {
  const alias = state.aliases.get(name)
  if (alias === undefined) throw new KmsFault('NotFoundException', `Alias ${aliasArn(state, name)} is not found.`)
  return alias
}

function requireRoom(state: KmsState, key: LocalKey): void {
  const count = [...state.aliases.values()].filter((alias) => alias.targetKeyId === key.keyId).length
  if (count < MOST_ALIASES_PER_KEY) return
  throw new KmsFault('LimitExceededException', `A key has at most ${MOST_ALIASES_PER_KEY} aliases.`)
}

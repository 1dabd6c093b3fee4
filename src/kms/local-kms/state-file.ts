import { EnvelopeConfigError } from '../../errors.js'
import { isObject, type JsonObject } from './input.js'
import {
  emptyState,
  KEY_SPECS,
  type KeyMaterial,
  type KmsState,
  type LocalAlias,
  type LocalKey,
  ROTATION_TYPES,
  type Tag,
} from './state.js'

/**
 * The key file of the embedded KMS: readable JSON, with a version. Everything is checked on reading, because a key file
 * that is half understood and then written back would lose keys, and with them all data that they protect.
 */
const VERSION = 1
const WARNING =
  'Development keys, in plaintext. Anyone who reads this file can decrypt everything. Never use it in production.'

export function formatStateFile(state: KmsState): string {
  const content = {
    prismaEnvelopeLocalKms: VERSION,
    warning: WARNING,
    region: state.region,
    accountId: state.accountId,
    keys: [...state.keys.values()],
    aliases: [...state.aliases.values()],
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

/**
 * The state in the text of a key file.
 * @throws EnvelopeConfigError `ENVELOPE_CONFIG_INVALID` when it is not one, is damaged, or is of a later version. The
 *   message names the file and the member, and quotes no values.
 */
export function parseStateFile(file: string, content: string): KmsState {
  const reader = new Reader(file)
  const root = reader.parse(content)
  const version = root.prismaEnvelopeLocalKms
  if (version === undefined) throw reader.foreign()
  if (version !== VERSION) throw reader.refuse('has a version that this release cannot read')
  const state = emptyState(reader.text(root, 'region', /^[a-z0-9-]+$/), reader.text(root, 'accountId', /^\d{12}$/))
  const keys = reader.list(root, 'keys').map((member) => readKey(reader, member))
  const aliases = reader.list(root, 'aliases').map((member) => readAlias(reader, member))
  const read = {
    ...state,
    keys: new Map(keys.map((key) => [key.keyId, key])),
    aliases: new Map(aliases.map((alias) => [alias.name, alias])),
  }
  if (read.keys.size < keys.length) throw reader.damaged('keyId')
  if (read.aliases.size < aliases.length) throw reader.damaged('name')
  if (aliases.some((alias) => !read.keys.has(alias.targetKeyId))) throw reader.damaged('targetKeyId')
  return read
}

function readKey(reader: Reader, member: JsonObject): LocalKey {
  const deletion = reader.optionalObject(member, 'deletion')
  const rotation = reader.optionalObject(member, 'rotation')
  const materials = reader.list(member, 'materials').map((material) => readMaterial(reader, material))
  if (materials.length === 0) throw reader.damaged('materials')
  return {
    keyId: reader.text(member, 'keyId', /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/),
    spec: reader.oneOf(member, 'spec', KEY_SPECS),
    multiRegion: reader.flag(member, 'multiRegion'),
    description: reader.text(member, 'description'),
    tags: reader
      .list(member, 'tags')
      .map((tag): Tag => ({ key: reader.text(tag, 'key'), value: reader.text(tag, 'value') })),
    createdAt: reader.number(member, 'createdAt'),
    enabled: reader.flag(member, 'enabled'),
    ...(deletion && {
      deletion: { at: reader.number(deletion, 'at'), windowInDays: reader.number(deletion, 'windowInDays') },
    }),
    ...(rotation && {
      rotation: { periodInDays: reader.number(rotation, 'periodInDays'), nextAt: reader.number(rotation, 'nextAt') },
    }),
    materials,
  }
}

function readMaterial(reader: Reader, member: JsonObject): KeyMaterial {
  const rotated = member.rotationType !== undefined
  return {
    id: reader.text(member, 'id', /^[0-9a-f]{64}$/),
    // 32 bytes in canonical base64: the last digit before the padding carries four bits only.
    secret: reader.text(member, 'secret', /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/),
    createdAt: reader.number(member, 'createdAt'),
    ...(rotated && { rotationType: reader.oneOf(member, 'rotationType', ROTATION_TYPES) }),
  }
}

function readAlias(reader: Reader, member: JsonObject): LocalAlias {
  return {
    name: reader.text(member, 'name', /^alias\/[a-zA-Z0-9/_-]+$/),
    targetKeyId: reader.text(member, 'targetKeyId'),
    createdAt: reader.number(member, 'createdAt'),
    updatedAt: reader.number(member, 'updatedAt'),
  }
}

/** Reads members by type, and says which one is wrong. */
class Reader {
  constructor(private readonly file: string) {}

  parse(content: string): JsonObject {
    let value: unknown
    try {
      value = JSON.parse(content)
    } catch {
      throw this.refuse('is not JSON')
    }
    if (!isObject(value)) throw this.foreign()
    return value
  }

  text(member: JsonObject, name: string, pattern?: RegExp): string {
    const value = member[name]
    if (typeof value !== 'string' || (pattern && !pattern.test(value))) throw this.damaged(name)
    return value
  }

  oneOf<const T extends string>(member: JsonObject, name: string, values: readonly T[]): T {
    const known = values.find((candidate) => candidate === member[name])
    if (known === undefined) throw this.damaged(name)
    return known
  }

  number(member: JsonObject, name: string): number {
    const value = member[name]
    if (typeof value !== 'number') throw this.damaged(name)
    return value
  }

  flag(member: JsonObject, name: string): boolean {
    const value = member[name]
    if (typeof value !== 'boolean') throw this.damaged(name)
    return value
  }

  list(member: JsonObject, name: string): JsonObject[] {
    const value = member[name]
    if (!Array.isArray(value) || !value.every(isObject)) throw this.damaged(name)
    return value
  }

  optionalObject(member: JsonObject, name: string): JsonObject | undefined {
    const value = member[name]
    if (value === undefined) return undefined
    if (!isObject(value)) throw this.damaged(name)
    return value
  }

  foreign(): EnvelopeConfigError {
    return this.refuse('is not a key file of the embedded KMS')
  }

  damaged(name: string): EnvelopeConfigError {
    return this.refuse(`is damaged at "${name}"`)
  }

  refuse(what: string): EnvelopeConfigError {
    return new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `localKms: the key file ${this.file} ${what}. It was left unchanged: restore it from a backup, or name another file.`,
    )
  }
}

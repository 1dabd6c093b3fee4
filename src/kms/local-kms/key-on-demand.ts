import { randomUUID } from 'node:crypto'
import type { JsonObject } from './input.js'
import { newKeyMaterial } from './key-material.js'
import { aliasArn, type KmsState, type LocalKeySpec, withAlias, withKey } from './state.js'

/**
 * The operations that make a key where an alias stands for none, and of which spec. Not Decrypt: what another key has
 * encrypted does not open under a new one, and the key file is then not the one that it was encrypted with.
 */
const SPECS = new Map<string, LocalKeySpec>([
  ['GenerateDataKey', 'SYMMETRIC_DEFAULT'],
  ['GenerateDataKeyWithoutPlaintext', 'SYMMETRIC_DEFAULT'],
  ['Encrypt', 'SYMMETRIC_DEFAULT'],
  ['ReEncrypt', 'SYMMETRIC_DEFAULT'],
  ['GenerateMac', 'HMAC_256'],
])

/** The state with a key behind the alias that a request names, where one of the patterns allows to make it. */
export function withKeysFor(
  state: KmsState,
  patterns: readonly string[],
  operation: string,
  input: JsonObject,
  now: number,
): KmsState {
  const spec = SPECS.get(operation)
  const named = operation === 'ReEncrypt' ? input.DestinationKeyId : input.KeyId
  if (spec === undefined || typeof named !== 'string') return state
  const prefix = aliasArn(state, '')
  const alias = named.startsWith(prefix) ? named.slice(prefix.length) : named
  if (state.aliases.has(alias) || !patterns.some((pattern) => matches(pattern, alias))) return state
  const keyId = randomUUID()
  const key = {
    keyId,
    spec,
    multiRegion: false,
    description: `created at the first use of ${alias}`,
    tags: [],
    createdAt: now,
    enabled: true,
    materials: [newKeyMaterial(now)],
  }
  return withAlias(withKey(state, key), { name: alias, targetKeyId: keyId, createdAt: now, updatedAt: now })
}

/** An alias of the characters that CreateAlias takes, whatever else `*` might stand for. */
function matches(pattern: string, alias: string): boolean {
  if (alias.length > 256 || !/^alias\/[a-zA-Z0-9/_-]+$/.test(alias)) return false
  const text = pattern.split('*').join('[a-zA-Z0-9/_-]*')
  return new RegExp(`^${text}$`).test(alias)
}

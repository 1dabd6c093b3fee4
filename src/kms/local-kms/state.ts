/**
 * All that the embedded KMS knows, as plain immutable data: an operation makes a new state, which counts only once it
 * is stored. Times are milliseconds since 1970.
 */
export interface KmsState {
  readonly region: string
  /** Twelve digits. */
  readonly accountId: string
  /** By key id. */
  readonly keys: ReadonlyMap<string, LocalKey>
  /** By name, `alias/…`. */
  readonly aliases: ReadonlyMap<string, LocalAlias>
}

export const KEY_SPECS = ['SYMMETRIC_DEFAULT', 'HMAC_256'] as const
/** A symmetric encryption key, or a key for HMACs. */
export type LocalKeySpec = (typeof KEY_SPECS)[number]

export interface LocalKey {
  /** A UUID, or `mrk-` and 32 hexadecimal digits. */
  readonly keyId: string
  readonly spec: LocalKeySpec
  readonly multiRegion: boolean
  readonly description: string
  readonly tags: readonly Tag[]
  readonly createdAt: number
  readonly enabled: boolean
  /** Set while the deletion is pending. */
  readonly deletion?: { readonly at: number; readonly windowInDays: number }
  /** Set while automatic rotation is on. */
  readonly rotation?: { readonly periodInDays: number; readonly nextAt: number }
  /** Oldest first; the last one encrypts, all decrypt. Never empty. */
  readonly materials: readonly KeyMaterial[]
}

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface KeyMaterial {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string
  /** 32 bytes in base64, in plaintext: this is why the embedded KMS is for development only. */
  readonly secret: string
  readonly createdAt: number
  /** Absent for the first. */
  readonly rotationType?: RotationType
}

export const ROTATION_TYPES = ['ON_DEMAND', 'AUTOMATIC'] as const
export type RotationType = (typeof ROTATION_TYPES)[number]

export interface LocalAlias {
  readonly name: string
  readonly targetKeyId: string
  readonly createdAt: number
  readonly updatedAt: number
}

export type LocalKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

export function emptyState(region: string, accountId: string): KmsState {
  return { region, accountId, keys: new Map(), aliases: new Map() }
}

export function withKey(state: KmsState, key: LocalKey): KmsState {
  return { ...state, keys: new Map(state.keys).set(key.keyId, key) }
}

export function withAlias(state: KmsState, alias: LocalAlias): KmsState {
  return { ...state, aliases: new Map(state.aliases).set(alias.name, alias) }
}

export function keyState(key: LocalKey): LocalKeyState {
  if (key.deletion !== undefined) return 'PendingDeletion'
  return key.enabled ? 'Enabled' : 'Disabled'
}

export function currentMaterial(key: LocalKey): KeyMaterial {
  const material = key.materials.at(-1)
  if (material === undefined) throw new Error('a key without key material')
  return material
}

export function keyArn(state: KmsState, keyId: string): string {
  return `${arnPrefix(state)}:key/${keyId}`
}

export function aliasArn(state: KmsState, name: string): string {
  return `${arnPrefix(state)}:${name}`
}

function arnPrefix({ region, accountId }: KmsState): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:kms:${region}:${accountId}`
}

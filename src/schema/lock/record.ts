import { type ValueTypeName, valueTypeNames } from '../../values/index.js'
import type { IndexScope, Normalizer } from '../model-map.js'

/**
 * The lock file: a small committed file with everything that stored data depends on and a changed schema no longer shows:
 * the logical name, value type and index definition of each encrypted field, and which tenant owns the rows of each model.
 *
 * A logical name is part of what every envelope authenticates (and of each index's subkey), so data that was written
 * before a model or field was renamed opens only under the old name. The generator writes the file if it is missing or out
 * of date, also in CI; a job that finds the checkout dirty after `prisma generate` has found a lock file that somebody
 * forgot to commit.
 */
export interface Lock {
  /** Every model of the schema, including those without encrypted fields; empty if read from version 1. */
  readonly models: ReadonlyMap<string, ModelRecord>
  /** By the field's current place, `Model.field`. */
  readonly fields: ReadonlyMap<string, FieldRecord>
  /** The tenant of shared rows; once it has a name, it keeps it. */
  readonly sharedTenant?: string
  /** The tables of the key table, by the database's names. */
  readonly keyTable?: KeyTableRecord
  /** Whether a model that is not in `models` is new to the schema. Not known without a file, nor from version 1. */
  readonly complete: boolean
}

export const emptyLock: Lock = { models: new Map(), fields: new Map(), complete: false }

/** By table: a renamed model keeps its rows. */
export interface KeyTableRecord {
  readonly keys: string
  readonly counts: string
}

export interface ModelRecord {
  /** If it is not the model's name: `@@map`, after `@@schema` and a dot if there is a schema. */
  readonly table?: string
  readonly tenant?: TenantRecord
}

/** Which tenant owns a row: what the column holds, the tenant of another row, the shared one, or that of each call. */
export type TenantRecord = ColumnRecord | RelationRecord | 'shared' | 'bound'

export interface ColumnRecord {
  readonly field: string
  /** If it is not the field's name: `@map`. */
  readonly column?: string
  /** How its values are spelt in what is authenticated: `Int` and `BigInt` spell a number alike. */
  readonly type: TenantType
}

/** By the foreign key, whose columns a renamed relation keeps. */
export interface RelationRecord {
  /** That it refers to. */
  readonly model: string
  /** Its columns in the database. */
  readonly through: readonly string[]
}

export const tenantTypes = ['text', 'uuid', 'integer'] as const
export type TenantType = (typeof tenantTypes)[number]

export type FieldRecord = NameRecord | EncryptedRecord | IndexRecord

/** The record of a field that is gone, from version 1, which stored nothing else. */
export interface NameRecord {
  /** The logical name. */
  readonly as: string
  /** If it is not the field's name: `@map`. */
  readonly column?: string
}

export interface EncryptedRecord extends NameRecord {
  readonly type: StoredType
  /** Whether rows may hold plaintext: left from before (`legacy: read`), or written on purpose (`write: plain`). */
  readonly plaintext?: PlaintextState
}

export const plaintextStates = ['legacy', 'written'] as const
export type PlaintextState = (typeof plaintextStates)[number]

export type StoredType = ValueTypeName | `${ValueTypeName}[]`
export const storedTypes: readonly StoredType[] = valueTypeNames.flatMap((name) => [name, `${name}[]` as const])

export interface IndexRecord extends NameRecord {
  /** The logical name of its source: a renamed source changes nothing. */
  readonly index: string
  readonly scope: IndexScope
  readonly normalize: readonly Normalizer[]
  /** Of an index of a part: which, `first(3)`. */
  readonly part?: string
}

/** One line of the lock file, as `serializeLock` writes it and as messages print it. */
export function lineOf(key: string, record: ModelRecord | FieldRecord | KeyTableRecord): string {
  // JSON escapes line breaks inside strings.
  return `${JSON.stringify(key)}: ${JSON.stringify(record, null, 1).replace(/\n */g, ' ')}`
}

export function placeOf({ model, field }: { readonly model: string; readonly field: string }): string {
  return `${model}.${field}`
}

export function partsOf(place: string): [model: string, field: string] {
  const [model = '', field = ''] = place.split('.')
  return [model, field]
}

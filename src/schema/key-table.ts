import type { Database } from '../databases/index.js'

/**
 * The models that are this package's own, and what each of their fields must be: what `prisma generate` checks, and what
 * `prisma-envelope sql --keys` and `--jobs` print. The names of the fields are fixed; those of models, tables and columns are
 * not.
 */

/** The two models of a key table. */
export const keyTableParts = ['keys', 'counts'] as const
/** And where jobs keep their positions. */
export const ownTableParts = [...keyTableParts, 'jobs'] as const
export type OwnTablePart = (typeof ownTableParts)[number]

export interface KeyTableField {
  readonly name: string
  readonly type: 'Bytes' | 'BigInt' | 'String' | 'DateTime'
  readonly optional?: true
  readonly isId?: true
  /** Part of the id or of the unique, so that the database must be able to have it in a key. */
  readonly inKey?: true
  /** Of `Bytes`: the exact length of every value. */
  readonly bytes?: number
  /** Of `Bytes`: the greatest length. */
  readonly maxBytes?: number
  /** Of `String`: the greatest length, in characters. */
  readonly maxCharacters?: number
}

const id: KeyTableField = { name: 'id', type: 'Bytes', isId: true, inKey: true, bytes: 16 }

/** A tenant has at most 255 bytes, and an ARN fewer characters than that. */
const forPeople = 255

export const keyTableFields: Readonly<Record<OwnTablePart, readonly KeyTableField[]>> = {
  keys: [
    id,
    { name: 'owner', type: 'Bytes', inKey: true, bytes: 16 },
    { name: 'seq', type: 'BigInt', inKey: true },
    // KMS returns at most 6,144 bytes; the rest is for what is written before them.
    { name: 'section', type: 'Bytes', maxBytes: 6500 },
    { name: 'wrapTag', type: 'Bytes', bytes: 12 },
    { name: 'cmk', type: 'String', optional: true, maxCharacters: forPeople },
    { name: 'tenant', type: 'String', maxCharacters: forPeople },
    { name: 'scope', type: 'String', maxCharacters: 64 },
    { name: 'createdAt', type: 'DateTime' },
    { name: 'retiredAt', type: 'DateTime', optional: true },
  ],
  counts: [id, { name: 'reserved', type: 'BigInt' }],
  jobs: [
    id,
    { name: 'job', type: 'String', maxCharacters: forPeople },
    // What was skipped is in it, by primary key.
    { name: 'state', type: 'Bytes' },
    { name: 'changedAt', type: 'DateTime' },
  ],
}

/** The unique of the keys: an owner has one key of each number. In this order, by which the newest is found. */
export const keyTableUnique = ['owner', 'seq'] as const

export const keyTableAnnotations: Readonly<Record<OwnTablePart, string>> = {
  keys: '/// @encrypted.keys',
  counts: '/// @encrypted.keyCounts',
  jobs: '/// @encrypted.jobs',
}

/** A field's type in the Prisma schema, with its attributes: `Bytes @id @db.Binary(16)`. */
export function typeOf(database: Database, field: KeyTableField): string {
  const native = nativeTypeOf(database, field)
  const attributes = [
    ...(field.isId ? [idAttribute(database)] : []),
    ...(native === undefined ? [] : [`@db.${native}`]),
  ]
  return [`${field.type}${field.optional ? '?' : ''}`, ...attributes].join(' ')
}

/** What makes a field the one that identifies a row. */
export function idAttribute({ columns }: Database): '@id' | '@unique' {
  return columns.bytesIds ? '@id' : '@unique'
}

/** The native type to write, where a column without one is too short or cannot be a key. */
function nativeTypeOf({ columns }: Database, field: KeyTableField): string | undefined {
  const { bytes, maxBytes, maxCharacters } = field
  if (bytes !== undefined && columns.keyBytes !== undefined) return `${columns.keyBytes}(${bytes})`
  // Unbounded would do as well, but is stored apart from the row.
  if (maxBytes !== undefined && columns.keyBytes !== undefined) return `VarBinary(${maxBytes})`
  const isTooShort = maxCharacters !== undefined && maxCharacters > (columns.defaultTextLength ?? maxCharacters)
  return isTooShort ? `VarChar(${maxCharacters})` : undefined
}

import type { IndexKindName } from '../search/kinds/names.js'
import type { ValueTypeName } from '../values/names.js'

/** The shape of the structure below. A map of another version is refused. */
export const modelMapVersion = 2

/**
 * The compiled model map: everything the runtime knows about a Prisma schema.
 *
 * The generator writes it as one readable constant, `encryptedModels`, which `fieldEncryption({ models })` takes, and as
 * `encryption.json` next to it, which the command line reads. It is plain data: every model of the schema is in it, since
 * a call may reach an encrypted field through models that have none.
 *
 * Later releases may add properties, and members of the unions below. A release refuses a map with a member that it does
 * not know, and one with a property that it does not know where that says how data are stored (`tenant`, `encrypted`,
 * `index`): see `isModelMap`.
 */
export interface ModelMap {
  /** Of this structure. A map of another version is refused: run `prisma generate`. */
  readonly version: typeof modelMapVersion
  /** Prisma's `datasource.provider`. */
  readonly provider: string
  /** Of the schema's text, to tell whether the client was generated from the same one. */
  readonly digest?: string
  /** Every model of the schema, by its Prisma name. */
  readonly models: { readonly [model: string]: ModelEntry }
}

export interface ModelEntry {
  /** The table's name in the database: `@@map`, else the model's name. */
  readonly table: string
  /** The database schema (`@@schema`), where there is one. */
  readonly schema?: string
  /** A `view` block: nothing says which of its columns read encrypted ones. */
  readonly view?: true
  /** The scalar fields that address one row: the primary key, else the first required unique. `[]` for a view without. */
  readonly key: readonly string[]
  /** Compound unique inputs by the name that Prisma gives them (`tenantId_email`), ids included. */
  readonly compounds: { readonly [name: string]: readonly string[] }
  /** Which tenant owns a row. Left out where the schema does not say. */
  readonly tenant?: TenantEntry
  readonly fields: { readonly [field: string]: FieldEntry }
}

/**
 * Where the tenant of a row comes from. Each source has properties of its own: a union to be, whose tag is `from`, with
 * one member today.
 */
export interface TenantEntry {
  /** A column of the row itself: the `@encrypted.tenant` field. */
  readonly from: TenantSource
  readonly field: string
  readonly type: TenantColumnType
  /** `@db.Uuid`: the database answers in lower case, whatever was written. */
  readonly uuid?: true
  /**
   * The database may take two spellings of a tenant for the same, `acme` and `ACME`: text on MySQL and SQL Server, unless
   * the annotation says `collation: binary`.
   */
  readonly folds?: true
}

export const tenantSources = ['column'] as const
export type TenantSource = (typeof tenantSources)[number]

/** Prisma's types that a tenant column can have. */
export const tenantColumnTypes = ['String', 'Int', 'BigInt'] as const
export type TenantColumnType = (typeof tenantColumnTypes)[number]

export type FieldEntry = ScalarEntry | RelationEntry

export interface ScalarEntry {
  readonly kind: 'scalar'
  /** Prisma's scalar type, or the enum's name. */
  readonly type: string
  /** The column's name in the database: `@map`, else the field's name. */
  readonly column: string
  readonly list?: true
  readonly optional?: true
  /** `@unique` or a single-field `@id`. */
  readonly unique?: true
  /**
   * Who gives the value that a create leaves out: Prisma, as the schema has it (`literal`) or made anew by its client
   * (uuid, cuid, ulid, nanoid, now, `@updatedAt`), or the database (autoincrement, sequence, dbgenerated). Prisma's
   * own are in the SQL. A list or an optional field may be left out without any.
   */
  readonly default?: DefaultOrigin
  readonly encrypted?: EncryptedEntry
  readonly index?: IndexEntry
}

export const defaultOrigins = ['literal', 'client', 'database'] as const
export type DefaultOrigin = (typeof defaultOrigins)[number]

/** An `@encrypted` field. */
export interface EncryptedEntry {
  /** What its values are, by the name that is authenticated with each. Of a list, each element is one. */
  readonly type: ValueTypeName
  /**
   * The logical name `model.field`, frozen in the authenticated data of every envelope of this field. `as: "…"`, else
   * the names that the model and the field had when they were first generated.
   */
  readonly as: string
  /**
   * What a create that leaves the field out stores, sealed: the literal of `@default`. Text as it is, bytes in base64, a
   * document as JSON text; a list of these for a list. The column's own DEFAULT would be stored in clear.
   */
  readonly default?: string | readonly string[]
}

/** An `@encrypted.index` column: the blind index of another field of the same model. */
export interface IndexEntry {
  /** What the index can answer, and so what its column holds. */
  readonly kind: IndexKindName
  /** The encrypted field it is computed from. */
  readonly source: string
  readonly normalize: readonly Normalizer[]
  /** Whether equal values of two tenants give different tokens (`tenant`) or the same one (`global`). */
  readonly scope: IndexScope
  /** The logical name `model.field` of this index column, frozen in its subkey. */
  readonly as: string
  /** The developer accepted that a field of few possible values can be guessed from its tokens. */
  readonly lowEntropy?: true
}

export const indexScopes = ['tenant', 'global'] as const
export type IndexScope = (typeof indexScopes)[number]

export const normalizers = ['trim', 'lowercase', 'nfc', 'nfkc', 'unaccent', 'digits'] as const
export type Normalizer = (typeof normalizers)[number]

export interface RelationEntry {
  readonly kind: 'relation'
  readonly model: string
  readonly list?: true
  readonly optional?: true
  /** The foreign key, on the side that holds it: `fields` of this model point at `references` of the other. */
  readonly fields?: readonly string[]
  readonly references?: readonly string[]
  /** The name of the field at the other end. */
  readonly opposite: string
}

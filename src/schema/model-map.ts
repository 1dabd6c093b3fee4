/**
 * The compiled model map: everything the runtime knows about a Prisma schema.
 *
 * The generator writes it as one readable constant, `encryptedModels`; `fieldEncryption({ models })` takes it. It is
 * plain data: every model of the schema is in it, since a call may reach an encrypted field through models that have
 * none.
 */
export interface ModelMap {
  /** The shape of this structure. A runtime refuses a map of another version. */
  readonly version: 1
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
  /** The `@encrypted.tenant` field. */
  readonly tenant?: TenantEntry
  readonly fields: { readonly [field: string]: FieldEntry }
}

export interface TenantEntry {
  readonly field: string
  readonly type: 'String' | 'Int' | 'BigInt'
  /** `@db.Uuid`: the database answers in lower case, whatever was written. */
  readonly uuid?: true
  /**
   * The database may take two spellings of a tenant for the same, `acme` and `ACME`: text on MySQL and SQL Server, unless
   * the annotation says `collation: binary`.
   */
  readonly folds?: true
}

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
  readonly default?: 'literal' | 'client' | 'database'
  readonly encrypted?: EncryptedEntry
  readonly index?: IndexEntry
}

/** An `@encrypted` field. */
export interface EncryptedEntry {
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
  /** The encrypted field it is computed from. */
  readonly source: string
  readonly normalize: readonly Normalizer[]
  /** Whether equal values of two tenants give different tokens (`tenant`) or the same one (`global`). */
  readonly scope: 'tenant' | 'global'
  /** The logical name `model.field` of this index column, frozen in its subkey. */
  readonly as: string
  /** The developer accepted that a field of few possible values can be guessed from its tokens. */
  readonly lowEntropy?: true
}

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

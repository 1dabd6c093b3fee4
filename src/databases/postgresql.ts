import { type Stored, TEXT_PREFIX } from '../envelope/index.js'
import { type Checks, intoMigration } from './checks.js'
import { constraintName } from './constraint-name.js'
import type { Database } from './database.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { standardName as quote, tableName } from './quoted-name.js'
import type { Cell, CellUpdate, RowRewrite } from './row-update.js'

const heads = envelopeHeads.map((head) => `'\\x${head}'::bytea`).join(', ')

/**
 * A CHECK cannot examine the elements one by one, but can compare all of them with two bounds. With a NULL element it would
 * be NULL, which a CHECK lets pass: hence `IS TRUE`. An empty array passes.
 */
const everyElement = (column: string, from: string, below: string): string =>
  `(${from} <= ALL (${column}) AND ${below} > ALL (${column})) IS TRUE`

/** The bounds of all texts that begin with the prefix, compared byte by byte: from `pe1:` up to `pe1;`. */
const prefixed = (prefix: string): [string, string] => [`'${prefix}'`, `'${prefix.slice(0, -1)};'`]

/** From the first head up to the last: wider than {@link heads}, but no text begins that way. */
const headRange = headBounds()

function headBounds(): [string, string] {
  const first = Number.parseInt(envelopeHeads.toSorted()[0] ?? '', 16)
  const last = Number.parseInt(envelopeHeads.toSorted().at(-1) ?? '', 16)
  const literal = (head: number): string => `'\\x${head.toString(16).padStart(4, '0')}'::bytea`
  return [literal(first), literal(last + 1)]
}

const checks: Checks = {
  envelope: {
    text: (column) => `${column} LIKE '${TEXT_PREFIX}%'`,
    // The cast is for `@db.Json`: json and jsonb have functions with different names.
    json: (column) => `jsonb_typeof(${column}::jsonb) = 'string' AND ${column} #>> '{}' LIKE '${TEXT_PREFIX}%'`,
    bytes: (column) =>
      `octet_length(${column}) >= ${minimumEnvelopeBytes} AND substring(${column}, 1, 2) IN (${heads})`,
  },
  list: {
    text: (column) => everyElement(`${column} COLLATE "C"`, ...prefixed(TEXT_PREFIX)),
    json: (column) => everyElement(`${column}::text[] COLLATE "C"`, ...prefixed(`"${TEXT_PREFIX}`)),
    bytes: (column) => everyElement(column, ...headRange),
  },
  token: (column, bytes) => `octet_length(${column}) = ${bytes}`,
  statement(column, condition) {
    const table = tableName(quote, column)
    const name = quote(constraintName(column))
    const check = condition(quote(column.column))
    return `ALTER TABLE ${table} ADD CONSTRAINT ${name}
  CHECK (${check}) NOT VALID;
-- ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};
`
  },
  notes: [
    'Apply it with `psql --single-transaction --set ON_ERROR_STOP=1 --file <this file> "$DATABASE_URL"`,',
    intoMigration,
    '',
    'NOT VALID: existing rows are not checked now, so adding a constraint takes no time. But every later UPDATE of such a',
    'row is checked, whatever column it changes: encrypt plaintext rows first. Then run the commented statements, which',
    'read the table without blocking writes; once VALIDATE succeeds, every row of the table passes.',
  ],
}

const rewrite: RowRewrite = {
  placeholder: (n) => `$${n}`,
  after: (cell, parameter) => `${parameter(parameterOf(cell, cell.after))}${castOf(cell)}`,
  isBefore: (column, cell, parameter) => {
    const cast = castOf(cell)
    return `${column}${cast} = ${parameter(parameterOf(cell, cell.before))}${cast}`
  },
  update({ table, key, set, unchanged }) {
    const columns = key.join(', ')
    const values = set()
    const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} FOR NO KEY UPDATE SKIP LOCKED`
    return `UPDATE ${table} SET ${values} WHERE (${columns}) IN (${free})`
  },
}

/** The column may be json, which has no equality operator, or jsonb; json[] or varchar[], which need a cast to be compared. */
function castOf({ json, before }: CellUpdate): string {
  if (!isList(before)) return json ? '::jsonb' : ''
  return json ? '::jsonb[]' : before.some((item) => typeof item !== 'string') ? '::bytea[]' : '::text[]'
}

/** A list as one parameter: a list of thousands would need more parameters than a statement may have. */
function parameterOf({ json }: CellUpdate, value: Cell): Stored {
  if (!isList(value)) return json ? JSON.stringify(value) : value
  const texts = value.map((item) => {
    const text =
      typeof item !== 'string' ? `\\x${Buffer.from(item).toString('hex')}` : json ? JSON.stringify(item) : item
    return `"${text.replace(/["\\]/g, '\\$&')}"`
  })
  return `{${texts.join(',')}}`
}

function isList(value: Cell): value is readonly Stored[] {
  return typeof value === 'object' && !(value instanceof Uint8Array)
}

export const postgresql: Database = {
  name: 'PostgreSQL',
  quote,
  lists: true,
  foldsText: false,
  nullsAreLast: true,
  nativeUpsert: true,
  restrict: 'Restrict',
  indexesForeignKeys: false,
  columns: {
    roomy: { text: ['Text', 'VarChar'], bytes: ['ByteA'] },
    remedy: { text: '`@db.Text`', bytes: '`@db.ByteA`' },
    faithfulText: ['Text', 'VarChar', 'Uuid'],
    unboundedKeys: true,
    bytesIds: true,
    manyNulls: true,
  },
  checks,
  rewrite,
}

import { TEXT_PREFIX } from '../envelope/index.js'
import { type Checks, intoMigration } from './checks.js'
import { constraintName } from './constraint-name.js'
import type { Database } from './database.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { tableName } from './quoted-name.js'
import type { RowRewrite } from './row-update.js'

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``

const heads = envelopeHeads.map((head) => `0x${head}`).join(', ')

/** As bytes, since the default collations treat `PE1:` as equal. */
const hasPrefix = (text: string): string => `CAST(LEFT(${text}, ${TEXT_PREFIX.length}) AS BINARY) = '${TEXT_PREFIX}'`

/** MySQL 8.0.16 and later, MariaDB 10.2.1 and later. */
const checks: Checks = {
  envelope: {
    text: hasPrefix,
    // `<=>` is 0 rather than NULL if MariaDB finds no JSON.
    json: (column) => `JSON_TYPE(${column}) <=> 'STRING' AND ${hasPrefix(`JSON_UNQUOTE(${column})`)}`,
    bytes: (column) => `LENGTH(${column}) >= ${minimumEnvelopeBytes} AND SUBSTRING(${column}, 1, 2) IN (${heads})`,
  },
  token: (column, bytes) => `LENGTH(${column}) = ${bytes}`,
  statement(column, condition) {
    const check = condition(quote(column.column))
    return `ALTER TABLE ${tableName(quote, column)} ADD CONSTRAINT ${quote(constraintName(column))}
  CHECK (${check});
`
  },
  notes: [
    'Apply it with `mysql <database> < <this file>`,',
    intoMigration,
    '',
    'All rows are checked when a constraint is added, while the table is locked for writes: encrypt plaintext rows first.',
    'MySQL before 8.0.16 accepts these statements and ignores them.',
  ],
}

/** MySQL 8.0 and MariaDB 10.6, which support SKIP LOCKED. */
const rewrite: RowRewrite = {
  placeholder: () => '?',
  after: ({ json, after }, parameter) => parameter(json ? JSON.stringify(after) : after),
  // As bytes: most collations ignore case, and so treat different envelopes as equal. From a Json column, the string's
  // text, since MySQL and MariaDB store it in different ways.
  isBefore: (column, { json, before }, parameter) =>
    `CAST(${json ? `JSON_UNQUOTE(${column})` : column} AS BINARY) = CAST(${parameter(before)} AS BINARY)`,
  update({ table, key, set, unchanged }) {
    const columns = key.join(', ')
    // MySQL does not allow a subquery on the table that is updated, and with IN would lock all of it; LIMIT keeps the
    // derived table, and its lock, from being merged into the statement.
    const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} LIMIT 1 FOR UPDATE SKIP LOCKED`
    return `UPDATE ${table} JOIN (${free}) AS free USING (${columns}) SET ${set()}`
  },
}

/** MySQL and MariaDB, which have the same name in Prisma. */
export const mysql: Database = {
  name: 'MySQL',
  quote,
  lists: false,
  foldsText: true,
  nullsAreLast: false,
  nativeUpsert: false,
  restrict: 'Restrict',
  indexesForeignKeys: true,
  columns: {
    roomy: {
      text: ['Text', 'MediumText', 'LongText', 'VarChar'],
      bytes: ['Blob', 'MediumBlob', 'LongBlob', 'VarBinary'],
    },
    remedy: { text: '`@db.Text`', bytes: '`@db.LongBlob`' },
    shortDefaultText: 'VARCHAR(191)',
    defaultTextLength: 191,
    faithfulText: ['Text', 'VarChar', 'TinyText', 'MediumText', 'LongText'],
    // Bytes is LONGBLOB, which needs a length in a key.
    unboundedKeys: false,
    keyBytes: 'Binary',
    bytesIds: true,
    manyNulls: true,
  },
  checks,
  rewrite,
}

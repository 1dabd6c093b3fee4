import { TEXT_PREFIX } from '../../envelope/text.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { type Dialect, intoMigration, tableName } from './dialect.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { constraintName } from './names.js'

const heads = envelopeHeads.map((head) => `'\\x${head}'::bytea`).join(', ')

/** PostgreSQL, and CockroachDB, which follows it. */
export const postgresql: Dialect = {
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  conditions: {
    text: (column) => `${column} LIKE '${TEXT_PREFIX}%'`,
    // The cast is for `@db.Json`: the functions of json and jsonb have different names.
    json: (column) => `jsonb_typeof(${column}::jsonb) = 'string' AND ${column} #>> '{}' LIKE '${TEXT_PREFIX}%'`,
    bytes: (column) =>
      `octet_length(${column}) >= ${minimumEnvelopeBytes} AND substring(${column}, 1, 2) IN (${heads})`,
    token: (column) => `octet_length(${column}) = ${TOKEN_LENGTH}`,
  },
  statement(column, condition) {
    const table = tableName(this, column)
    const name = this.quote(constraintName(column))
    const check = condition(this.quote(column.column))
    return `ALTER TABLE ${table} ADD CONSTRAINT ${name}
  CHECK (${check}) NOT VALID;
-- ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};
`
  },
  notes: [
    'Apply it with `psql --single-transaction --set ON_ERROR_STOP=1 --file <this file> "$DATABASE_URL"`,',
    intoMigration,
    '',
    'NOT VALID: rows that are there are not looked at now, so that adding a constraint takes no time. Every later',
    'UPDATE of such a row is, of whatever column: encrypt what is in clear first. Then run the commented statements,',
    'which read the table without blocking writes; once VALIDATE succeeds, no row of it holds anything else.',
  ],
}

import { TEXT_PREFIX } from '../../envelope/text.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { type Dialect, intoMigration, tableName } from './dialect.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { constraintName } from './names.js'

const heads = envelopeHeads.map((head) => `'\\x${head}'::bytea`).join(', ')

/**
 * A CHECK may not look at the elements one by one, but may compare all of them with two bounds. With a NULL among them it
 * would be NULL, which a CHECK lets pass: hence `IS TRUE`. It is of an empty array.
 */
const everyElement = (column: string, from: string, below: string): string =>
  `(${from} <= ALL (${column}) AND ${below} > ALL (${column})) IS TRUE`

/** What begins with the prefix, compared byte by byte: `pe1:` and everything before `pe1;`. */
const prefixed = (prefix: string): [string, string] => [`'${prefix}'`, `'${prefix.slice(0, -1)};'`]

/** From the first head up to the last one: wider than {@link heads}, but no text begins so. */
const headRange = headBounds()

function headBounds(): [string, string] {
  const first = Number.parseInt(envelopeHeads.toSorted()[0] ?? '', 16)
  const last = Number.parseInt(envelopeHeads.toSorted().at(-1) ?? '', 16)
  const literal = (head: number): string => `'\\x${head.toString(16).padStart(4, '0')}'::bytea`
  return [literal(first), literal(last + 1)]
}

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
  listConditions: {
    text: (column) => everyElement(`${column} COLLATE "C"`, ...prefixed(TEXT_PREFIX)),
    json: (column) => everyElement(`${column}::text[] COLLATE "C"`, ...prefixed(`"${TEXT_PREFIX}`)),
    bytes: (column) => everyElement(column, ...headRange),
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

import { TEXT_PREFIX } from '../envelope/index.js'
import { type CheckedColumn, type Checks, intoMigration } from './checks.js'
import { constraintName } from './constraint-name.js'
import type { Database } from './database.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { standardName as quote, tableName } from './quoted-name.js'
import type { RowRewrite } from './row-update.js'

const heads = envelopeHeads.map((head) => `x'${head}'`).join(', ')

/**
 * A CHECK cannot be added to an existing table, so triggers are used; they also check the value's type, since a column
 * accepts values of any type.
 */
const checks: Checks = {
  envelope: {
    // Not LIKE, which would also match `PE1:`.
    text: (value) => `typeof(${value}) = 'text' AND ${value} GLOB '${TEXT_PREFIX}*'`,
    // The CASE keeps invalid JSON from `json_type`, which would fail with its own message.
    json: (value) =>
      `CASE WHEN json_valid(${value}) THEN json_type(${value}) = 'text' AND json_extract(${value}, '$') GLOB '${TEXT_PREFIX}*' ELSE 0 END`,
    bytes: (value) =>
      `typeof(${value}) = 'blob' AND length(${value}) >= ${minimumEnvelopeBytes} AND substr(${value}, 1, 2) IN (${heads})`,
  },
  token: (value, bytes) => `typeof(${value}) = 'blob' AND length(${value}) = ${bytes}`,
  statement(column, condition) {
    const insert = trigger(column, 'INSERT', '_insert', condition)
    const update = trigger(column, `UPDATE OF ${quote(column.column)}`, '_update', condition)
    return `${insert}\n${update}`
  },
  notes: [
    'Apply it with `sqlite3 <database> < <this file>`,',
    intoMigration,
    '',
    'These are triggers, since SQLite cannot add a CHECK to an existing table. Existing rows are not checked. Prisma',
    'Migrate rebuilds a table for most changes to it, which drops its triggers: apply this again in the same migration.',
    'It can be run any number of times.',
  ],
}

function trigger(
  column: CheckedColumn,
  event: string,
  suffix: string,
  condition: (reference: string) => string,
): string {
  const name = quote(constraintName(column, suffix))
  const message = `${column.table}.${column.column} accepts only values that prisma-envelope wrote`
  return `DROP TRIGGER IF EXISTS ${name};
CREATE TRIGGER ${name} BEFORE ${event} ON ${tableName(quote, column)}
  WHEN NOT (${condition(`NEW.${quote(column.column)}`)})
BEGIN
  SELECT RAISE(ABORT, '${message.replaceAll("'", "''")}');
END;
`
}

const rewrite: RowRewrite = {
  placeholder: () => '?',
  after: ({ json, after }, parameter) => parameter(json ? JSON.stringify(after) : after),
  isBefore: (column, { json, before }, parameter) => `${column} = ${parameter(json ? JSON.stringify(before) : before)}`,
  // One writer at a time: there is no row lock to skip.
  update: ({ table, set, unchanged }) => `UPDATE ${table} SET ${set()} WHERE ${unchanged()}`,
}

/** SQLite and libSQL. */
export const sqlite: Database = {
  name: 'SQLite',
  quote,
  lists: false,
  foldsText: false,
  nullsAreLast: false,
  likeFoldsCase: true,
  nativeUpsert: true,
  restrict: 'Restrict',
  indexesForeignKeys: false,
  columns: {
    roomy: { text: [], bytes: [] },
    remedy: { text: '`String`', bytes: '`Bytes`' },
    faithfulText: [],
    unboundedKeys: true,
    bytesIds: true,
    manyNulls: true,
  },
  checks,
  rewrite,
}

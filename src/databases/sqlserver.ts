import { TEXT_PREFIX } from '../envelope/index.js'
import { type Checks, intoMigration } from './checks.js'
import { constraintName } from './constraint-name.js'
import type { Database } from './database.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { tableName } from './quoted-name.js'

const quote = (name: string): string => `[${name.replaceAll(']', ']]')}]`

const heads = envelopeHeads.map((head) => `0x${head}`).join(', ')

/** By code points, since the default collations treat `PE1:` as equal. */
const begins = (column: string, prefix: string): string => `${column} COLLATE Latin1_General_BIN2 LIKE '${prefix}%'`

const checks: Checks = {
  envelope: {
    text: (column) => begins(column, TEXT_PREFIX),
    // Json is a text column here, and a JSON string begins with a quotation mark.
    json: (column) => begins(column, `"${TEXT_PREFIX}`),
    bytes: (column) => `DATALENGTH(${column}) >= ${minimumEnvelopeBytes} AND SUBSTRING(${column}, 1, 2) IN (${heads})`,
  },
  token: (column, bytes) => `DATALENGTH(${column}) = ${bytes}`,
  statement(column, condition) {
    const table = tableName(quote, column)
    const name = quote(constraintName(column))
    const check = condition(quote(column.column))
    return `ALTER TABLE ${table} WITH NOCHECK ADD CONSTRAINT ${name}
  CHECK (${check});
-- ALTER TABLE ${table} WITH CHECK CHECK CONSTRAINT ${name};
`
  },
  notes: [
    'Apply it with `sqlcmd -b -i <this file>`,',
    intoMigration,
    '',
    'NOCHECK: existing rows are not checked now. A later UPDATE of such a row may be: encrypt plaintext rows first. Then',
    'run the commented statements, which read the table.',
  ],
}

/** Rows are not rewritten on it: the statement is neither written nor tested. */
export const sqlserver: Database = {
  name: 'SQL Server',
  quote,
  lists: false,
  foldsText: true,
  nullsAreLast: false,
  nativeUpsert: false,
  restrict: 'NoAction',
  indexesForeignKeys: false,
  columns: {
    roomy: { text: ['VarChar', 'NVarChar', 'Text', 'NText'], bytes: ['VarBinary', 'Image'] },
    remedy: { text: '`@db.NVarChar(Max)`', bytes: '`@db.VarBinary(Max)`' },
    shortDefaultText: 'NVARCHAR(1000)',
    defaultTextLength: 1000,
    lengthOne: ['VarChar', 'NVarChar', 'VarBinary', 'Binary'],
    faithfulText: ['VarChar', 'NVarChar', 'Text', 'NText'],
    // Bytes is VARBINARY(MAX), which cannot be in a key.
    unboundedKeys: false,
    keyBytes: 'VarBinary',
    bytesIds: false,
    // A unique index allows only one NULL.
    manyNulls: false,
  },
  checks,
}

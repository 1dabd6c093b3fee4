import { TEXT_PREFIX } from '../../envelope/text.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { type Dialect, intoMigration, tableName } from './dialect.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { constraintName } from './names.js'

const heads = envelopeHeads.map((head) => `0x${head}`).join(', ')

/** By code points, since the default collations take `PE1:` for the same. */
const begins = (column: string, prefix: string): string => `${column} COLLATE Latin1_General_BIN2 LIKE '${prefix}%'`

export const sqlserver: Dialect = {
  quote: (name) => `[${name.replaceAll(']', ']]')}]`,
  conditions: {
    text: (column) => begins(column, TEXT_PREFIX),
    // Json is a text column here, and a JSON string begins with its quotation mark.
    json: (column) => begins(column, `"${TEXT_PREFIX}`),
    bytes: (column) => `DATALENGTH(${column}) >= ${minimumEnvelopeBytes} AND SUBSTRING(${column}, 1, 2) IN (${heads})`,
    token: (column) => `DATALENGTH(${column}) = ${TOKEN_LENGTH}`,
  },
  statement(column, condition) {
    const table = tableName(this, column)
    const name = this.quote(constraintName(column))
    const check = condition(this.quote(column.column))
    return `ALTER TABLE ${table} WITH NOCHECK ADD CONSTRAINT ${name}
  CHECK (${check});
-- ALTER TABLE ${table} WITH CHECK CHECK CONSTRAINT ${name};
`
  },
  notes: [
    'Apply it with `sqlcmd -b -i <this file>`,',
    intoMigration,
    '',
    'NOCHECK: rows that are there are not looked at now. A later UPDATE of such a row may be: encrypt what is in clear',
    'first. Then run the commented statements, which read the table.',
  ],
}

import { TEXT_PREFIX } from '../../envelope/text.js'
import { TOKEN_LENGTH } from '../../search/index.js'
import { type Dialect, intoMigration, tableName } from './dialect.js'
import { envelopeHeads, minimumEnvelopeBytes } from './envelope-bytes.js'
import { constraintName } from './names.js'

const heads = envelopeHeads.map((head) => `0x${head}`).join(', ')

/** As bytes, since the default collations take `PE1:` for the same. */
const hasPrefix = (text: string): string => `CAST(LEFT(${text}, ${TEXT_PREFIX.length}) AS BINARY) = '${TEXT_PREFIX}'`

/** MySQL 8.0.16 and later, MariaDB 10.2.1 and later. */
export const mysql: Dialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  conditions: {
    text: hasPrefix,
    // `<=>` is 0 rather than NULL where MariaDB finds no JSON.
    json: (column) => `JSON_TYPE(${column}) <=> 'STRING' AND ${hasPrefix(`JSON_UNQUOTE(${column})`)}`,
    bytes: (column) => `LENGTH(${column}) >= ${minimumEnvelopeBytes} AND SUBSTRING(${column}, 1, 2) IN (${heads})`,
    token: (column) => `LENGTH(${column}) = ${TOKEN_LENGTH}`,
  },
  statement(column, condition) {
    const check = condition(this.quote(column.column))
    return `ALTER TABLE ${tableName(this, column)} ADD CONSTRAINT ${this.quote(constraintName(column))}
  CHECK (${check});
`
  },
  notes: [
    'Apply it with `mysql <database> < <this file>`,',
    intoMigration,
    '',
    'All rows are checked when a constraint is added, while the table is locked for writes: encrypt what is in clear',
    'first. MySQL before 8.0.16 reads these statements and ignores them.',
  ],
}

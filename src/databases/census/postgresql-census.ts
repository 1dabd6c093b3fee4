import { standardName as quote, tableName } from '../quoted-name.js'
import { censusOf } from './compose.js'
import type { Dialect } from './dialect.js'
import { BASE64 } from './envelope-parts.js'

const bytewise = (text: string): string => `(${text} COLLATE "C")`
const hex = (bytes: string): string => `encode(${bytes}, 'hex')`

export const postgresqlDialect: Dialect = {
  placeholder: (n) => `$${n}`,
  quote,
  tableName: (table) => tableName(quote, table),
  envelope: (form, value) => {
    if (form === 'bytes') return value
    // json and jsonb have functions with different names, and this operator: NULL for JSON's null.
    return bytewise(form === 'json' ? `coalesce(${value} #>> '{}', '')` : `${value}::text`)
  },
  part: (form, envelope, from, length) =>
    form === 'bytes' ? hex(`substring(${envelope}, ${from}, ${length})`) : `substr(${envelope}, ${from}, ${length})`,
  length: (_form, envelope) => `octet_length(${envelope})`,
  sub: (text, from, length) => `substr(${text}, ${from}, ${length})`,
  textLength: (text) => `length(${text})`,
  literal: (text) => `'${text}'`,
  joined: (...texts) => texts.join(' || '),
  bytewise,
  fence: ' OFFSET 0',
  longestSection: 6_500,
  hides: (table) => `SELECT row_security_active(${table}::text::regclass)::int AS hidden`,
  asText: (column) => bytewise(`${column}::text`),
  hex,
  dataKey: (form, id) => {
    const rest = `substring(${id}, 2)`
    return form === 'bytes' ? hex(rest) : `encode(${rest}, 'base64')`
  },
  sextet: (character) => `(strpos('${BASE64}', ${character}) - 1)`,
  byte: (digits) => `(('x' || lpad(${digits}, 8, '0'))::bit(32)::int)`,
  elements: (column) => ` CROSS JOIN LATERAL unnest(${column}) AS e`,
}

export const postgresqlCensus = censusOf(postgresqlDialect)

import { tableName } from '../quoted-name.js'
import { censusOf } from './compose.js'
import type { Dialect } from './dialect.js'
import { BASE64 } from './envelope-parts.js'

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``
/** The usual collations ignore case. */
const binary = (text: string): string => `CAST(${text} AS BINARY)`
const hex = (bytes: string): string => binary(`LOWER(HEX(${bytes}))`)

export const mysqlDialect: Dialect = {
  placeholder: () => '?',
  quote,
  tableName: (table) => tableName(quote, table),
  // MySQL and MariaDB store a JSON string in different ways.
  envelope: (form, value) => (form === 'json' ? `JSON_UNQUOTE(${value})` : value),
  part: (form, envelope, from, length) => {
    const part = `SUBSTRING(${envelope}, ${from}, ${length})`
    return form === 'bytes' ? hex(part) : binary(part)
  },
  length: (form, envelope) => (form === 'bytes' ? `LENGTH(${envelope})` : `CHAR_LENGTH(${envelope})`),
  sub: (text, from, length) => `SUBSTRING(${text}, ${from}, ${length})`,
  textLength: (text) => `LENGTH(${text})`,
  literal: (text) => binary(`'${text}'`),
  joined: (...texts) => `CONCAT(${texts.join(', ')})`,
  bytewise: binary,
  // Only by a copy of all values.
  fence: '',
  // What is longer in base64 is ordered by its first 1,024 bytes: max_sort_length.
  longestSection: 700,
  asText: (column) => binary(`CAST(${column} AS CHAR CHARACTER SET utf8mb4)`),
  hex,
  dataKey: (form, id) => {
    const rest = `SUBSTRING(${id}, 2)`
    return form === 'bytes' ? hex(rest) : binary(`TO_BASE64(${rest})`)
  },
  sextet: (character) => `(LOCATE(${character}, ${binary(`'${BASE64}'`)}) - 1)`,
  byte: (digits) => `CONV(${digits}, 16, 10)`,
  elements: () => '',
}

export const mysqlCensus = censusOf(mysqlDialect)

import { standardName as quote, tableName } from '../quoted-name.js'
import { censusOf } from './compose.js'
import type { Dialect } from './dialect.js'
import { BASE64 } from './envelope-parts.js'

const hex = (bytes: string): string => `lower(hex(${bytes}))`
/** The number of one hexadecimal digit. */
const digit = (digits: string, at: number): string => `(instr('0123456789abcdef', substr(${digits}, ${at}, 1)) - 1)`

/** Base64 of hexadecimal, three digits and two characters at a time: SQLite has no function for it. */
function base64(digits: string, from: number, count: number): string {
  const character = (sextet: string): string => `substr('${BASE64}', 1 + ${sextet}, 1)`
  return Array.from({ length: count / 3 }, (_, i) => {
    const [a, b, c] = [0, 1, 2].map((j) => digit(digits, from + 3 * i + j))
    return `${character(`${a} * 4 + ${b} / 4`)} || ${character(`(${b} % 4) * 16 + ${c}`)}`
  }).join(' || ')
}

/** A value's type is its own here, not its column's. */
export const sqliteDialect: Dialect = {
  placeholder: () => '?',
  quote,
  tableName: (table) => tableName(quote, table),
  envelope: (form, value) => {
    if (form === 'bytes') return `CASE WHEN typeof(${value}) = 'blob' THEN ${value} ELSE x'' END`
    const text = `CASE WHEN typeof(${value}) = 'text' THEN ${value} ELSE '' END`
    if (form === 'text') return text
    // Other programs may escape what need not be, such as a slash.
    return `CASE WHEN typeof(${value}) <> 'text' THEN '' WHEN substr(${value}, 1, 1) = '"' AND instr(${value}, char(92)) = 0 THEN substr(${value}, 2, length(${value}) - 2) \
WHEN json_valid(${value}) THEN CASE WHEN json_type(${value}) = 'text' THEN json_extract(${value}, '$') ELSE '' END ELSE '' END`
  },
  part: (form, envelope, from, length) => {
    const part = `substr(${envelope}, ${from}, ${length})`
    return form === 'bytes' ? hex(part) : part
  },
  length: (_form, envelope) => `length(${envelope})`,
  sub: (text, from, length) => `substr(${text}, ${from}, ${length})`,
  textLength: (text) => `length(${text})`,
  literal: (text) => `'${text}'`,
  joined: (...texts) => texts.join(' || '),
  bytewise: (text) => text,
  fence: ' LIMIT -1',
  longestSection: 6_500,
  asText: (column) => `CAST(${column} AS TEXT)`,
  hex,
  dataKey: (form, id) => (form === 'bytes' ? hex(`substr(${id}, 2)`) : base64(hex(id), 3, 30)),
  sextet: (character) => `(instr('${BASE64}', ${character}) - 1)`,
  byte: (digits) => `(${digit(digits, 1)} * 16 + ${digit(digits, 2)})`,
  elements: () => '',
}

export const sqliteCensus = censusOf(sqliteDialect)

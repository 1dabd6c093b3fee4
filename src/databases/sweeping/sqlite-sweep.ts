import { TEXT_PREFIX } from '../../envelope/index.js'
import { envelopeHeads } from '../envelope-bytes.js'
import { standardName as quote, tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { beginningOf, byLength, groupsOf, type ReplacementGroup, sizeIn, statement } from './statement.js'
import {
  BEGINNING,
  NO_ENVELOPE,
  type PartialRange,
  type RowKey,
  SHORTEST_REST,
  type SweepSql,
  type SweptColumn,
  type SweptTable,
  TABLE_BEGINNING,
} from './swept-table.js'

export const placeholder = (): string => '?'
export const from = (table: SweptTable): string => tableName(quote, table)

/** A value's type is its own here, not its column's: it is the first letter of the text. `quote` writes all digits of a number. */
export function keyTexts({ key }: SweptTable): string {
  const text = (column: string): string =>
    `CASE typeof(${column}) WHEN 'integer' THEN 'i' || ${column} WHEN 'real' THEN 'r' || quote(${column}) \
WHEN 'blob' THEN 'b' || lower(hex(${column})) ELSE 't' || ${column} END`
  return key.map((column, i) => `${text(quote(column))} AS k${i}`).join(', ')
}

export function keyValue(part: string, parameter: Parameter): string {
  const text = part.slice(1)
  switch (part[0]) {
    case 'i':
      return `CAST(${parameter(text)} AS INTEGER)`
    case 'r':
      return `CAST(${parameter(text)} AS REAL)`
    case 'b':
      return parameter(Uint8Array.from(Buffer.from(text, 'hex')))
    default:
      return parameter(text)
  }
}

/** By the column's own collation, which the left side has. */
function compared({ key }: SweptTable, operator: '>' | '<=', row: RowKey, parameter: Parameter): string {
  const values = key.map((_, i) => keyValue(row[i] ?? '', parameter))
  if (key.length === 1) return `${quote(key[0] ?? '')} ${operator} ${values[0]}`
  return `(${key.map(quote).join(', ')}) ${operator} (${values.join(', ')})`
}

export function within(table: SweptTable, { after, last }: PartialRange, parameter: Parameter): string {
  const bounds = [
    ...(after === undefined ? [] : [compared(table, '>', after, parameter)]),
    ...(last === undefined ? [] : [compared(table, '<=', last, parameter)]),
  ]
  return bounds.length === 0 ? 'true' : bounds.join(' AND ')
}

type Form = SweptColumn['form']

/** Of the value as it is stored: a JSON string begins with a quotation mark. */
function first(form: Form, column: string, length: number): string {
  if (form === 'bytes') return `lower(hex(substr(${column}, 1, ${length})))`
  return `substr(${column}, ${form === 'json' ? 2 : 1}, ${length})`
}

const heads = envelopeHeads.map((head) => `'${head}'`).join(', ')

/** Whether the value is of the type, and in the form, that its envelopes have. */
function isOfForm(form: Form, column: string): string {
  if (form === 'bytes') return `typeof(${column}) = 'blob'`
  const text = `typeof(${column}) = 'text'`
  // Other writers may escape what need not be, such as a slash: characters are not counted in that.
  return form === 'json' ? `${text} AND substr(${column}, 1, 1) = '"' AND instr(${column}, char(92)) = 0` : text
}

function beginning(form: Form, column: string): string {
  const none = `WHEN ${column} IS NULL THEN NULL WHEN NOT (${isOfForm(form, column)}) THEN '${NO_ENVELOPE}'`
  if (form === 'bytes') {
    return `CASE ${none} WHEN ${first(form, column, 2)} NOT IN (${heads}) THEN '${NO_ENVELOPE}' \
WHEN substr(hex(substr(${column}, 2, 1)), 2) IN ('0', '2', '4', '6', '8', 'A', 'C', 'E') THEN ${first(form, column, TABLE_BEGINNING.bytes)} \
ELSE ${first(form, column, BEGINNING.bytes)} END`
  }
  const flags = `substr(${column}, ${form === 'json' ? 8 : 7}, 1)`
  return `CASE ${none} WHEN ${first(form, column, TEXT_PREFIX.length)} <> '${TEXT_PREFIX}' THEN '${NO_ENVELOPE}' \
WHEN ${flags} <= 'D' THEN ${first(form, column, TABLE_BEGINNING.characters)} ELSE ${first(form, column, BEGINNING.characters)} END`
}

/** Characters of the envelope, of `Bytes` bytes. */
function lengthOf(form: Form, column: string): string {
  return form === 'json' ? `(length(${column}) - 2)` : `length(${column})`
}

function isWhole({ column: { column, form }, cut }: ReplacementGroup): string {
  const least = cut + (form === 'bytes' ? SHORTEST_REST.bytes : SHORTEST_REST.characters)
  return `${isOfForm(form, quote(column))} AND ${lengthOf(form, quote(column))} >= ${least}`
}

function replaced({ column: { column, form }, cut }: ReplacementGroup, put: string, parameter: Parameter): string {
  const name = quote(column)
  // Concatenated as text, whose bytes these are where texts are UTF-8: {@link sqliteSweep.fault}.
  if (form === 'bytes') {
    const bytes = parameter(Uint8Array.from(Buffer.from(put, 'hex')))
    return `CAST(${bytes} || substr(${name}, ${cut + 1}) AS BLOB)`
  }
  if (form === 'json') return `'"' || ${parameter(put)} || substr(${name}, ${cut + 2})`
  return `${parameter(put)} || substr(${name}, ${cut + 1})`
}

/** SQLite and libSQL. One writer at a time: there is no row lock to skip. */
export const sqliteSweep: SweepSql = {
  facts: () => ({ sql: 'SELECT \'encoding\' AS "column", encoding AS type FROM pragma_encoding', parameters: [] }),

  fault: ({ columns }, facts) => {
    const encoding = facts.get('encoding')?.type
    return encoding !== 'UTF-8' && columns.some(({ form }) => form === 'bytes')
      ? `the database's encoding is ${encoding ?? 'unknown'}, and there are encrypted Bytes`
      : undefined
  },

  page: (table, _facts, bounds, size) =>
    statement(placeholder, (parameter) => {
      const key = table.key.map(quote)
      const where = within(table, bounds, parameter)
      const page = `SELECT ${key.join(', ')} FROM ${from(table)} WHERE ${where} ORDER BY ${key.join(', ')} LIMIT ${size}`
      const backwards = key.map((column) => `${column} DESC`).join(', ')
      return `SELECT ${keyTexts(table)}, count(*) OVER () AS rows FROM (${page}) AS page ORDER BY ${backwards} LIMIT 1`
    }),

  beginnings: (table, _facts, range) =>
    statement(placeholder, (parameter) => {
      const each = table.columns.map(
        ({ column, form }, i) =>
          `${beginning(form, quote(column))} AS g${i}, ${lengthOf(form, quote(column))} AS l${i}`,
      )
      const names = table.columns.map((_, i) => `g${i}`).join(', ')
      const shortest = table.columns.map((_, i) => `min(l${i}) AS m${i}`).join(', ')
      const page = `SELECT ${each.join(', ')} FROM ${from(table)} WHERE ${within(table, range, parameter)}`
      const size = table.columns.map((_, i) => `coalesce(l${i}, 0)`).join(' + ')
      return `SELECT ${names}, ${shortest}, sum(${size}) AS size, count(*) AS rows FROM (${page}) AS page GROUP BY ${names}`
    }),

  wholes: (table, _facts, range, { column, form }, begun, length, most, except) =>
    statement(placeholder, (parameter) => {
      const value = quote(column)
      const where = within(table, range, parameter)
      const matched = `${beginning(form, value)} IN (${begun.map(parameter).join(', ')})`
      const others = except.map((one) => ` AND ${first(form, value, sizeIn(form, one))} <> ${parameter(one)}`)
      const found = `SELECT ${first(form, value, length)} AS v FROM ${from(table)} WHERE ${where} AND ${matched}${others.join('')}`
      return `SELECT v FROM (${found}) AS found GROUP BY v ORDER BY count(*) DESC LIMIT ${most}`
    }),

  keys: (table, _facts, range, filter, most) =>
    statement(placeholder, (parameter) => {
      const { column, form } = filter.column
      const value = quote(column)
      const where = within(table, range, parameter)
      const matched = [
        `${beginning(form, value)} = ${parameter(filter.beginning)}`,
        ...(filter.whole === undefined
          ? []
          : [`${first(form, value, sizeIn(form, filter.whole))} = ${parameter(filter.whole)}`]),
        ...(filter.shorter === undefined ? [] : [`${lengthOf(form, value)} < ${filter.shorter}`]),
        ...(filter.longer === undefined ? [] : [`${lengthOf(form, value)} > ${filter.longer}`]),
      ].join(' AND ')
      const order = table.key.map(quote).join(', ')
      return `SELECT ${keyTexts(table)} FROM ${from(table)} WHERE ${where} AND ${matched} ORDER BY ${order} LIMIT ${most}`
    }),

  begun: (table, _facts, range, beginnings) =>
    statement(placeholder, (parameter) => {
      const where = within(table, range, parameter)
      const any = [...beginnings].flatMap(([{ column, form }, all]) =>
        [...byLength(form, all)].map(
          ([length, some]) => `${first(form, quote(column), length)} IN (${some.map(parameter).join(', ')})`,
        ),
      )
      return `SELECT 1 AS found FROM ${from(table)} WHERE ${where} AND (${any.join(' OR ')}) LIMIT 1`
    }),

  replace: (table, _facts, range, replacements) =>
    statement(placeholder, (parameter) => {
      const groups = groupsOf(replacements)
      const set = [...groups].map(([{ column, form }, some]) => {
        const name = quote(column)
        const cases = some.flatMap((group) =>
          group.entries.map((one) => {
            const is = (length: number, text: string): string => `${first(form, name, length)} = ${parameter(text)}`
            const matches = `${is(group.begins, beginningOf(group, one))} AND ${is(group.cut, one.cut)}`
            return `WHEN ${matches} AND ${isWhole(group)} THEN ${replaced(group, one.put, parameter)}`
          }),
        )
        return `${name} = CASE ${cases.join(' ')} ELSE ${name} END`
      })
      const where = within(table, range, parameter)
      const stale = [...groups].flatMap(([{ column, form }, some]) =>
        some.map((group) => {
          const isOneOf = (length: number, all: readonly string[]): string =>
            `${first(form, quote(column), length)} IN (${all.map(parameter).join(', ')})`
          const begins = isOneOf(group.begins, [...new Set(group.entries.map((one) => beginningOf(group, one)))])
          const isCut = isOneOf(
            group.cut,
            group.entries.map(({ cut }) => cut),
          )
          return `(${begins} AND ${isCut} AND ${isWhole(group)})`
        }),
      )
      return `UPDATE ${from(table)} SET ${set.join(', ')} WHERE ${where} AND (${stale.join(' OR ')})`
    }),

  shown: (part) => part.slice(1),
}

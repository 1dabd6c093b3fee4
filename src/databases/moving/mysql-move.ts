import type { Parameter } from '../row-update.js'
import { formOf, from, keyTexts, placeholder, quote } from '../sweeping/mysql-key.js'
import { ownerSql, ROW, textOf } from '../sweeping/mysql-values.js'
import { statement } from '../sweeping/statement.js'
import type { ColumnFacts, RowKey } from '../sweeping/swept-table.js'
import { ownerOf } from '../sweeping/values-sql.js'
import type { MoveSql } from './move-sql.js'

/** Rows whose columns hold one of these, column by column: a comparison of rows as wholes would use no index. */
function holding(facts: ColumnFacts, by: readonly string[], values: readonly RowKey[], parameter: Parameter): string {
  const [first, ...more] = by
  if (first === undefined || values.length === 0) return 'false'
  const value = (column: string, text: string | undefined): string => formOf(facts, column).value(parameter(text))
  const column = (name: string): string => formOf(facts, name).compared(`${ROW}.${quote(name)}`)
  if (more.length === 0) return `${column(first)} IN (${values.map(([text]) => value(first, text)).join(', ')})`
  const each = values.map((texts) => by.map((name, i) => `${column(name)} = ${value(name, texts[i])}`).join(' AND '))
  return each.map((one) => `(${one})`).join(' OR ')
}

/** MySQL 8.0 and MariaDB 10.6. */
export const mysqlMove: MoveSql = {
  // Under the default, what is read without a lock would be what was there when the transaction began.
  isolation: 'ReadCommitted',

  find: (table, facts, { by, values, most, lock }) =>
    statement(placeholder, (parameter) => {
      const selected = [
        keyTexts({ ...table, key: table.texts }, facts),
        `${ownerOf(ownerSql, table.owner, ROW)} AS o`,
        ...table.columns.map((column, i) => `${textOf(column)} AS v${i}`),
        ...(table.tokens ?? []).map((column, i) => `LOWER(HEX(${ROW}.${quote(column)})) AS t${i}`),
      ].join(', ')
      const order = table.key.map(quote).join(', ')
      const where = holding(facts, by, values, parameter)
      return `SELECT ${selected} FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}${lock ? ' FOR UPDATE' : ''}`
    }),

  assign: (table, facts, assigned, keys) =>
    statement(placeholder, (parameter) => {
      const set = [
        ...assigned.map(({ column, text }) => {
          return `${ROW}.${quote(column)} = ${text === null ? 'NULL' : formOf(facts, column).value(parameter(text))}`
        }),
        ...[...facts.values()].flatMap(({ column, onUpdate }) =>
          onUpdate ? [`${ROW}.${quote(column)} = ${ROW}.${quote(column)}`] : [],
        ),
      ]
      return `UPDATE ${from(table)} AS ${ROW} SET ${set.join(', ')} WHERE ${holding(facts, table.key, keys, parameter)}`
    }),

  text(value) {
    if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '')
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    return String(value)
  },

  plain: (text) => text,
}

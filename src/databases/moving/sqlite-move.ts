import { standardName as quote } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { from, keyTexts, keyValue, placeholder } from '../sweeping/sqlite-sweep.js'
import { hex, ownerSql, ROW, textOf } from '../sweeping/sqlite-values.js'
import { statement } from '../sweeping/statement.js'
import type { RowKey } from '../sweeping/swept-table.js'
import { ownerOf } from '../sweeping/values-sql.js'
import type { MoveSql } from './move-sql.js'

/** Rows whose columns hold one of these, by the columns' own collation. */
function holding(by: readonly string[], values: readonly RowKey[], parameter: Parameter): string {
  const each = values.map((texts) =>
    by.map((column, i) => `${quote(column)} = ${keyValue(texts[i] ?? '', parameter)}`).join(' AND '),
  )
  return each.length === 0 ? 'false' : each.map((one) => `(${one})`).join(' OR ')
}

/** SQLite and libSQL. */
export const sqliteMove: MoveSql = {
  isolation: undefined,

  // It changes no row, and takes the lock of the whole database all the same.
  exclusive: (table) => {
    const column = quote(table.key[0] ?? '')
    return { sql: `UPDATE ${from(table)} SET ${column} = ${column} WHERE false`, parameters: [] }
  },

  find: (table, _facts, { by, values, most }) =>
    statement(placeholder, (parameter) => {
      const selected = [
        keyTexts({ ...table, key: table.texts }),
        `${ownerOf(ownerSql, table.owner, ROW)} AS o`,
        ...table.columns.map((column, i) => `${textOf(column)} AS v${i}`),
        ...(table.tokens ?? []).map((column, i) => `${hex(`${ROW}.${quote(column)}`)} AS t${i}`),
      ].join(', ')
      const order = table.key.map(quote).join(', ')
      return `SELECT ${selected} FROM ${from(table)} AS ${ROW} WHERE ${holding(by, values, parameter)} ORDER BY ${order} LIMIT ${most}`
    }),

  assign: (table, _facts, assigned, keys) =>
    statement(placeholder, (parameter) => {
      const set = assigned.map(({ column, text }) => {
        return `${quote(column)} = ${text === null ? 'NULL' : keyValue(text, parameter)}`
      })
      return `UPDATE ${from(table)} SET ${set.join(', ')} WHERE ${holding(table.key, keys, parameter)}`
    }),

  text(value) {
    if (typeof value === 'string') return `t${value}`
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) return `i${value}`
    return value instanceof Uint8Array ? `b${Buffer.from(value).toString('hex')}` : undefined
  },

  plain: (text) => text.slice(1),
}

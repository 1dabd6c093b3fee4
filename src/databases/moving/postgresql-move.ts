import { standardName as quote } from '../quoted-name.js'
import { from, keyTexts, placeholder } from '../sweeping/postgresql-sweep.js'
import { ownerSql, ROW, textOf } from '../sweeping/postgresql-values.js'
import { statement } from '../sweeping/statement.js'
import type { ColumnFacts, RowKey } from '../sweeping/swept-table.js'
import { ownerOf } from '../sweeping/values-sql.js'
import type { MoveSql } from './move-sql.js'

const typeOf = (facts: ColumnFacts, column: string): string => facts.get(column)?.type ?? 'text'

/** Rows whose columns hold one of these: all of them as one parameter. */
function holding(facts: ColumnFacts, by: readonly string[], given: string): string {
  const columns = by.map((column) => `${ROW}.${quote(column)}`).join(', ')
  const values = by.map((column, i) => `(e ->> ${i})::${typeOf(facts, column)}`).join(', ')
  return `(${columns}) IN (SELECT ${values} FROM jsonb_array_elements(${given}::text::jsonb) AS e)`
}

const json = (values: readonly RowKey[]): string => JSON.stringify(values)

export const postgresqlMove: MoveSql = {
  isolation: 'ReadCommitted',

  find: (table, facts, { by, values, most, lock }) =>
    statement(placeholder, (parameter) => {
      const selected = [
        keyTexts({ ...table, key: table.texts }),
        `${ownerOf(ownerSql, table.owner, ROW)} AS o`,
        ...table.columns.map((column, i) => `${textOf(column)} AS v${i}`),
        ...(table.tokens ?? []).map((column, i) => `encode(${ROW}.${quote(column)}, 'hex') AS t${i}`),
      ].join(', ')
      const order = table.key.map(quote).join(', ')
      const locked = lock ? ` FOR UPDATE OF ${ROW}` : ''
      return `SELECT ${selected} FROM ${from(table)} AS ${ROW} WHERE ${holding(facts, by, parameter(json(values)))} ORDER BY ${order} LIMIT ${most}${locked}`
    }),

  assign: (table, facts, assigned, keys) =>
    statement(placeholder, (parameter) => {
      const set = assigned.map(
        ({ column, text }) => `${quote(column)} = ${parameter(text)}::text::${typeOf(facts, column)}`,
      )
      return `UPDATE ${from(table)} AS ${ROW} SET ${set.join(', ')} WHERE ${holding(facts, table.key, parameter(json(keys)))}`
    }),

  text(value) {
    if (value instanceof Date) return value.toISOString()
    if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
    return String(value)
  },

  plain: (text) => text,
}

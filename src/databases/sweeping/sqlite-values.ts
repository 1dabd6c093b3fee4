import { standardName as quote, tableName } from '../quoted-name.js'
import { from, keyTexts, keyValue, placeholder, within } from './sqlite-sweep.js'
import { statement } from './statement.js'
import type { SweptColumn } from './swept-table.js'
import {
  batch,
  batchColumns,
  batchTexts,
  changesIn,
  NAMED_OWNER,
  NO_TOKEN,
  type OwnerSql,
  ownerOf,
  type ValuesSql,
} from './values-sql.js'

export const ROW = 'swept'

export const ownerSql: OwnerSql = {
  quote,
  table: (owner) => tableName(quote, owner),
  named: (column) => `'${NAMED_OWNER}' || CAST(${column} AS TEXT)`,
}

/** `hex` makes an empty text of NULL. */
export const hex = (column: string): string => `CASE WHEN ${column} IS NULL THEN NULL ELSE lower(hex(${column})) END`

/** What a column holds, as text: a JSON number is a number, where its column was declared so that it became one. */
export function textOf({ column, form }: SweptColumn): string {
  const name = `${ROW}.${quote(column)}`
  // `quote` writes all digits of a number, which a cast does not.
  return form === 'bytes'
    ? hex(name)
    : `CASE typeof(${name}) WHEN 'real' THEN quote(${name}) ELSE CAST(${name} AS TEXT) END`
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** SQLite and libSQL. */
export const sqliteValues: ValuesSql = {
  sizes: (table, _facts, range, most) =>
    statement(placeholder, (parameter) => {
      const sizes = table.columns.map(
        ({ column, form }) => `coalesce(length(CAST(${quote(column)} AS BLOB)), 0) * ${form === 'bytes' ? 2 : 1}`,
      )
      const order = table.key.map(quote).join(', ')
      const where = within(table, range, parameter)
      return `SELECT ${keyTexts(table)}, CAST(${sizes.join(' + ')} AS TEXT) AS size FROM ${from(table)} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  read: (table, _facts, range, most) =>
    statement(placeholder, (parameter) => {
      const values = table.columns.map((column, i) => `${textOf(column)} AS v${i}`)
      const tokens = (table.tokens ?? []).map((column, i) => `${hex(`${ROW}.${quote(column)}`)} AS t${i}`)
      const selected = [keyTexts(table), `${ownerOf(ownerSql, table.owner, ROW)} AS o`, ...values, ...tokens]
      const order = table.key.map(quote).join(', ')
      const where = within(table, range, parameter)
      return `SELECT ${selected.join(', ')} FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  unfit: () => undefined,

  write: (table, _facts, range, rows) =>
    statement(placeholder, (parameter) => {
      const changes = changesIn(table, rows)
      const columns = batchColumns(changes)
      // What is set in columns of bytes: SQLite before 3.41 has no unhex().
      const inBytes = new Set([
        ...changes.set.flatMap((i) => (table.columns[i]?.form === 'bytes' ? [batch.after(i)] : [])),
        ...changes.tokens.map(batch.tokenAfter),
      ])
      const given = rows.map((row) => {
        const key = table.key.map((_, i) => keyValue(row.key[i] ?? '', parameter))
        const texts = batchTexts(changes, row).map((text, i) =>
          parameter(text !== null && text !== NO_TOKEN && inBytes.has(columns[i] ?? '') ? bytes(text) : text),
        )
        return `(${[...key, ...texts].join(', ')})`
      })
      const same = table.key.map((column, i) => `${ROW}.${quote(column)} = ${batch.key(i)}`)
      // With a collation of its own: also a cast column has the column's.
      const isBefore = (text: string, before: string): string =>
        `(${before} IS NULL OR (${text}) COLLATE BINARY = ${before})`
      const unchanged = [
        ...(changes.owned ? [`(${ownerOf(ownerSql, table.owner, ROW)}) COLLATE BINARY IS ${batch.owner}`] : []),
        ...changes.absent.map((i) => {
          const name = `${ROW}.${quote(table.columns[i]?.column ?? '')}`
          return `(${batch.absent(i)} IS NULL OR ${name} IS NULL)`
        }),
        ...changes.compared.flatMap((i) => {
          const column = table.columns[i]
          return column === undefined ? [] : [isBefore(textOf(column), batch.before(i))]
        }),
        ...changes.tokens.map((i) => {
          const text = `coalesce(${hex(`${ROW}.${quote(table.tokens?.[i] ?? '')}`)}, '${NO_TOKEN}')`
          return isBefore(text, batch.tokenBefore(i))
        }),
      ]
      const set = [
        ...changes.set.map((i) => {
          const name = quote(table.columns[i]?.column ?? '')
          return `${name} = coalesce(${batch.after(i)}, ${ROW}.${name})`
        }),
        ...changes.tokens.map((i) => {
          const [name, after] = [quote(table.tokens?.[i] ?? ''), batch.tokenAfter(i)]
          return `${name} = CASE WHEN ${after} IS NULL THEN ${ROW}.${name} WHEN typeof(${after}) = 'text' THEN NULL ELSE ${after} END`
        }),
      ]
      const names = [...table.key.map((_, i) => batch.key(i)), ...columns].join(', ')
      const where = within(table, range, parameter)
      return `WITH given(${names}) AS (VALUES ${given.join(', ')}) UPDATE ${from(table)} AS ${ROW} SET ${set.join(', ')} FROM given \
WHERE ${where} AND ${[...same, ...unchanged].join(' AND ')}`
    }),
}

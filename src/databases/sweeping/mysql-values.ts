import { tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { formOf, from, KEY_INDEX, keyTexts, placeholder, quote, within } from './mysql-sweep.js'
import { statement } from './statement.js'
import type { ColumnFacts, SweptColumn, SweptTable } from './swept-table.js'
import {
  batch,
  type Changes,
  changesIn,
  NAMED_OWNER,
  NO_TOKEN,
  type OwnerSql,
  ownerOf,
  type RowWrite,
  tokenText,
  type ValuesSql,
} from './values-sql.js'

export const ROW = 'swept'

export const ownerSql: OwnerSql = {
  quote,
  table: (owner) => tableName(quote, owner),
  named: (column) => `CONCAT('${NAMED_OWNER}', CAST(${column} AS CHAR))`,
}

/** What a column holds, as text. Of any character set: the parameters of a statement are in this one. */
export function textOf({ column, form }: SweptColumn): string {
  const name = `${ROW}.${quote(column)}`
  return form === 'bytes' ? `LOWER(HEX(${name}))` : `CONVERT(${name} USING utf8mb4)`
}

/** As bytes: the usual collations ignore case. */
function isBefore({ column, form }: SweptColumn, before: string): string {
  const name = `${ROW}.${quote(column)}`
  const same =
    form === 'bytes'
      ? `${name} = UNHEX(${before})`
      : `CAST(CONVERT(${name} USING utf8mb4) AS BINARY) = CAST(${before} AS BINARY)`
  return `(${before} IS NULL OR ${same})`
}

/** A part of a key, with the collation of its column: two columns with different ones cannot be compared. */
function keyValue(column: string, facts: ColumnFacts, part: string | undefined, parameter: Parameter): string {
  const value = formOf(facts, column).value(parameter(part))
  const collation = facts.get(column)?.collation
  if (collation === undefined || !/^\w+$/.test(collation)) return value
  return `CONVERT(${value} USING ${collation.split('_')[0]}) COLLATE ${collation}`
}

/** One row of the batch, as it is selected. */
function rowOf(
  table: SweptTable,
  facts: ColumnFacts,
  { compared, set, tokens }: Changes,
  { key, cells, tokens: all }: RowWrite,
  parameter: Parameter,
): string {
  const text = (value: string | null | undefined, name: string): string =>
    `CAST(${parameter(value ?? null)} AS CHAR) AS ${name}`
  return [
    ...table.key.map((column, i) => `${keyValue(column, facts, key[i], parameter)} AS ${batch.key(i)}`),
    ...compared.map((i) => text(cells[i]?.before, batch.before(i))),
    ...set.map((i) => text(cells[i]?.after, batch.after(i))),
    ...tokens.flatMap((i) => [
      text(tokenText(all[i]?.before), batch.tokenBefore(i)),
      text(tokenText(all[i]?.after), batch.tokenAfter(i)),
    ]),
  ].join(', ')
}

/** MySQL 8.0 and MariaDB 10.6. */
export const mysqlValues: ValuesSql = {
  sizes: (table, facts, range, most) =>
    statement(placeholder, (parameter) => {
      const sizes = table.columns.map(
        ({ column, form }) => `COALESCE(LENGTH(${quote(column)}), 0) * ${form === 'bytes' ? 2 : 1}`,
      )
      const order = table.key.map(quote).join(', ')
      const where = within(table, facts, range, parameter)
      return `SELECT ${keyTexts(table, facts)}, CAST(${sizes.join(' + ')} AS CHAR) AS size FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  read: (table, facts, range, most) =>
    statement(placeholder, (parameter) => {
      const values = table.columns.map((column, i) => `${textOf(column)} AS v${i}`)
      const tokens = (table.tokens ?? []).map((column, i) => `LOWER(HEX(${ROW}.${quote(column)})) AS t${i}`)
      const selected = [keyTexts(table, facts), `${ownerOf(ownerSql, table.owner, ROW)} AS o`, ...values, ...tokens]
      const order = table.key.map(quote).join(', ')
      const where = within(table, facts, range, parameter)
      return `SELECT ${selected.join(', ')} FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  write: (table, facts, range, rows) =>
    statement(placeholder, (parameter) => {
      const changes = changesIn(table, rows)
      const given = rows.map((row) => `SELECT ${rowOf(table, facts, changes, row, parameter)}`).join(' UNION ALL ')
      const same = (batchName: string): string =>
        table.key
          .map((column, i) => {
            const value = formOf(facts, column).compared(`${ROW}.${quote(column)}`)
            return `${value} = ${batchName}.${batch.key(i)}`
          })
          .join(' AND ')
      const unchanged = [
        ...changes.compared.flatMap((i) => {
          const column = table.columns[i]
          return column === undefined ? [] : [isBefore(column, batch.before(i))]
        }),
        ...changes.tokens.map((i) => {
          const [name, before] = [`${ROW}.${quote(table.tokens?.[i] ?? '')}`, batch.tokenBefore(i)]
          return `(${before} IS NULL OR (${before} = '${NO_TOKEN}' AND ${name} IS NULL) OR ${name} = UNHEX(${before}))`
        }),
      ]
      const byKey = `FORCE INDEX (${quote(facts.get(KEY_INDEX)?.type ?? 'PRIMARY')})`
      const where = within(table, facts, range, parameter)
      // LIMIT keeps the derived table, and its locks, from being merged into the statement.
      const free = `SELECT given.* FROM (${given}) AS given STRAIGHT_JOIN ${from(table)} AS ${ROW} ${byKey} ON ${same('given')} \
WHERE ${where} AND ${unchanged.join(' AND ')} LIMIT ${rows.length} FOR UPDATE SKIP LOCKED`
      const set = [
        ...changes.set.flatMap((i) => {
          const column = table.columns[i]
          if (column === undefined) return []
          const [name, after] = [`${ROW}.${quote(column.column)}`, `free.${batch.after(i)}`]
          return [`${name} = COALESCE(${column.form === 'bytes' ? `UNHEX(${after})` : after}, ${name})`]
        }),
        ...changes.tokens.map((i) => {
          const [name, after] = [`${ROW}.${quote(table.tokens?.[i] ?? '')}`, `free.${batch.tokenAfter(i)}`]
          return `${name} = CASE WHEN ${after} IS NULL THEN ${name} WHEN ${after} = '${NO_TOKEN}' THEN NULL ELSE UNHEX(${after}) END`
        }),
        ...[...facts.values()].flatMap(({ column, onUpdate }) =>
          onUpdate ? [`${ROW}.${quote(column)} = ${ROW}.${quote(column)}`] : [],
        ),
      ]
      return `UPDATE (${free}) AS free STRAIGHT_JOIN ${from(table)} AS ${ROW} ${byKey} ON ${same('free')} SET ${set.join(', ')}`
    }),
}

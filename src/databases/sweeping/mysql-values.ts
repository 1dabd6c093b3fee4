import { tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { formOf, from, keyTexts, placeholder, quote, within } from './mysql-key.js'
import { KEY_INDEX } from './mysql-sweep.js'
import { statement } from './statement.js'
import type { ColumnFacts, SweptColumn, SweptTable } from './swept-table.js'
import {
  batch,
  batchColumns,
  batchTexts,
  type Changes,
  changesIn,
  NAMED_OWNER,
  NO_TOKEN,
  type OwnerSql,
  ownerOf,
  type RowWrite,
  type ValuesSql,
} from './values-sql.js'

export const ROW = 'swept'

export const ownerSql: OwnerSql = {
  quote,
  table: (owner) => tableName(quote, owner),
  named: (column) => `CONCAT('${NAMED_OWNER}', CAST(${column} AS CHAR))`,
}

/**
 * An UPDATE would wait for rows that it reads in sub-selects. One that is locked is none instead, and so its own row is passed over.
 * The first is for MariaDB alone, the second for MySQL.
 */
const SHARED_LOCK = ' /*M! LOCK IN SHARE MODE SKIP LOCKED */ /*!80000 FOR SHARE SKIP LOCKED */'

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
function keyValue(column: string, facts: ColumnFacts, text: string): string {
  const value = formOf(facts, column).value(text)
  const set = characterSetOf(facts, column)
  return set === undefined ? value : `CONVERT(${value} USING ${set}) COLLATE ${facts.get(column)?.collation}`
}

/** The character set of a column of text. Collations begin with its name. */
function characterSetOf(facts: ColumnFacts, column: string): string | undefined {
  const collation = facts.get(column)?.collation
  return collation !== undefined && /^\w+$/.test(collation) ? collation.split('_')[0] : undefined
}

const ALL_CHARACTERS: ReadonlySet<string> = new Set(['utf8mb4', 'utf16', 'utf16le', 'utf32'])

/** More than there is in a key of 3,072 bytes, also in hexadecimal. */
const KEY_TEXT = 'VARCHAR(8000)'

/** The batch as one parameter, a JSON array of a row's texts: a statement of thousands takes long to be parsed. */
function batchOf(
  table: SweptTable,
  facts: ColumnFacts,
  changes: Changes,
  rows: readonly RowWrite[],
  parameter: Parameter,
): string {
  const [keys, columns] = [table.key.map((_, i) => batch.key(i)), batchColumns(changes)]
  const texts = [...keys, ...columns].map((name, i) => {
    const type = i < keys.length ? KEY_TEXT : 'LONGTEXT'
    return `${name} ${type} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[${i}]'`
  })
  const values = JSON.stringify(rows.map((row) => [...row.key, ...batchTexts(changes, row, true)]))
  const selected = [
    ...table.key.map((column, i) => `${keyValue(column, facts, `texts.${batch.key(i)}`)} AS ${batch.key(i)}`),
    ...columns.map((name) => {
      const beginning = changes.beginnings.get(name)
      // NULL stays NULL.
      return beginning === undefined
        ? `texts.${name}`
        : `CONCAT(CONVERT(${parameter(beginning)} USING utf8mb4) COLLATE utf8mb4_bin, texts.${name}) AS ${name}`
    }),
  ]
  return `SELECT ${selected.join(', ')} FROM JSON_TABLE(${parameter(values)}, '$[*]' COLUMNS (${texts.join(', ')})) AS texts`
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

  // With `sql_mode` of one's own, MySQL writes a question mark for what the character set lacks.
  unfit: (facts, column, texts) => {
    const set = characterSetOf(facts, column)
    if (set === undefined || ALL_CHARACTERS.has(set)) return undefined
    return statement(placeholder, (parameter) => {
      const given = `JSON_TABLE(${parameter(JSON.stringify(texts))}, '$[*]' COLUMNS (n FOR ORDINALITY, text LONGTEXT CHARACTER SET utf8mb4 PATH '$')) AS given`
      const held = `CAST(CONVERT(CONVERT(given.text USING ${set}) USING utf8mb4) AS BINARY)`
      return `SELECT CAST(given.n - 1 AS CHAR) AS n FROM ${given} WHERE ${held} <> CAST(given.text AS BINARY)`
    })
  },

  write: (table, facts, range, rows) =>
    statement(placeholder, (parameter) => {
      const changes = changesIn(table, rows)
      const given = batchOf(table, facts, changes, rows, parameter)
      const same = (batchName: string): string =>
        table.key
          .map((column, i) => {
            const value = formOf(facts, column).compared(`${ROW}.${quote(column)}`)
            return `${value} = ${batchName}.${batch.key(i)}`
          })
          .join(' AND ')
      const owner = ownerOf({ ...ownerSql, locked: SHARED_LOCK }, table.owner, ROW)
      const unchanged = [
        ...(changes.owned ? [`CAST(${owner} AS BINARY) <=> CAST(${batch.owner} AS BINARY)`] : []),
        ...changes.absent.map((i) => {
          const name = `${ROW}.${quote(table.columns[i]?.column ?? '')}`
          return `(${batch.absent(i)} IS NULL OR ${name} IS NULL)`
        }),
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
      const wanted = [
        ...table.key.map((_, i) => batch.key(i)),
        ...changes.set.map(batch.after),
        ...changes.tokens.map(batch.tokenAfter),
      ]
      const free = `SELECT ${wanted.map((name) => `given.${name}`).join(', ')} FROM (${given}) AS given STRAIGHT_JOIN ${from(table)} AS ${ROW} ${byKey} ON ${same('given')} \
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

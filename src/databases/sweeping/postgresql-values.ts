import { standardName as quote, tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { from, keyTexts, placeholder, within } from './postgresql-sweep.js'
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
  named: (column) => `'${NAMED_OWNER}' || ${column}::text`,
}

const one = (form: SweptColumn['form'], value: string): string =>
  form === 'bytes' ? `encode(${value}, 'hex')` : `${value}::text`

/** What a column holds, as text. */
export function textOf({ column, form, list }: SweptColumn): string {
  const name = `${ROW}.${quote(column)}`
  if (!list) return one(form, name)
  const elements = `ARRAY(SELECT ${one(form, 'e')} FROM unnest(${name}) WITH ORDINALITY AS u(e, n) ORDER BY n)`
  return `CASE WHEN ${name} IS NULL THEN NULL ELSE array_to_json(${elements})::text END`
}

/** The value of such a text. A text stays one, so that what is too long for the column is refused, and not cut off. */
function valueIn({ form }: SweptColumn, type: string, text: string): string {
  if (form === 'bytes') return `decode(${text}, 'hex')`
  return form === 'json' ? `${text}::${type.startsWith('jsonb') ? 'jsonb' : 'json'}` : text
}

function newValue(column: SweptColumn, facts: ColumnFacts, i: number): string {
  const name = `${ROW}.${quote(column.column)}`
  const type = facts.get(column.column)?.type ?? ''
  const after = batch.after(i)
  if (!column.list) {
    return `coalesce(${valueIn(column, type, after)}, ${column.form === 'text' ? `${name}::text` : name})`
  }
  const elements = `ARRAY(SELECT ${valueIn(column, type, 'e')} FROM jsonb_array_elements_text(${after}::jsonb) WITH ORDINALITY AS u(e, n) ORDER BY n)`
  return `CASE WHEN ${after} IS NULL THEN ${column.form === 'text' ? `${name}::text[]` : name} ELSE ${elements} END`
}

const tokenIn = (column: string): string => `coalesce(encode(${ROW}.${quote(column)}, 'hex'), '${NO_TOKEN}')`

/** The batch as one parameter: a statement may not have one for each value. */
function batchOf(
  table: SweptTable,
  facts: ColumnFacts,
  changes: Changes,
  rows: readonly RowWrite[],
  parameter: Parameter,
): string {
  const keys = table.key.map((column, i) => `(e ->> ${i})::${facts.get(column)?.type ?? 'text'} AS ${batch.key(i)}`)
  const texts = batchColumns(changes).map((name, i) => {
    const beginning = changes.beginnings.get(name)
    // NULL stays NULL.
    return `${beginning === undefined ? '' : `${parameter(beginning)}::text || `}(e ->> ${keys.length + i}) AS ${name}`
  })
  const values = rows.map((row) => [...row.key, ...batchTexts(changes, row, true)])
  return `SELECT ${[...keys, ...texts].join(', ')} FROM jsonb_array_elements(${parameter(JSON.stringify(values))}::text::jsonb) AS e`
}

export const postgresqlValues: ValuesSql = {
  sizes: (table, facts, range, most) =>
    statement(placeholder, (parameter) => {
      const sizes = table.columns.map((column) => `coalesce(octet_length(${textOf(column)}), 0)::bigint`)
      const order = table.key.map(quote).join(', ')
      const where = within(table, facts, range, parameter)
      return `SELECT ${keyTexts(table)}, (${sizes.join(' + ')})::text AS size FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  read: (table, facts, range, most) =>
    statement(placeholder, (parameter) => {
      const values = table.columns.map((column, i) => `${textOf(column)} AS v${i}`)
      const tokens = (table.tokens ?? []).map((column, i) => `encode(${ROW}.${quote(column)}, 'hex') AS t${i}`)
      const selected = [keyTexts(table), `${ownerOf(ownerSql, table.owner, ROW)} AS o`, ...values, ...tokens]
      const order = table.key.map(quote).join(', ')
      const where = within(table, facts, range, parameter)
      return `SELECT ${selected.join(', ')} FROM ${from(table)} AS ${ROW} WHERE ${where} ORDER BY ${order} LIMIT ${most}`
    }),

  // A text that the database's own encoding lacks is refused, whatever the settings.
  unfit: () => undefined,

  write: (table, facts, range, rows) =>
    statement(placeholder, (parameter) => {
      const changes = changesIn(table, rows)
      const given = batchOf(table, facts, changes, rows, parameter)
      const key = table.key.map((column) => `${ROW}.${quote(column)}`)
      const same = key.map((column, i) => `${column} = ${batch.key(i)}`).join(' AND ')
      const isBefore = (text: string, before: string): string =>
        `(${before} IS NULL OR (${text}) COLLATE "C" = ${before})`
      const owner = ownerOf(ownerSql, table.owner, ROW)
      const unchanged = [
        ...(changes.owned ? [`(${owner}) COLLATE "C" IS NOT DISTINCT FROM ${batch.owner}`] : []),
        ...changes.absent.map((i) => {
          const name = `${ROW}.${quote(table.columns[i]?.column ?? '')}`
          return `(${batch.absent(i)} IS NULL OR ${name} IS NULL)`
        }),
        ...changes.compared.flatMap((i) => {
          const column = table.columns[i]
          if (column === undefined) return []
          // A list of lists is not what Prisma wrote: unnest makes one of it.
          const flat = column.list ? [`coalesce(array_ndims(${ROW}.${quote(column.column)}), 1) = 1`] : []
          return [isBefore(textOf(column), batch.before(i)), ...flat]
        }),
        ...changes.tokens.map((i) => isBefore(tokenIn(table.tokens?.[i] ?? ''), batch.tokenBefore(i))),
      ]
      const set = [
        ...changes.set.flatMap((i) => {
          const column = table.columns[i]
          return column === undefined ? [] : [`${quote(column.column)} = ${newValue(column, facts, i)}`]
        }),
        ...changes.tokens.map((i) => {
          const [name, after] = [quote(table.tokens?.[i] ?? ''), batch.tokenAfter(i)]
          return `${name} = CASE WHEN ${after} IS NULL THEN ${ROW}.${name} WHEN ${after} = '${NO_TOKEN}' THEN NULL ELSE decode(${after}, 'hex') END`
        }),
      ]
      const inRange = (): string => within(table, facts, range, parameter)
      const free = `SELECT ${key.join(', ')} FROM ${from(table)} AS ${ROW} JOIN given ON ${same} WHERE ${inRange()} FOR NO KEY UPDATE OF ${ROW} SKIP LOCKED`
      // What is compared is the row that is updated: what another transaction has committed meanwhile is kept.
      return `WITH given AS (${given}), free AS (${free}) UPDATE ${from(table)} AS ${ROW} SET ${set.join(', ')} FROM given \
WHERE ${inRange()} AND ${same} AND (${key.join(', ')}) IN (SELECT * FROM free) AND ${unchanged.join(' AND ')}`
    }),
}

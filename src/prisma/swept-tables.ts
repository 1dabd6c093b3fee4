import {
  type Beginning,
  type ColumnFact,
  databaseOf,
  LIST_SEPARATOR,
  type RowKey,
  type Statement,
  type SweepSql,
  type SweptTable,
  tableName,
} from '../databases/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { SweptTables, TableRows } from '../operations/index.js'
import type { BaseClient } from './intercept.js'
import type { Plain } from './query/index.js'

/**
 * The tables behind a client, by raw SQL of the database's own. `undefined` where it is not known how the database visits
 * them.
 */
export function sweptTablesOf(provider: string, client: BaseClient): SweptTables | undefined {
  const database = databaseOf(provider)
  const sql = database?.sweep
  if (database === undefined || sql === undefined) return undefined
  const query = async ({ sql: text, parameters }: Statement): Promise<Plain[]> => {
    const rows = await client.$queryRawUnsafe(text, ...parameters)
    return rows as Plain[]
  }
  return {
    async open(table) {
      const facts = factsFrom(await query(sql.facts(table)))
      const fault = sql.fault(table, facts)
      if (fault !== undefined) throw unswept(table, fault)
      const execute = async ({ sql: text, parameters }: Statement): Promise<number> =>
        client.$executeRawUnsafe(text, ...parameters)
      return tableRows(sql, table, facts, query, execute)
    },
    async count(table) {
      const [row] = await query({
        sql: `SELECT count(*) AS rows_there FROM ${tableName(database.quote, table)}`,
        parameters: [],
      })
      return Number(row?.rows_there)
    },
    async answers() {
      try {
        await query({ sql: 'SELECT 1', parameters: [] })
        return true
      } catch {
        return false
      }
    },
  }
}

function tableRows(
  sql: SweepSql,
  table: SweptTable,
  facts: ReadonlyMap<string, ColumnFact>,
  query: (statement: Statement) => Promise<Plain[]>,
  execute: (statement: Statement) => Promise<number>,
): TableRows {
  const keyOf = (row: Plain): RowKey => table.key.map((_, i) => textOf(row[`k${i}`]))
  return {
    table,
    facts,
    async page(within, size) {
      const [row] = await query(sql.page(table, facts, within, size))
      return row === undefined
        ? undefined
        : { range: { after: within.after, last: keyOf(row) }, rows: Number(row.rows) }
    },
    async beginnings(range) {
      const groups = await query(sql.beginnings(table, facts, range))
      return groups.map((row) => ({
        beginnings: table.columns.map(({ list }, i) => beginningsIn(row[`g${i}`], list)),
        shortest: table.columns.map((_, i) => Number(row[`m${i}`] ?? 0)),
        rows: Number(row.rows),
      }))
    },
    async wholes(range, column, beginning, length, most) {
      const found = await query(sql.wholes(table, facts, range, column, beginning, length, most))
      return found.map(({ v }) => textOf(v))
    },
    async keys(range, filter, most) {
      return (await query(sql.keys(table, facts, range, filter, most))).map(keyOf)
    },
    replace: (range, replacements, most) => execute(sql.replace(table, facts, range, replacements, most)),
    shown: (key) => Object.fromEntries(table.key.map((column, i) => [column, sql.shown(key[i] ?? '')])),
  }
}

function factsFrom(rows: readonly Plain[]): ReadonlyMap<string, ColumnFact> {
  return new Map(
    rows.map(({ column, type, extra, room }) => {
      const name = textOf(column)
      const fact: ColumnFact = {
        column: name,
        type: textOf(type),
        onUpdate: /on update/i.test(textOf(extra)),
        room: room === null || room === undefined ? undefined : Number(textOf(room)),
      }
      return [name, fact]
    }),
  )
}

function beginningsIn(value: unknown, list: boolean): Beginning[] {
  const text = textOf(value)
  if (text === '') return []
  return list ? text.split(LIST_SEPARATOR) : [text]
}

/** Binary text comes as bytes. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

function unswept({ table }: SweptTable, fault: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The rows of the table ${table} cannot be visited one after another: ${fault}. Leave out its model (\`models\`), or change the column.`,
  )
}

import {
  type Beginning,
  type ColumnFact,
  databaseOf,
  LIST_SEPARATOR,
  maintenanceOf,
  type RowKey,
  type Statement,
  type SweepSql,
  type SweptTable,
  tableName,
  type ValuesSql,
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
  const { sweep: sql, values } = maintenanceOf(provider)
  if (database === undefined || sql === undefined || values === undefined) return undefined
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
      return { ...tableRows(sql, table, facts, query, execute), ...valuesOf(values, table, facts, query, execute) }
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
): Omit<TableRows, keyof ReturnType<typeof valuesOf>> {
  const keyOf = keyIn(table)
  return {
    table,
    facts,
    async page(within, size) {
      const full = sql.fullPage?.(table, facts, within, size)
      const [end] = full === undefined ? [] : await query(full)
      if (end !== undefined) return { range: { after: within.after, last: keyOf(end) }, rows: size }
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
        size: Number(textOf(row.size)),
        rows: Number(row.rows),
      }))
    },
    async wholes(range, column, some, length, most, except = []) {
      const found = await query(sql.wholes(table, facts, range, column, some, length, most, except))
      return found.map(({ v }) => textOf(v))
    },
    async keys(range, filter, most) {
      return (await query(sql.keys(table, facts, range, filter, most))).map(keyOf)
    },
    async begun(range, beginnings) {
      return (await query(sql.begun(table, facts, range, beginnings))).length > 0
    },
    async replace(range, replacements, most) {
      const atOnce = sql.replaceAtOnce?.(table, facts, range, replacements, most)
      if (atOnce !== undefined) {
        try {
          return await execute(atOnce)
        } catch (error) {
          if (!isLocked(error)) throw error
        }
      }
      return execute(sql.replace(table, facts, range, replacements, most))
    },
    shown: (key) => Object.fromEntries(table.key.map((column, i) => [column, sql.shown(key[i] ?? '')])),
  }
}

function valuesOf(
  sql: ValuesSql,
  table: SweptTable,
  facts: ReadonlyMap<string, ColumnFact>,
  query: (statement: Statement) => Promise<Plain[]>,
  execute: (statement: Statement) => Promise<number>,
): Pick<TableRows, 'sizes' | 'read' | 'unfit' | 'write'> {
  const keyOf = keyIn(table)
  return {
    async sizes(range, most) {
      const rows = await query(sql.sizes(table, facts, range, most))
      return rows.map((row) => ({ key: keyOf(row), size: Number(textOf(row.size)) }))
    },
    async read(range, most) {
      const rows = await query(sql.read(table, facts, range, most))
      return rows.map((row) => ({
        key: keyOf(row),
        owner: textOrNull(row.o),
        cells: table.columns.map((_, i) => textOrNull(row[`v${i}`])),
        tokens: (table.tokens ?? []).map((_, i) => textOrNull(row[`t${i}`])),
      }))
    },
    async unfit(column, texts) {
      const asked = sql.unfit(facts, column, texts)
      return asked === undefined ? [] : (await query(asked)).map(({ n }) => Number(textOf(n)))
    },
    async write(range, rows) {
      try {
        return await execute(sql.write(table, facts, range, rows))
      } catch (error) {
        if (isTaken(error)) return 'taken'
        throw error
      }
    },
  }
}

function keyIn({ key }: SweptTable): (row: Plain) => RowKey {
  return (row) => key.map((_, i) => textOf(row[`k${i}`]))
}

/** What databases call the violation of a unique index: PostgreSQL, MySQL, SQLite. */
const TAKEN = /\b(?:23505|1062|2067|UNIQUE constraint failed)\b|UniqueConstraintViolation/

export function isTaken(error: unknown): boolean {
  const { code, message, meta } = (error ?? {}) as { code?: unknown; message?: unknown; meta?: { code?: unknown } }
  return code === 'P2002' || TAKEN.test(`${meta?.code}`) || (code === 'P2010' && TAKEN.test(`${message}`))
}

/** What MariaDB calls a row that somebody has locked, and a deadlock: nothing was changed. */
const LOCKED = /\b(?:1205|1213)\b/

function isLocked(error: unknown): boolean {
  const { code, message, meta } = (error ?? {}) as { code?: unknown; message?: unknown; meta?: { code?: unknown } }
  return code === 'P2034' || LOCKED.test(`${meta?.code}`) || (code === 'P2010' && LOCKED.test(`${message}`))
}

export function textOrNull(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)
}

export function factsFrom(rows: readonly Plain[]): ReadonlyMap<string, ColumnFact> {
  return new Map(
    rows.map(({ column, type, extra, room, collation }) => {
      const name = textOf(column)
      const fact: ColumnFact = {
        column: name,
        type: textOf(type),
        onUpdate: /on update/i.test(textOf(extra)),
        room: room === null || room === undefined ? undefined : Number(textOf(room)),
        collation: collation === null || collation === undefined ? undefined : textOf(collation),
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

export function unswept({ table }: SweptTable, fault: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The rows of the table ${table} cannot be visited one after another: ${fault}. Leave out its model (\`models\`), or change the column.`,
  )
}

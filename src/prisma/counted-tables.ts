import { maintenanceOf, type Statement } from '../databases/index.js'
import type { CountRow, CountTables } from '../operations/index.js'
import type { BaseClient } from './intercept.js'
import type { Plain } from './query/index.js'

/** Counts of the tables behind a client. `undefined` where it is not known how the database counts them. */
export function countTablesOf(provider: string, client: BaseClient): CountTables | undefined {
  const sql = maintenanceOf(provider).census
  if (sql === undefined) return undefined
  const query = async ({ sql: text, parameters }: Statement): Promise<CountRow[]> => {
    const rows = (await client.$queryRawUnsafe(text, ...parameters)) as Plain[]
    return rows.map(countRow)
  }
  return {
    values: (table, column, keys, asked) => query(sql.values(table, column, keys, asked)),
    keys: (keys, asked) => query(sql.keys(keys, asked)),
    sections: (table, column, after, most) => query(sql.sections(table, column, after, most)),
    keySections: (keys, after, most) => query(sql.keySections(keys, after, most)),
    async hides(table) {
      const statement = sql.hides(table)
      if (statement === undefined) return false
      const [row] = await query(statement)
      return row?.hidden !== '0'
    },
  }
}

/** Counts come as numbers of several types, and binary text as bytes. */
export function countRow(row: Plain): CountRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || value === undefined
        ? undefined
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('utf8')
          : String(value),
    ]),
  )
}

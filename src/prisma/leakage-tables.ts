import { maintenanceOf, type Statement } from '../databases/index.js'
import type { CountRow, LeakageTables } from '../operations/index.js'
import { countRow } from './counted-tables.js'
import type { BaseClient } from './intercept.js'
import type { Plain } from './query/index.js'

/** What the tables behind a client show. `undefined` where it is not known how the database groups them. */
export function leakageTablesOf(provider: string, client: BaseClient): LeakageTables | undefined {
  const sql = maintenanceOf(provider).leakage
  if (sql === undefined) return undefined
  const query = async ({ sql: text, parameters }: Statement): Promise<CountRow[]> => {
    const rows = (await client.$queryRawUnsafe(text, ...parameters)) as Plain[]
    return rows.map(countRow)
  }
  return {
    counts: (table, indexes, within) => query(sql.counts(table, indexes, within)),
    classes: (table, indexes, asked) => query(sql.classes(table, indexes, asked)),
    sample: (table, index, asked, most) => query(sql.sample(table, index, asked, most)),
  }
}

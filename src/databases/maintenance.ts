import type { CensusSql } from './census/counted-table.js'
import { mysqlCensus } from './census/mysql-census.js'
import { postgresqlCensus } from './census/postgresql-census.js'
import { sqliteCensus } from './census/sqlite-census.js'
import type { Inspection } from './inspection/inspection.js'
import { mysqlInspection } from './inspection/mysql-inspection.js'
import { postgresqlInspection } from './inspection/postgresql-inspection.js'
import { sqliteInspection } from './inspection/sqlite-inspection.js'
import type { LeakageSql } from './leakage/leakage-sql.js'
import { mysqlLeakage } from './leakage/mysql-leakage.js'
import { postgresqlLeakage } from './leakage/postgresql-leakage.js'
import { sqliteLeakage } from './leakage/sqlite-leakage.js'
import type { MoveSql } from './moving/move-sql.js'
import { mysqlMove } from './moving/mysql-move.js'
import { postgresqlMove } from './moving/postgresql-move.js'
import { sqliteMove } from './moving/sqlite-move.js'
import { mysqlSweep } from './sweeping/mysql-sweep.js'
import { mysqlValues } from './sweeping/mysql-values.js'
import { postgresqlSweep } from './sweeping/postgresql-sweep.js'
import { postgresqlValues } from './sweeping/postgresql-values.js'
import { sqliteSweep } from './sweeping/sqlite-sweep.js'
import { sqliteValues } from './sweeping/sqlite-values.js'
import type { SweepSql } from './sweeping/swept-table.js'
import type { ValuesSql } from './sweeping/values-sql.js'
import { type Provider, providerNamed } from './table.js'

/** The rest of what is known of a database: what jobs and commands need of it, and no call. Nothing for one that they do not run on. */
export interface Maintenance {
  /** How to see what it has. */
  readonly inspection?: Inspection
  /** How values are counted by their keys. */
  readonly census?: CensusSql
  /** What index columns show. There where {@link census} is. */
  readonly leakage?: LeakageSql
  /** How all rows of a table are visited and changed. */
  readonly sweep?: SweepSql
  /** How the values of such rows are read, and others written in their place. There where {@link sweep} is. */
  readonly values?: ValuesSql
  /** How rows are given to another tenant. There where {@link values} is. */
  readonly move?: MoveSql
}

const maintenance: Readonly<Record<Provider, Maintenance>> = {
  postgresql: {
    inspection: postgresqlInspection,
    census: postgresqlCensus,
    leakage: postgresqlLeakage,
    sweep: postgresqlSweep,
    values: postgresqlValues,
    move: postgresqlMove,
  },
  // Jobs and the census rely on PostgreSQL's catalog and locks, and are not tested here.
  cockroachdb: { inspection: postgresqlInspection },
  mysql: {
    inspection: mysqlInspection,
    census: mysqlCensus,
    leakage: mysqlLeakage,
    sweep: mysqlSweep,
    values: mysqlValues,
    move: mysqlMove,
  },
  sqlite: {
    inspection: sqliteInspection,
    census: sqliteCensus,
    leakage: sqliteLeakage,
    sweep: sqliteSweep,
    values: sqliteValues,
    move: sqliteMove,
  },
  sqlserver: {},
}

/** What jobs need of the database behind a provider's name. */
export function maintenanceOf(provider: string): Maintenance {
  const name = providerNamed(provider)
  return name === undefined ? {} : maintenance[name]
}

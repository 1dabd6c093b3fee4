export {
  type CensusSql,
  type CountedColumn,
  type CountedKeys,
  type CountedTable,
  type CountQuery,
  KEY_STATE,
  PLACEMENT,
  PLAINTEXT,
  UNREADABLE,
} from './census/counted-table.js'
export { tenantIn } from './census/envelope-parts.js'
export { sectionIn } from './census/sections.js'
export type { CheckedColumn, Checks } from './checks.js'
export { minimumBytes, minimumCharacters } from './column-room.js'
export { declaredLength } from './column-types.js'
export { constraintName } from './constraint-name.js'
export type { Database } from './database.js'
export type { FoundColumn, Inspection } from './inspection/inspection.js'
export {
  type ClassQuery,
  type LeakageSql,
  type LeakingIndex,
  type LeakingTable,
  type OwnerRange,
  UNKNOWN_OWNER,
} from './leakage/leakage-sql.js'
export { maintenanceOf } from './maintenance.js'
export type { Assigned, MovedTable, MoveSql, Wanted } from './moving/move-sql.js'
export { tableName } from './quoted-name.js'
export type { CellUpdate, RowUpdate, Statement } from './row-update.js'
export {
  BEGINNING,
  type Beginning,
  type ColumnFact,
  type ColumnFacts,
  LIST_SEPARATOR,
  NO_ENVELOPE,
  type OwnerColumn,
  type PartialRange,
  type Replacement,
  type RowKey,
  type RowRange,
  SHORTEST_REST,
  type SweepSql,
  type SweptColumn,
  type SweptTable,
  type WithBeginning,
} from './sweeping/swept-table.js'
export {
  type CellChange,
  NAMED_OWNER,
  type RowWrite,
  SHARED_OWNER,
  type StoredRow,
  type TokenChange,
  type ValuesSql,
} from './sweeping/values-sql.js'
export { databaseOf, databases, providerNamed } from './table.js'
export { canUpdate, updateStatement } from './update-statement.js'

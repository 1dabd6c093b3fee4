export { LazyRewrap, type LazyRewrapOptions, type RewrapStats, type StaleRow } from './lazy-rewrap.js'
export type { RowStore } from './row-store.js'
export type { BeginningGroup, SweptTables, TableRows } from './sweep/table-rows.js'

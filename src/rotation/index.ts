export { LazyRewrap, type RewrapStats } from './lazy-rewrap.js'
export { StaleRows } from './stale-rows.js'
export { canUpdate, type RowUpdate, updateStatement } from './update-sql.js'

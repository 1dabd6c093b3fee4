export { LazyRewrap, type LazyRewrapOptions, type RewrapStats, type StaleRow } from './lazy-rewrap.js'
export type { RowStore } from './row-store.js'

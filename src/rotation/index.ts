export type { RewrapEvent, RewrapOutcome } from './event.js'
export { LazyRewrap, type LazyRewrapOptions, type RewrapStats, type StaleRow } from './lazy-rewrap.js'
export { StaleRows } from './stale-rows.js'

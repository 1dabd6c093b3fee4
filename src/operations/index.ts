export { LazyRewrap, type LazyRewrapOptions, type RewrapStats, type StaleRow } from './lazy-rewrap.js'
export type { RewrapEvent, RewrapOutcome } from './rewrap-event.js'

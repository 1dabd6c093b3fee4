export { LazyRewrap, type LazyRewrapOptions, type RewrapStats, type StaleRow } from './lazy-rewrap.js'

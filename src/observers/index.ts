export { dataKeyCache, keyTableEvents, kmsCalls, refusals, rewraps } from './channels.js'
export type { DataKeyCacheEvent, DiagnosticEvent, KeyTableEvent, KmsCallEvent, RefusalEvent } from './events.js'
export type { RewrapEvent, RewrapOutcome } from './rewrap-event.js'

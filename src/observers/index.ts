export { dataKeyCache, kmsCalls, refusals, rewraps } from './channels.js'
export type { DataKeyCacheEvent, DiagnosticEvent, KmsCallEvent, RefusalEvent } from './events.js'
export type { RewrapEvent, RewrapOutcome } from './rewrap-event.js'

export { dataKeyCache, keyTableEvents, kmsCalls, plaintextReads, refusals, rewraps } from './channels.js'
export type {
  DataKeyCacheEvent,
  DiagnosticEvent,
  KeyTableEvent,
  KmsCallEvent,
  PlaintextReadEvent,
  RefusalEvent,
} from './events.js'
export type { RewrapEvent, RewrapOutcome } from './rewrap-event.js'

export type { CallLog, CallLogEntry } from './call-log.js'
export type { Fault, Faults } from './faults.js'
export { type LocalKms, type LocalKmsKeyOptions, type LocalKmsOptions, localKms } from './local-kms.js'
export type { LocalKeySpec } from './state.js'

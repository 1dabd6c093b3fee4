export type { Partition } from '../management/jobs/partition.js'
export type { Boss, BossJob, SendOptions } from './boss.js'
export {
  type EncryptionJobs,
  type EncryptionJobsOptions,
  encryptionJobs,
  type FinishedPart,
} from './encryption-jobs.js'
export type { PartData } from './part.js'
export type { QueuedOptions, QueuedVerb, WorkedClient } from './verbs.js'

import type { JobOptions } from '../management/jobs/job-options.js'
import type { Partition } from '../management/jobs/partition.js'
import type { JobReport } from '../operations/index.js'

/** The jobs of `$encryption` that can be queued. None of them opens the way to plaintext or destroys anything. */
export type QueuedVerb = 'rewrap' | 'reencrypt' | 'backfill' | 'reindex' | 'verify'

/** Their options as a queue holds them: `signal` and the like stay with the process that works. */
export type QueuedOptions = Omit<JobOptions, 'signal' | 'onProgress' | 'checkpoint' | 'restart' | 'partition'> & {
  /** Counts what would be changed, and changes nothing. Not for `verify`, which changes nothing. */
  readonly dryRun?: boolean
  /** For `rewrap`: whether what KMS returned is unwrapped before it is written. Default: `true`. */
  readonly verify?: boolean
  /** For `rewrap`: moves values into the key table (`table`), or out of it (`inline`), instead. */
  readonly placement?: 'inline' | 'table'
  /** For `reencrypt`: takes values whose data key was created before this hour, as ISO 8601. */
  readonly since?: string
}

/** What a worker calls. Names of models, which the compiler knows for one client, come from the queue: the client checks them. */
type Verb = (options: never) => Promise<JobReport>

/** As much of an extended client as jobs need. */
export interface WorkedClient {
  /** The jobs. */
  readonly $encryption: Readonly<Partial<Record<QueuedVerb, Verb>>> & {
    readonly partitions: (options?: never) => Promise<Partition[]>
  }
}

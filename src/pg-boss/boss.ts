/**
 * What is used of a pg-boss instance: the same in its releases 10, 11 and 12, so that the application chooses one.
 * https://pgboss.io
 */
export interface Boss {
  /** Creates a queue that is not there yet. */
  createQueue(name: string): Promise<unknown>
  /** `null` where there is none. */
  getQueue(name: string): Promise<unknown>
  /** Resolves to the job's id, or to `null` where a job with this id is there already. */
  send(name: string, data: object, options: SendOptions): Promise<string | null>
  /** Calls the handler with one job at a time. */
  work<T extends object>(
    name: string,
    options: { readonly pollingIntervalSeconds: number },
    handler: (jobs: BossJob<T>[]) => Promise<unknown>,
  ): Promise<string>
  /** Sends a job again and again; one schedule for each queue. */
  schedule(name: string, cron: string, data: object, options: SendOptions & { readonly tz?: string }): Promise<unknown>
  /** Ends the queue's schedule. */
  unschedule(name: string): Promise<unknown>
}

/** How a job is queued. https://github.com/timgit/pg-boss/blob/master/docs/api/jobs.md */
export interface SendOptions {
  /** A UUID. Default: a random one. */
  readonly id?: string
  /** How often it is tried again. */
  readonly retryLimit: number
  /** In seconds. */
  readonly retryDelay: number
  /** Whether the delay grows. */
  readonly retryBackoff: boolean
  /** After so many seconds a job counts as lost, and is tried again. */
  readonly expireInSeconds: number
  /** The same for one whose process gives no sign of life, in releases that know it (12). */
  readonly heartbeatSeconds: number
}

/** A job as a worker gets it. */
export interface BossJob<T extends object> {
  /** A UUID. */
  readonly id: string
  /** What was sent. */
  readonly data: T
  /** Given when the job has expired, in releases that have it. */
  readonly signal?: AbortSignal
}

import { setTimeout as delay } from 'node:timers/promises'
import { EnvelopeConfigError, EnvelopeError, EnvelopeJobError } from '../errors.js'
import type { PartitionOptions } from '../management/jobs/partitions.js'
import type { JobReport } from '../operations/index.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import type { Boss, BossJob, SendOptions } from './boss.js'
import { type PartData, type PlanData, partId } from './part.js'
import type { QueuedOptions, QueuedVerb, WorkedClient } from './verbs.js'

/** How jobs are queued, and worked off. */
export interface EncryptionJobsOptions {
  /** A started pg-boss, release 10 or later. */
  boss: Boss
  /** The extended client, not bound to a tenant: a job names its own. */
  client: WorkedClient
  /** The jobs that this process queues and works off. Default: `rewrap`, `reencrypt`, `reindex` and `verify`. */
  verbs?: readonly QueuedVerb[]
  /** What the names of the queues begin with: `prisma-envelope.rewrap`, `prisma-envelope.rewrap.parts`. Default: `'prisma-envelope'`. */
  queue?: string
  /** How many rows a part has, about. Fewer where a part would take too long at `rowsPerSecond`. Default: 100,000. */
  rowsPerPart?: number
  /** After how many seconds a part counts as lost, with the process that had it, and is tried again. Default: 900. */
  expireInSeconds?: number
  /** How often a part is tried again. Default: 5, at longer and longer intervals. */
  retryLimit?: number
  /** Told what each part has done, in the process that has worked on it. */
  onReport?: (part: FinishedPart) => void
}

/** A part that was worked off, and what it did. */
export interface FinishedPart extends PartData {
  /** What it did. */
  readonly report: JobReport
}

/** Jobs of `$encryption` on pg-boss. */
export interface EncryptionJobs {
  /**
   * Creates the queues, and works on what is in them until {@link EncryptionJobs.stop}.
   *
   * @param options.concurrency how many parts this process works on at once. Default: 1.
   */
  work(options?: { concurrency?: number; pollingIntervalSeconds?: number }): Promise<void>
  /**
   * Queues a job for all workers: it is split by model and key range when its turn comes.
   *
   * @returns its id in the queue.
   * @example
   * ```ts
   * await jobs.send('rewrap', { tenant: 'acme', rowsPerSecond: 5_000 })
   * ```
   */
  send(verb: QueuedVerb, options?: QueuedOptions): Promise<string>
  /**
   * Queues a job again and again. One schedule for each verb; another one replaces it.
   *
   * @param cron five fields: `0 3 * * 0`. https://man7.org/linux/man-pages/man5/crontab.5.html
   * @param options.tz the time zone. Default: UTC.
   */
  schedule(verb: QueuedVerb, cron: string, options?: QueuedOptions & { tz?: string }): Promise<void>
  /** Ends the schedule of a job. */
  unschedule(verb: QueuedVerb): Promise<void>
  /** Stops each part that is under way after its batch; another worker goes on with it. To be called before `boss.stop()`. */
  stop(): void
}

const VERBS: readonly QueuedVerb[] = ['rewrap', 'reencrypt', 'reindex', 'verify', 'backfill']
/** Not `backfill`: whoever can write to the queue and to a column could have their own text sealed. */
const DEFAULT_VERBS: readonly QueuedVerb[] = ['rewrap', 'reencrypt', 'reindex', 'verify']
const OPTIONS: OptionNames<EncryptionJobsOptions> = {
  boss: true,
  client: true,
  verbs: true,
  queue: true,
  rowsPerPart: true,
  expireInSeconds: true,
  retryLimit: true,
  onReport: true,
}
const QUEUED: OptionNames<QueuedOptions> = {
  tenant: true,
  models: true,
  fields: true,
  rowsPerSecond: true,
  kmsCallsPerSecond: true,
  dryRun: true,
  verify: true,
  placement: true,
  since: true,
}
/** Options of some jobs only. */
const ONLY_OF = {
  dryRun: ['rewrap', 'reencrypt', 'reindex', 'backfill'],
  verify: ['rewrap'],
  placement: ['rewrap'],
  since: ['reencrypt'],
} as const satisfies Partial<Record<keyof QueuedOptions, readonly QueuedVerb[]>>
/** What pg-boss takes in the name of a queue. */
const QUEUE_NAME = /^[\w.-]{1,40}$/
const HEARTBEAT_SECONDS = 60
const RETRY_DELAY_SECONDS = 5
/** A part takes this share of its time, at the rate that it is held to. */
const SHARE = 3
const QUEUE_TRIES = 5
const QUEUE_WAIT = 200

/**
 * Runs jobs of `$encryption` on pg-boss, by as many workers as there are: split by model and key range, tried again when a
 * worker is lost, scheduled, and watched in pg-boss's dashboard. A part that two workers do twice has one effect.
 *
 * @example
 * ```ts
 * const boss = new PgBoss(process.env.DATABASE_URL)
 * boss.on('error', console.error)
 * await boss.start()
 * const jobs = encryptionJobs({ boss, client: prisma })
 * await jobs.schedule('rewrap', '0 3 * * 0')
 * await jobs.work({ concurrency: 2 })
 * ```
 * @throws `ENVELOPE_CONFIG_INVALID` for an invalid option.
 */
export function encryptionJobs(options: EncryptionJobsOptions): EncryptionJobs {
  const settings = checked(options)
  const stopping = new AbortController()
  const worker = new Worker(settings, stopping.signal)
  const { boss } = options
  return {
    async work({ concurrency = 1, pollingIntervalSeconds = 2 } = {}) {
      if (!isCount(concurrency)) throw invalid('`concurrency` must be a whole number above 0')
      for (const verb of settings.verbs) {
        await settings.createQueues(verb)
        await boss.work<PlanData>(settings.plans(verb), { pollingIntervalSeconds }, (jobs) => worker.split(verb, jobs))
        for (let i = 0; i < concurrency; i++) {
          await boss.work<PartData>(settings.parts(verb), { pollingIntervalSeconds }, (jobs) =>
            worker.carryOut(verb, jobs),
          )
        }
      }
    },
    async send(verb, given = {}) {
      const data = settings.planFor(verb, given)
      await settings.createQueues(verb)
      const id = await boss.send(settings.plans(verb), data, settings.sending)
      if (id === null)
        throw new EnvelopeJobError('ENVELOPE_JOB_INTERRUPTED', 'pg-boss did not queue the job. Send it again.')
      return id
    },
    async schedule(verb, cron, { tz = 'UTC', ...given } = {}) {
      const data = settings.planFor(verb, given)
      await settings.createQueues(verb)
      await boss.schedule(settings.plans(verb), cron, data, { ...settings.sending, tz })
    },
    async unschedule(verb) {
      await boss.unschedule(settings.plans(verb))
    },
    stop: () => stopping.abort(),
  }
}

/** The options, checked, and what follows from them. */
class Settings {
  readonly verbs: readonly QueuedVerb[]
  readonly sending: SendOptions
  readonly #queue: string
  readonly #rowsPerPart: number

  constructor(readonly options: EncryptionJobsOptions) {
    const { verbs = DEFAULT_VERBS, queue = 'prisma-envelope', rowsPerPart = 100_000 } = options
    const { expireInSeconds = 900, retryLimit = 5 } = options
    this.verbs = verbs
    this.#queue = queue
    this.#rowsPerPart = rowsPerPart
    this.sending = {
      ...{ retryLimit, retryDelay: RETRY_DELAY_SECONDS, retryBackoff: true },
      ...{ expireInSeconds, heartbeatSeconds: HEARTBEAT_SECONDS },
    }
  }

  plans(verb: QueuedVerb): string {
    return `${this.#queue}.${verb}`
  }

  parts(verb: QueuedVerb): string {
    return `${this.plans(verb)}.parts`
  }

  async createQueues(verb: QueuedVerb): Promise<void> {
    for (const name of [this.plans(verb), this.parts(verb)]) await this.#createQueue(name)
  }

  /** Two processes that create one at once are in each other's way: pg-boss makes a table for each. */
  async #createQueue(name: string): Promise<void> {
    const { boss } = this.options
    for (let tries = 1; ; tries++) {
      if ((await boss.getQueue(name)) !== null) return
      try {
        await boss.createQueue(name)
        return
      } catch (error) {
        if (tries === QUEUE_TRIES) throw error
        await delay(QUEUE_WAIT * tries * (0.5 + Math.random()))
      }
    }
  }

  /** How many rows a part may have, so that it is done before it counts as lost. */
  rowsPerPart({ rowsPerSecond }: QueuedOptions): number {
    if (rowsPerSecond === undefined) return this.#rowsPerPart
    const most = Math.floor((rowsPerSecond * this.sending.expireInSeconds) / SHARE)
    return Math.max(1, Math.min(this.#rowsPerPart, most))
  }

  planFor(verb: QueuedVerb, options: QueuedOptions): PlanData {
    if (!this.verbs.includes(verb)) throw invalid(`${JSON.stringify(verb)} is not one of its \`verbs\``)
    refuseUnknownOptions(`encryptionJobs, ${verb}`, options, QUEUED)
    for (const [name, verbs] of Object.entries<readonly QueuedVerb[]>(ONLY_OF)) {
      const isGiven = options[name as keyof typeof ONLY_OF] !== undefined
      if (isGiven && !verbs.includes(verb)) throw invalid(`\`${name}\` is not an option of ${verb}`)
    }
    const { tenant } = options
    // JSON has no bigint.
    return { verb, options: typeof tenant === 'bigint' ? { ...options, tenant: String(tenant) } : options }
  }
}

class Worker {
  constructor(
    private readonly settings: Settings,
    private readonly stopping: AbortSignal,
  ) {}

  /** Queues the parts of a job. Doing it twice queues each once. */
  async split(verb: QueuedVerb, [job]: readonly BossJob<PlanData>[]): Promise<{ parts: number }> {
    if (job === undefined) return { parts: 0 }
    const plan = this.settings.planFor(verb, job.data.options)
    const { boss, client } = this.settings.options
    const { models, fields, placement } = plan.options
    const rows = this.settings.rowsPerPart(plan.options)
    const division: PartitionOptions = {
      rows,
      // What the job is not for is refused here, once, and not in each part.
      job: verb,
      ...(models !== undefined && { models }),
      ...(fields !== undefined && { fields }),
    }
    const partitions = await safely(() => client.$encryption.partitions(division as never))
    const parts: PartData[] = partitions.map((partition) => ({ ...plan, partition }))
    // The key table has a part of its own, unless values move there or back.
    if (verb === 'rewrap' && models === undefined && fields === undefined && placement === undefined)
      parts.unshift(plan)
    for (const part of parts) {
      await boss.send(this.settings.parts(verb), part, { ...this.settings.sending, id: partId(job.id, part) })
    }
    return { parts: parts.length }
  }

  /** Does what a part is about. Throws if it was stopped, so that it is tried again. */
  async carryOut(verb: QueuedVerb, [job]: readonly BossJob<PartData>[]): Promise<JobReport | undefined> {
    if (job === undefined) return undefined
    const { partition } = job.data
    const plan = this.settings.planFor(verb, job.data.options)
    const { client, onReport } = this.settings.options
    const work = client.$encryption[verb]
    if (work === undefined) throw invalid(`this client has no $encryption.${verb}`)
    const signal = job.signal === undefined ? this.stopping : AbortSignal.any([this.stopping, job.signal])
    const rows = partition === undefined ? { models: [], keyTable: true } : { partition }
    const report = await safely(() => work({ ...plan.options, ...rows, signal } as never))
    if (!report.finished) {
      throw new EnvelopeJobError(
        'ENVELOPE_JOB_INTERRUPTED',
        'The worker was stopped. Another one goes on with this part.',
      )
    }
    onReport?.({ ...job.data, report })
    return report
  }
}

/** pg-boss stores errors: those of others may quote values. */
async function safely<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EnvelopeError) throw error
    throw new EnvelopeJobError(
      'ENVELOPE_JOB_INTERRUPTED',
      'The part failed for a reason that is not told here, since it may quote values.',
    )
  }
}

function checked(options: EncryptionJobsOptions): Settings {
  refuseUnknownOptions('encryptionJobs', options, OPTIONS)
  const { boss, client, verbs = DEFAULT_VERBS, queue = 'prisma-envelope' } = options
  if (typeof boss?.send !== 'function' || typeof boss.work !== 'function') {
    throw invalid('`boss` must be a pg-boss of release 10 or later')
  }
  if (client?.$encryption === undefined) throw invalid('`client` must be a client with field encryption')
  const unknown = verbs.find((verb) => !VERBS.includes(verb))
  if (unknown !== undefined) throw invalid(`${JSON.stringify(unknown)} cannot be queued: ${VERBS.join(', ')} can`)
  if (!QUEUE_NAME.test(queue)) throw invalid('`queue` must have 1 to 40 letters, digits, "_", "-" and "."')
  for (const name of ['rowsPerPart', 'expireInSeconds'] as const) {
    if (options[name] !== undefined && !isCount(options[name]))
      throw invalid(`\`${name}\` must be a whole number above 0`)
  }
  if (options.retryLimit !== undefined && !isCount(options.retryLimit + 1)) {
    throw invalid('`retryLimit` must be a whole number from 0')
  }
  return new Settings(options)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `encryptionJobs: ${what}.`)
}

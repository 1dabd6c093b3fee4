import { describe, expect, test } from 'vitest'
import { EnvelopeKeyError } from '../../src/errors.js'
import type { JobReport } from '../../src/operations/index.js'
import {
  type Boss,
  type BossJob,
  type EncryptionJobsOptions,
  encryptionJobs,
  type WorkedClient,
} from '../../src/pg-boss/index.js'

/** A queue in memory: for what a real one does at no given time. */
class Queue implements Boss {
  readonly sent: { name: string; data: object; id: string | undefined }[] = []
  readonly handlers = new Map<string, (jobs: BossJob<object>[]) => Promise<unknown>>()
  readonly queues = new Set<string>()
  failures = 0

  async createQueue(name: string): Promise<void> {
    if (this.failures-- > 0) throw new Error('deadlock detected')
    this.queues.add(name)
  }

  async getQueue(name: string): Promise<object | null> {
    return this.queues.has(name) ? {} : null
  }

  async send(name: string, data: object, { id }: { id?: string }): Promise<string> {
    this.sent.push({ name, data: JSON.parse(JSON.stringify(data)) as object, id })
    return id ?? 'plan'
  }

  async work<T extends object>(name: string, _: object, handler: (jobs: BossJob<T>[]) => Promise<unknown>) {
    this.handlers.set(name, handler as (jobs: BossJob<object>[]) => Promise<unknown>)
    return name
  }

  async schedule(name: string, cron: string, data: object): Promise<void> {
    this.sent.push({ name, data: { cron, data }, id: undefined })
  }

  async unschedule(): Promise<void> {}

  run(name: string, data: object, signal?: AbortSignal): Promise<unknown> {
    const handler = this.handlers.get(name)
    if (handler === undefined) throw new Error(`nobody works on ${name}`)
    return handler([{ id: 'plan', data, ...(signal !== undefined && { signal }) }])
  }
}

const done: JobReport = { finished: true, rows: 1, changed: 1, skipped: {}, skippedRows: [] }
const REWRAP = 'prisma-envelope.rewrap'

function at(
  options: Partial<EncryptionJobsOptions> = {},
  rewrap: (given: object) => Promise<JobReport> = async () => done,
) {
  const boss = new Queue()
  const given: object[] = []
  const client: WorkedClient = {
    $encryption: {
      async partitions(division?: object) {
        given.push(division ?? {})
        return [
          { model: 'Patient', last: ['5'] },
          { model: 'Patient', after: ['5'] },
        ]
      },
      async rewrap(how: object) {
        given.push(how)
        return rewrap(how)
      },
    },
  }
  return { boss, given, jobs: encryptionJobs({ boss, client, ...options }) }
}

describe('jobs on a queue', () => {
  test('are queued whole, and split once, whoever splits them twice', async () => {
    const { boss, jobs } = at()
    await jobs.work()
    await jobs.send('rewrap', { tenant: 5n, rowsPerSecond: 100 })
    expect(boss.sent).toMatchObject([{ name: REWRAP, data: { verb: 'rewrap', options: { tenant: '5' } } }])
    const [plan] = boss.sent.splice(0)
    for (const _ of [1, 2]) await boss.run(REWRAP, plan?.data ?? {})
    const ids = boss.sent.map(({ id }) => id)
    expect(ids).toHaveLength(6)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(boss.sent.map(({ data }) => 'partition' in data)).toEqual([false, true, true, false, true, true])
  })

  test('have parts that are done before they expire, at the rate that they are held to', async () => {
    const { boss, given, jobs } = at({ expireInSeconds: 300 })
    await jobs.work()
    await boss.run(REWRAP, { verb: 'rewrap', options: { rowsPerSecond: 10 } })
    await boss.run(REWRAP, { verb: 'rewrap', options: { models: ['Patient'] } })
    expect(given).toEqual([
      { rows: 1_000, job: 'rewrap' },
      { rows: 100_000, job: 'rewrap', models: ['Patient'] },
    ])
    expect(boss.sent).toHaveLength(5)
  })

  test('do what the part says; the key table is a part of its own', async () => {
    const { boss, given, jobs } = at()
    await jobs.work()
    const partition = { model: 'Patient', last: ['5'] }
    await boss.run(`${REWRAP}.parts`, { verb: 'rewrap', options: { tenant: 'acme' }, partition })
    await boss.run(`${REWRAP}.parts`, { verb: 'rewrap', options: {} })
    expect(given).toMatchObject([
      { tenant: 'acme', partition },
      { models: [], keyTable: true },
    ])
  })

  test('move values without a part for the key table', async () => {
    const { boss, given, jobs } = at()
    await jobs.work()
    await jobs.send('rewrap', { placement: 'table' })
    await boss.run(REWRAP, boss.sent.splice(0)[0]?.data ?? {})
    expect(boss.sent.map(({ data }) => 'partition' in data)).toEqual([true, true])
    await boss.run(`${REWRAP}.parts`, boss.sent[0]?.data ?? {})
    expect(given.at(-1)).toMatchObject({ placement: 'table', partition: { model: 'Patient' } })
  })

  test('are refused with an option of another job', async () => {
    const { boss, jobs } = at({ verbs: ['rewrap', 'reencrypt', 'verify'] })
    for (const [verb, options] of [
      ['reencrypt', { placement: 'table' }],
      ['rewrap', { since: '2026-11-30T12:00Z' }],
      ['verify', { dryRun: true }],
      ['reencrypt', { verify: false }],
    ] as const) {
      const code = 'ENVELOPE_CONFIG_INVALID'
      await expect(jobs.send(verb, options)).rejects.toMatchObject({ code })
    }
    await jobs.send('reencrypt', { since: '2026-11-30T12:00Z' })
    expect(boss.sent).toHaveLength(1)
  })

  test('are not done when they were stopped, by the worker or by the queue', async () => {
    const stopped: AbortSignal[] = []
    const { boss, jobs } = at({}, async (how) => {
      const { signal } = how as { signal: AbortSignal }
      stopped.push(signal)
      return { ...done, finished: !signal.aborted }
    })
    await jobs.work()
    const part = { verb: 'rewrap', options: {} }
    expect(await boss.run(`${REWRAP}.parts`, part)).toEqual(done)
    const code = 'ENVELOPE_JOB_INTERRUPTED'
    await expect(boss.run(`${REWRAP}.parts`, part, AbortSignal.abort())).rejects.toMatchObject({ code })
    jobs.stop()
    await expect(boss.run(`${REWRAP}.parts`, part)).rejects.toMatchObject({ code })
  })

  test('say nothing of what others have thrown, which the queue would keep', async () => {
    const known = new EnvelopeKeyError('ENVELOPE_KMS_UNAVAILABLE', 'KMS is away.', { tenant: 'acme', retryable: true })
    for (const [thrown, code] of [
      [new Error('duplicate key value: ann@example.com'), 'ENVELOPE_JOB_INTERRUPTED'],
      [known, 'ENVELOPE_KMS_UNAVAILABLE'],
    ] as const) {
      const { boss, jobs } = at({}, () => Promise.reject(thrown))
      await jobs.work()
      const failed = boss.run(`${REWRAP}.parts`, { verb: 'rewrap', options: {} })
      await expect(failed).rejects.toMatchObject({ code })
      await expect(failed).rejects.not.toThrow('ann@')
    }
  })

  test('have queues that two workers may create at once', async () => {
    const { boss, jobs } = at()
    boss.failures = 2
    await jobs.send('rewrap')
    expect(boss.queues).toEqual(new Set([REWRAP, `${REWRAP}.parts`]))
  })

  test('are scheduled with their options', async () => {
    const { boss, jobs } = at()
    await jobs.schedule('rewrap', '0 3 * * 0', { tenant: 'acme', tz: 'Europe/Berlin' })
    expect(boss.sent).toEqual([
      {
        name: REWRAP,
        data: { cron: '0 3 * * 0', data: { verb: 'rewrap', options: { tenant: 'acme' } } },
        id: undefined,
      },
    ])
  })
})

const CODE = { code: 'ENVELOPE_CONFIG_INVALID' }

test.each<[string, (options: object) => object]>([
  ['no pg-boss', () => ({ boss: {} })],
  ['no extended client', () => ({ client: {} })],
  ['another verb', () => ({ verbs: ['eject'] })],
  ['a name that pg-boss refuses', () => ({ queue: 'a b' })],
  ['no rows', () => ({ rowsPerPart: 0 })],
  ['half a second', () => ({ expireInSeconds: 0.5 })],
  ['less than no retries', () => ({ retryLimit: -1 })],
  ['an option that there is not', () => ({ queues: 'x' })],
])('%s is refused', (_, options) => {
  expect(() => at(options({}) as Partial<EncryptionJobsOptions>)).toThrow(expect.objectContaining(CODE))
})

test('a job is refused that this process does not know, wherever it comes from', async () => {
  const { boss, jobs } = at({ verbs: ['rewrap'] })
  await expect(jobs.send('verify')).rejects.toMatchObject(CODE)
  // It would make genuine what somebody has put into a column: it has to be named.
  await expect(at().jobs.send('backfill')).rejects.toMatchObject(CODE)
  expect(await at({ verbs: ['backfill'] }).jobs.send('backfill')).toBe('plan')
  await expect(jobs.send('rewrap', { dryRuns: true } as object)).rejects.toMatchObject(CODE)
  await expect(jobs.work({ concurrency: 0 })).rejects.toMatchObject(CODE)
  await jobs.work()
  await expect(boss.run(REWRAP, { verb: 'rewrap', options: { sql: 'DROP TABLE' } })).rejects.toMatchObject(CODE)
  await expect(boss.run(`${REWRAP}.parts`, { verb: 'rewrap', options: { x: 1 } })).rejects.toMatchObject(CODE)
})

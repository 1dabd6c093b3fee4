import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import PgBoss from 'pg-boss'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { localKms } from '../../src/kms/local-kms/index.js'
import { encryptionJobs, type FinishedPart } from '../../src/pg-boss/index.js'
import { openTestDatabase, testProvider } from '../support/database.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { tagOf, wrappingOf } from '../support/rotation.js'
import { ROTATED } from './killed-rows.js'
import { BOSS, JOBS } from './queued-jobs.js'

const KILLS = Number(process.env.KILLS ?? 4)
const ROWS = Number(process.env.ROWS ?? 1_500)
/** For how long a worker may go on, at most: milliseconds. */
const LONGEST = 1_500

const folder = mkdtempSync(join(tmpdir(), 'queued-jobs-'))
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A database with rows under an old CMK, its KMS, and how often each row was changed since. */
async function stageWith(rows: number) {
  const database = await openTestDatabase()
  const file = join(folder, `kms-${Math.random()}.json`)
  const kms = localKms({ file })
  const { arn } = await kms.createKey({ alias: ROTATED.current })
  await kms.createKey({ alias: 'alias/killed/old' })
  await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })
  const before = encryptedClient(database, kms, { cmk: () => 'alias/killed/old', rewrap: 'off' })
  const acme = before.prisma.$forTenant('acme')
  for (let from = 0; from < rows; from += 500) {
    const ids = Array.from({ length: Math.min(500, rows - from) }, (_, n) => `row-${from + n}`)
    await acme.patient.createMany({ data: ids.map((id) => ({ id, ssn: id, email: `${id}@example.com` })) })
  }
  await database.execute('CREATE TABLE touched (id text PRIMARY KEY, times int NOT NULL)')
  await database.execute(`CREATE FUNCTION count_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO touched VALUES (NEW.id, 1) ON CONFLICT (id) DO UPDATE SET times = touched.times + 1; RETURN NEW; END $$`)
  await database.execute('CREATE TRIGGER touch AFTER UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION count_touch()')
  await before.plain.$disconnect()
  const { plain, prisma } = encryptedClient(database, kms, { cmk: () => ROTATED, rewrap: 'off' })
  const boss = new PgBoss({ connectionString: database.url, max: 3, ...BOSS })
  boss.on('error', () => {})
  await boss.start()
  onTestFinished(async () => {
    await boss.stop({ graceful: false })
    await plain.$disconnect()
    await database.close()
  })
  return { database, file, arn, prisma, boss }
}

/** A worker in a process of its own. */
function start(url: string, file: string): ChildProcess {
  const fixture = join(import.meta.dirname, 'fixtures', 'queue-worker.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, url, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  return child
}

/** Kills it at a random time after it has begun. */
async function workUntilKilled(url: string, file: string): Promise<void> {
  const child = start(url, file)
  const ended = once(child, 'close')
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), ended])
  await delay(Math.random() * LONGEST)
  child.kill('SIGKILL')
  const [, signal] = await ended
  running.delete(child)
  expect(signal).toBe('SIGKILL')
}

async function partsOf({ database }: Awaited<ReturnType<typeof stageWith>>) {
  return database.query(`SELECT state::text AS state, data, output FROM pgboss.job
    WHERE name = 'prisma-envelope.rewrap.parts' ORDER BY created_on`)
}

async function expectRewrappedOnce({ database, arn }: Awaited<ReturnType<typeof stageWith>>): Promise<void> {
  for (const column of ['ssn', 'email_sealed']) {
    const stored = await database.query(`SELECT ${column} AS value FROM patients`)
    expect(new Set(stored.map(({ value }) => wrappingOf(value).cmk)), column).toEqual(new Set([tagOf(arn)]))
  }
  const touched = await database.query('SELECT times, count(*)::int AS rows FROM touched GROUP BY times')
  expect(touched).toEqual([{ times: 1, rows: ROWS }])
}

// pg-boss keeps its queues in PostgreSQL.
describe.runIf(testProvider() === 'postgresql')('jobs on pg-boss', () => {
  test('are split into parts, each of which is worked off once, and says what it has done', async () => {
    const stage = await stageWith(ROWS)
    const { boss, prisma } = stage
    const done: FinishedPart[] = []
    const jobs = encryptionJobs({ boss, client: prisma, ...JOBS, onReport: (part) => done.push(part) })
    await jobs.send('rewrap', { models: ['Patient'] })
    await jobs.work({ concurrency: 2, pollingIntervalSeconds: 0.5 })
    await expect.poll(() => done.length, { timeout: 20_000 }).toBe(ROWS / JOBS.rowsPerPart)
    await expect
      .poll(async () => new Set((await partsOf(stage)).map(({ state }) => state)))
      .toEqual(new Set(['completed']))
    expect(done.reduce((sum, { report }) => sum + report.changed, 0)).toBe(ROWS)
    for (const { output } of await partsOf(stage))
      expect(JSON.parse(String(output))).toMatchObject({ finished: true, skipped: {} })
    await expectRewrappedOnce(stage)
  }, 60_000)

  test('finish with one effect, whenever their workers are killed', async () => {
    const stage = await stageWith(ROWS)
    const { boss, database, file, prisma } = stage
    await encryptionJobs({ boss, client: prisma, ...JOBS }).send('rewrap')
    let begun = 0
    const lane = async (): Promise<void> => {
      while (begun < KILLS) {
        begun += 1
        await workUntilKilled(database.url, file)
      }
    }
    await Promise.all([lane(), lane()])
    const last = start(database.url, file)
    await expect
      .poll(async () => new Set((await partsOf(stage)).map(({ state }) => state)), { timeout: 60_000, interval: 500 })
      .toEqual(new Set(['completed']))
    last.kill('SIGKILL')
    // And the key table's.
    expect(await partsOf(stage)).toHaveLength(
      (await prisma.$encryption.partitions({ rows: JOBS.rowsPerPart })).length + 1,
    )
    await expectRewrappedOnce(stage)
  }, 120_000)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { openTestDatabase, testProvider } from '../support/database.js'
import { encryptedClient, type TestOptions } from '../support/encrypted-client.js'
import { tagOf, wrappingOf } from '../support/rotation.js'
import { binaryOf } from '../support/stage.js'
import { ROTATED } from './killed-rows.js'

const KILLS = Number(process.env.KILLS ?? 4)
const ROWS = Number(process.env.ROWS ?? 4_000)
/** Sweeps side by side. */
const LANES = 2
/** For how long one may go on, at most: milliseconds. */
const LONGEST = Number(process.env.LONGEST ?? 1_500)
/** What one kill may take on a slow machine, with the start of the next process. */
const PATIENCE = 30_000

const running = new Set<ChildProcess>()
const folder = mkdtempSync(join(tmpdir(), 'killed-sweep-'))
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** `rewrap` stays in the database; `reencrypt` and `backfill` read values into the process and write them back. */
const VERBS = [
  ['rewrap', {}],
  ['reencrypt', { suite: 'xchacha20-poly1305' }],
  ['backfill', {}],
] as const satisfies [string, TestOptions][]

// The same rows are written and swept at once, which SQLite does one after another.
test.runIf(testProvider() !== 'sqlite').each(VERBS)(
  'whenever a %s is killed, beside others and writers, each row has its writer’s last value, and ends under the new CMK',
  async (verb, options) => {
    const database = await openTestDatabase()
    const file = join(folder, `${verb}.json`)
    const kms = localKms({ file })
    const { arn } = await kms.createKey({ alias: ROTATED.current })
    await kms.createKey({ alias: 'alias/killed/old' })
    await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })
    const before = encryptedClient(database, kms, { cmk: () => 'alias/killed/old', rewrap: 'off' })
    /** Of the time before the new CMK; of a backfill, from before there was encryption. */
    const former = verb === 'backfill' ? before.plain : before.prisma.$forTenant('acme')
    const last = new Map<string, number>()
    for (let from = 0; from < ROWS; from += 500) {
      const ids = Array.from({ length: Math.min(500, ROWS - from) }, (_, n) => `row-${from + n}`)
      const data = ids.map((id) => ({ id, tenantId: 'acme', ...rowOf(id, 0), email: `${id}@example.com` }))
      await (former as typeof before.plain).patient.createMany({ data })
      for (const id of ids) last.set(id, 0)
    }

    const after = encryptedClient(database, kms, { cmk: () => ROTATED, rewrap: 'off', ...options })
    const acme = after.prisma.$forTenant('acme')
    /** Two of the writers have not been told of what is new: what they write has to be done again. */
    const clients = [acme, former] as unknown as [typeof acme, typeof acme]
    const ids = [...last.keys()]
    let isOver = false
    let writes = 0
    /** One of several writers, each of rows of its own. Every other write holds its lock for a while. */
    const writer = async (n: number): Promise<void> => {
      const client = clients[n % clients.length] ?? acme
      for (let version = 1; !isOver; version++) {
        const id = ids[n + 4 * Math.floor((Math.random() * ids.length) / 4)]
        if (id === undefined) continue
        const [where, data] = [{ id }, rowOf(id, version)]
        if (version % 2 === 0) await client.patient.update({ where, data, select: { id: true } })
        else {
          await client.$transaction(async (tx) => {
            await tx.patient.update({ where, data, select: { id: true } })
            await delay(5)
          })
        }
        last.set(id, version)
        writes += 1
        await delay(1)
      }
    }
    const writers = Promise.all([0, 1, 2, 3].map(writer))
    let begun = 0
    const lane = async (): Promise<void> => {
      while (begun < KILLS) {
        begun += 1
        await sweepUntilKilled(verb, database.url, file)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    // One comes to its end beside the writers, and one after they have ended.
    const beside = await after.prisma.$encryption[verb]({ models: ['Patient'] })
    isOver = true
    await writers
    const report = await after.prisma.$encryption[verb]({ models: ['Patient'] })
    for (const { finished, skipped } of [beside, report])
      expect({ finished, skipped }).toEqual({ finished: true, skipped: {} })

    const rows = await acme.patient.findMany({ select: { id: true, ssn: true, notes: true } })
    expect(rows).toHaveLength(ROWS)
    for (const { id, ssn, notes } of rows) expect({ ssn, notes }, id).toEqual(rowOf(id, last.get(id) ?? -1))
    for (const column of ['ssn', 'email_sealed', 'notes']) {
      const stored = await database.query(`SELECT ${column} AS value FROM patients`)
      expect(new Set(stored.map(({ value }) => wrappingOf(value).cmk)), column).toEqual(new Set([tagOf(arn)]))
      const suites = new Set(stored.map(({ value }) => parseEnvelope(binaryOf(value)).suite.name))
      if (verb === 'reencrypt') expect(suites, column).toEqual(new Set([options.suite]))
    }
    console.log(
      `${KILLS} kills, ${ROWS} rows, ${writes} writes, ${beside.changed} and ${report.changed} rows changed by ${verb} at the end`,
    )
    expect(Math.min(writes, beside.changed + report.changed)).toBeGreaterThan(0)
    await before.plain.$disconnect()
    await after.plain.$disconnect()
    await database.close()
  },
  (KILLS + 2) * PATIENCE,
)

function rowOf(id: string, version: number) {
  return { ssn: `${version} of ${id}`, notes: { id, version } }
}

/** Kills it at a random time after it has begun. */
async function sweepUntilKilled(verb: string, url: string, file: string): Promise<void> {
  const fixture = join(import.meta.dirname, 'fixtures', 'sweep-until-killed.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, verb, url, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  const ended = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), ended])
  await delay(Math.random() * LONGEST)
  child.kill('SIGKILL')
  const [, signal] = await ended
  running.delete(child)
  expect(complaints).toBe('')
  expect(signal).toBe('SIGKILL')
}

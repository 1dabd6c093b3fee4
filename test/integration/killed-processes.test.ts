import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { parseEnvelope } from '../../src/envelope/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { testProvider } from '../support/database.js'
import { keysClient, openKeysDatabase } from '../support/keys-stage.js'
import { binaryOf } from '../support/stage.js'
import { cmkOf, DATA_KEYS, rowOf, TENANTS } from './killed-rows.js'

const KILLS = Number(process.env.KILLS ?? 10)
/** Processes side by side. */
const LANES = 3
/** For how long one may write after its first row, at most (ms); or, one in four, after its first look at the key table. */
const LONGEST = 400
/** What one kill may take on a slow machine, with the start of the next process (ms). */
const PATIENCE = 30_000

const running = new Set<ChildProcess>()
const folder = mkdtempSync(join(tmpdir(), 'killed-'))
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

// Several processes write at once, which SQLite has them wait for.
test.runIf(testProvider() === 'postgresql')(
  'whenever a process is killed, every row that it has committed opens, and no key has sealed more than it may',
  async () => {
    const database = await openKeysDatabase()
    const file = join(folder, 'kms.json')
    const kms = localKms({ file })
    for (const tenant of TENANTS) await kms.createKey({ alias: cmkOf(tenant) })
    await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })

    const committed = new Map<string, number>()
    let begun = 0
    const lane = async (): Promise<void> => {
      while (begun < KILLS) {
        begun += 1
        for (const [id, version] of await writeUntilKilled(database.url, file, `${begun}`)) committed.set(id, version)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))

    // A process that knows nothing of what was written.
    const { plain, prisma } = keysClient(database, localKms({ file }), { cmk: cmkOf, dataKeys: DATA_KEYS })
    for (const tenant of TENANTS) {
      const rows = new Map((await prisma.$forTenant(tenant).patient.findMany()).map((row) => [row.id, row]))
      for (const [id, version] of committed) {
        if (!id.startsWith(`${tenant}/`)) continue
        const row = rows.get(id)
        // It may have committed more than it could say.
        const stored = row?.ssn === rowOf(id, 2).ssn ? 2 : version
        expect(row, id).toMatchObject(rowOf(id, stored))
      }
    }

    const counts = await sealedUnder(database)
    const keys = await plain.dataKey.count()
    console.log(
      `${KILLS} kills: ${committed.size} rows said to be committed, ${keys} keys, ${counts.inline} values inline`,
    )
    expect(committed.size).toBeGreaterThan(0)
    expect(counts.keys.size).toBeGreaterThan(0)
    expect(Math.max(...counts.keys.values())).toBeLessThanOrEqual(DATA_KEYS.maxMessages)
    for (const { reserved } of await plain.dataKeyCount.findMany()) {
      expect(reserved).toBeLessThanOrEqual(BigInt(DATA_KEYS.maxMessages))
    }
    await plain.$disconnect()
    await database.close()
  },
  KILLS * PATIENCE,
)

/** What one process has said to be committed by the time it is killed. */
async function writeUntilKilled(url: string, file: string, name: string): Promise<Map<string, number>> {
  const fixture = join(import.meta.dirname, 'fixtures', 'write-until-killed.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, url, file, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let said = ''
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk
  })
  const lines = Math.random() < 0.25 ? 1 : 2
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.split('\n').length > lines) resolve()
    })
  })
  const ended = once(child, 'close')
  await Promise.race([begun, ended])
  await delay(Math.random() * LONGEST)
  child.kill('SIGKILL')
  const [, signal] = await ended
  running.delete(child)
  // Nothing that it did was to fail.
  expect(complaints).toBe('')
  expect(signal).toBe('SIGKILL')
  // The last line may be cut off.
  const rows = said.split('\n').slice(1, -1)
  return new Map(rows.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(-1))]))
}

/** How many values in the database are sealed under each key of the key table. */
async function sealedUnder(database: Awaited<ReturnType<typeof openKeysDatabase>>) {
  const keys = new Map<string, number>()
  let inline = 0
  for (const column of ['ssn', 'email_sealed', 'notes', 'photo_sealed']) {
    for (const { value } of await database.query(`SELECT ${column} AS value FROM patients`)) {
      const { wrapped, dataKeyId } = parseEnvelope(binaryOf(value))
      const id = Buffer.from(dataKeyId).toString('hex')
      if (wrapped === undefined) keys.set(id, (keys.get(id) ?? 0) + 1)
      else inline += 1
    }
  }
  return { keys, inline }
}

/**
 * `npm run example:worker`: two tenants' CMKs are replaced for a new year, and two workers rewrap 20,000 rows.
 *
 * Begin with `worker.ts`; this file only sets the scene. PostgreSQL is `TEST_DATABASE_URL`'s, else one from npm.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { localKms } from 'prisma-envelope/local-kms'
import { encryptionJobs } from 'prisma-envelope/pg-boss'
import { startPostgres } from '../../test/support/servers/postgres-server.js'
import { cmksOf, openDb } from './db.js'

const TENANTS = ['northside', 'southside']
const ROWS = 10_000
const YEAR = 2027

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
const folder = mkdtempSync(join(tmpdir(), 'rotation-worker-'))
const server = await startPostgres()
try {
  await rotate(await createDatabase(server.url), join(folder, 'kms.json'))
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function rotate(url: string, file: string): Promise<void> {
  const kms = localKms({ file })
  for (const tenant of TENANTS) {
    const { current, previous } = cmksOf(tenant, YEAR)
    for (const alias of [current, ...previous]) await kms.ensureKey({ alias })
  }
  const before = openDb(url, kms.provider, YEAR - 1)
  for (const tenant of TENANTS) {
    const data = Array.from({ length: ROWS }, (_, i) => ({ name: `Customer ${i}`, email: `${i}@${tenant}.example` }))
    for (let from = 0; from < ROWS; from += 1_000) {
      await before.$forTenant(tenant).customer.createMany({ data: data.slice(from, from + 1_000) })
    }
  }
  before.$encryption.close()
  await before.$disconnect()
  console.log(`${TENANTS.length * ROWS} customers are under the CMKs of ${YEAR - 1}.`)

  const boss = new PgBoss({ connectionString: url, max: 2, schedule: false })
  boss.on('error', (error) => console.error(error.message))
  await boss.start()
  const prisma = openDb(url, kms.provider, YEAR)
  await encryptionJobs({ boss, client: prisma }).send('rewrap')
  const workers = [startWorker(url, file), startWorker(url, file)]
  while (!(await isDone(url))) await sleep(200)
  for (const worker of workers) worker.kill('SIGTERM')
  await Promise.all(workers.map((worker) => once(worker, 'close')))
  const { changed, rows } = await prisma.$encryption.rewrap({ dryRun: true })
  console.log(`${rows} rows were looked at again: ${changed} of them are still to be rewrapped.`)
  await boss.stop()
  await prisma.$disconnect()
  if (changed !== 0) process.exitCode = 1
}

function startWorker(url: string, file: string) {
  const program = fileURLToPath(new URL('worker.ts', import.meta.url))
  const env = { ...process.env, DATABASE_URL: url, KMS_FILE: file, YEAR: String(YEAR) }
  return spawn(process.execPath, ['--import', 'tsx', program], { env, stdio: 'inherit' })
}

/** Whether a job was split, and all its parts are done. */
async function isDone(url: string): Promise<boolean> {
  const rows = await query(url, `SELECT state::text FROM pgboss.job WHERE name LIKE 'prisma-envelope.rewrap%'`)
  return rows.length > 1 && rows.every(({ state }) => state === 'completed')
}

async function createDatabase(server: string): Promise<string> {
  await query(server, 'CREATE DATABASE rotation_worker')
  const url = new URL(server)
  url.pathname = '/rotation_worker'
  // In a project of your own, `prisma migrate deploy` does this.
  await query(url.href, readFileSync(new URL('generated/schema.sql', import.meta.url), 'utf8'))
  return url.href
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

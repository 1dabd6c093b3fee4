/**
 * A worker: `DATABASE_URL=… KMS_FILE=… npx tsx examples/rotation-worker/worker.ts`. Start as many as you like, on as many
 * machines. It works off what is queued until SIGTERM, and then hands over the part that it is working on.
 */
import PgBoss from 'pg-boss'
import { localKms } from 'prisma-envelope/local-kms'
import { encryptionJobs } from 'prisma-envelope/pg-boss'
import { openDb } from './db.js'

const { DATABASE_URL: url = '', KMS_FILE: file = '', YEAR = '2027' } = process.env
if (url === '' || file === '') throw new Error('Set DATABASE_URL and KMS_FILE.')

// In production, awsKms({ region }): see docs/kms.md.
const kms = localKms({ file })
const prisma = openDb(url, kms.provider, Number(YEAR))
const boss = new PgBoss({ connectionString: url, max: 4 })
boss.on('error', (error) => console.error(error.message))
await boss.start()

const jobs = encryptionJobs({
  boss,
  client: prisma,
  rowsPerPart: 2_000,
  onReport({ partition, report }) {
    const { rows, changed, skipped } = report
    console.log(JSON.stringify({ worker: process.pid, part: partition ?? 'key table', rows, changed, skipped }))
  },
})
// Every Sunday night. What is up to date costs no more than a look.
await jobs.schedule('rewrap', '0 3 * * 0', { rowsPerSecond: 5_000 })
await jobs.work({ pollingIntervalSeconds: 0.5 })

process.once('SIGTERM', async () => {
  jobs.stop()
  await boss.stop()
  prisma.$encryption.close()
  await prisma.$disconnect()
  kms.close()
})

/**
 * `memory.ts ROWS`: prints a table of what memory jobs over so many rows take, each in turn in one process, on PostgreSQL. Rows are made in
 * the database.
 */
import { memoryInUse } from '../memory.js'
import { table } from '../report/table.js'
import { NEW_CMK, needAccelerator, OLD_CMK, openStage } from './stage.js'

const MEGABYTE = 2 ** 20
/** The job has everything loaded, and has met its keys. */
const FIRST = 20_000

const count = Number(process.argv[2] ?? 1_000_000)
const stage = await openStage()
await stage.execute(
  `INSERT INTO patients (id, tenant_id, email_sealed, ssn, updated_at)
SELECT 'row-' || lpad(i::text, 8, '0'), 'acme', 'p' || lpad(i::text, 8, '0') || '@example.org', '900-11-' || i, now()
FROM generate_series(1, ${count}) AS i`,
)
await stage.execute('VACUUM ANALYZE patients')

const jobs = [
  ['backfill', OLD_CMK],
  ['verify', OLD_CMK],
  ['rewrap', NEW_CMK],
  ['reencrypt', NEW_CMK],
] as const
const rows: string[][] = []
for (const [verb, cmk] of jobs) {
  const { $encryption } = stage.client(cmk, verb === 'reencrypt' ? 'table' : 'inline')
  const before = (await memoryInUse()).resident
  let [after, most, visited] = [0, 0, 0]
  const began = performance.now()
  const report = await $encryption[verb]({
    models: ['Patient'],
    onProgress: (progress) => {
      visited = progress.rows
      const { rss } = process.memoryUsage()
      if (after === 0 && visited >= FIRST) after = rss
      most = Math.max(most, rss)
    },
  })
  if (!report.finished || visited < count || Object.keys(report.skipped).length > 0)
    throw new Error(`${verb} has not done it`)
  const seconds = (performance.now() - began) / 1_000
  rows.push([
    verb,
    visited.toLocaleString('en'),
    seconds.toFixed(0),
    ...[before, after, most].map((bytes) => (bytes / MEGABYTE).toFixed(0)),
    ((most - after) / MEGABYTE).toFixed(0),
  ])
  console.error(rows.at(-1)?.join(' | '))
}
needAccelerator()
const { version } = stage
await stage.close()
const header = ['rows', 's', 'MiB before', `after ${FIRST.toLocaleString('en')} rows`, 'at most', 'growth since then']
const limit = process.execArgv.find((option) => option.startsWith('--max-old-space-size=')) ?? 'no limit'
console.log(table([`resident memory, ${version}, ${limit}`, ...header], rows))

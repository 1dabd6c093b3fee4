import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { table } from '../report/table.js'
import type { Summary } from '../statistics.js'
import type { Measured } from './one-size.js'

const SIZES = [1_000, 10_000]
/** What a search of two fields is to take on the machine that the tables are made on (ms), by the number of rows. */
const AT_MOST: ReadonlyMap<number, number> = new Map([[10_000, 80]])

/** Searches within a tenant beside `ILIKE` on the same rows in plaintext. Returns the tables. */
export function searches(rounds: number, log: (text: string) => void): string {
  const tables = SIZES.map((rows) => {
    const made = tableOf(JSON.parse(lastLine(run(rows, rounds))))
    log(`\n${made}`)
    return made
  })
  return tables.join('\n\n')
}

/** In a process of its own: the client that is loaded is that of one database. */
function run(rows: number, rounds: number): string {
  const path = fileURLToPath(new URL('one-size.ts', import.meta.url))
  const env = { ...process.env, TEST_DB: 'postgresql' }
  return execFileSync(process.execPath, [...process.execArgv, path, String(rows), String(rounds)], {
    encoding: 'utf8',
    env,
  })
}

/** Before it, the server says where it is from. */
function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? ''
}

/** The table of one size. */
export function tableOf({ version, rows: count, cases }: Measured): string {
  const rows = cases.map(({ name, found, plain, search, ratio }, i) => [
    name,
    found.toLocaleString('en'),
    plain.median.toFixed(1),
    search.median.toFixed(1),
    ratio.median.toFixed(1),
    spread(ratio),
    i === 0 ? verdict(search.median, AT_MOST.get(count)) : '',
  ])
  const header = ['found', 'plain Prisma, ms', 'search, ms', 'ratio', 'quartiles', 'goal, ms']
  return table([`${version}, ${count.toLocaleString('en')} rows of the tenant`, ...header], rows)
}

function spread({ lower, upper }: Summary): string {
  return `${lower.toFixed(1)} to ${upper.toFixed(1)}`
}

function verdict(median: number, most: number | undefined): string {
  if (most === undefined) return ''
  return median <= most ? `${most}: met` : `${most}: missed by ${(median - most).toFixed(0)}`
}

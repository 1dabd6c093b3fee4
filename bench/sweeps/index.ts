import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hasMariadb } from '../../test/support/servers/mariadb-programs.js'
import { table } from '../report/table.js'
import type { Summary } from '../statistics.js'
import type { Measured } from './one-database.js'

const ROWS = 20_000
/** Of the measurement of memory. */
const MANY = 1_000_000
/** Otherwise V8 lets garbage lie until it is some hundred MiB. */
const SMALL_HEAP = '--max-old-space-size=96'

/** Jobs over whole tables: how long they take beside an UPDATE by hand, and their memory. Returns the tables. */
export function sweeps(rounds: number, log: (text: string) => void): string {
  const providers = ['postgresql', ...(hasMariadb() ? ['mysql'] : [])]
  const tables: string[] = []
  const add = (made: string) => {
    log(`\n${made}`)
    tables.push(made)
  }
  for (const provider of providers) add(tableOf(JSON.parse(lastLine(run('one-database.ts', provider, [ROWS, rounds])))))
  for (const options of [[], [SMALL_HEAP]]) add(tableIn(run('memory.ts', 'postgresql', [MANY], options)))
  return tables.join('\n\n')
}

/** In a process of its own: the client that is loaded is that of one database. */
function run(program: string, provider: string, given: readonly number[], options: readonly string[] = []): string {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const env = { ...process.env, TEST_DB: provider }
  return execFileSync(process.execPath, [...options, ...process.execArgv, path, ...given.map(String)], {
    encoding: 'utf8',
    env,
  })
}

/** Before it, the server says where it is from. */
function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? ''
}

function tableIn(output: string): string {
  return output.slice(output.indexOf('|')).trimEnd()
}

function tableOf({ version, cases }: Measured): string {
  const rows = cases.map(({ name, update, job, ratio, most }) => {
    const verdict = ratio.median <= most ? 'met' : `missed by ${(ratio.median - most).toFixed(2)}`
    return [
      name,
      update.median.toFixed(1),
      job.median.toFixed(1),
      ratio.median.toFixed(2),
      spread(ratio),
      most.toFixed(1),
      verdict,
    ]
  })
  const header = ['UPDATE, ms for 1,000 rows', 'job, ms', 'ratio', 'quartiles', 'at most', '']
  return table([`${version}, ${ROWS.toLocaleString('en')} rows`, ...header], rows)
}

function spread({ lower, upper }: Summary): string {
  return `${lower.toFixed(2)} to ${upper.toFixed(2)}`
}

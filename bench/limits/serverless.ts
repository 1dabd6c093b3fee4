import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Server } from '../database.js'
import { milliseconds, table } from '../report/table.js'
import { quantile } from '../statistics.js'
import { loadLibrary } from '../subjects/library.js'
import { PLACEMENTS } from '../subjects/names.js'
import type { Request } from './one-request.js'
import { CMK, INDEX_CMK, KMS_MS } from './serverless-kms.js'

const PROGRAM = fileURLToPath(new URL('one-request.ts', import.meta.url))
const PROCESSES = 10
const run = promisify(execFile)

/** A new process for each call, as functions have it: what it asks KMS, and how long the first row takes. */
export async function serverless(server: Server): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-bench-'))
  try {
    const file = join(folder, 'kms.json')
    const { localKms } = await loadLibrary('serverless-keys', { native: false })
    const kms = localKms({ file })
    await kms.createKey({ alias: CMK })
    await kms.createKey({ alias: INDEX_CMK, spec: 'HMAC_256' })
    const rows: string[][] = []
    for (const placement of ['plain', ...PLACEMENTS]) rows.push(await measured(server, placement, file))
    const header = ['KMS calls of the last to write', 'and to read the list', 'ms to write', 'ms to read']
    return table([`${PROCESSES} processes, one after another, ${KMS_MS} ms for each KMS call`, ...header], rows)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measured(server: Server, placement: string, file: string): Promise<string[]> {
  const database = await server.open('serverless')
  const requests: Request[] = []
  try {
    for (let i = 0; i < PROCESSES; i++) {
      const args = [...process.execArgv, PROGRAM, database.url, file, placement, `row ${i}`]
      const { stdout } = await run(process.execPath, args)
      requests.push(JSON.parse(stdout) as Request)
    }
  } finally {
    await database.close()
  }
  const last = requests.at(-1)
  const median = (times: readonly number[]) => milliseconds(quantile(times, 0.5))
  return [
    placement,
    ...[last?.writing, last?.reading].map(listed),
    median(requests.map(({ writtenMs }) => writtenMs)),
    median(requests.map(({ readMs }) => readMs)),
  ]
}

function listed(calls: Readonly<Record<string, number>> = {}): string {
  const made = Object.entries(calls)
  return made.length === 0 ? 'none' : made.map(([operation, count]) => `${count} ${operation}`).join(', ')
}

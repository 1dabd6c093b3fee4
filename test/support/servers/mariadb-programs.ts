import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs of a MariaDB server that is installed on this machine. */
export interface MariadbPrograms {
  readonly server: string
  readonly install: string
}

/** Where they are beside `PATH`, which often lacks the folders of programs for root. */
const usualFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** `undefined` where there is none. */
export function findMariadb(): MariadbPrograms | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...usualFolders]
  const find = (name: string) => folders.map((folder) => join(folder, name)).find(isExecutable)
  const server = find('mariadbd')
  const install = find('mariadb-install-db')
  return server === undefined || install === undefined ? undefined : { server, install }
}

/** Whether tests on MariaDB can run: a server is named or can be started. */
export function hasMariadb(): boolean {
  return (process.env.TEST_MARIADB_URL ?? '') !== '' || findMariadb() !== undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

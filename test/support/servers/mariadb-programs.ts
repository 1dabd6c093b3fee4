import { findProgram } from '../programs.js'

/** The programs of a MariaDB server that is installed on this machine. */
export interface MariadbPrograms {
  readonly server: string
  readonly install: string
}

/** `undefined` where there is none. */
export function findMariadb(): MariadbPrograms | undefined {
  const server = findProgram('mariadbd')
  const install = findProgram('mariadb-install-db')
  return server === undefined || install === undefined ? undefined : { server, install }
}

/** Whether tests on MariaDB can run: a server is named or can be started. */
export function hasMariadb(): boolean {
  return (process.env.TEST_MARIADB_URL ?? '') !== '' || findMariadb() !== undefined
}

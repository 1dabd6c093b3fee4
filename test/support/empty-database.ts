import { inject } from 'vitest'
import { mariadbServer, postgresqlServer, type Server, sqliteServer } from '../twin/databases.js'
import { type TestDatabase, testProvider } from './database.js'

/** The server of the test's project. */
export async function testServer(): Promise<Server> {
  switch (testProvider()) {
    case 'postgresql':
      return postgresqlServer(inject('postgresql').url)
    case 'mysql':
      return mariadbServer(inject('mariadb').url)
    case 'sqlite':
      return sqliteServer(inject('sqlite').folder)
  }
}

/** A database without tables, for a schema of its own. */
export async function openEmptyDatabase(): Promise<TestDatabase> {
  return (await testServer()).open()
}

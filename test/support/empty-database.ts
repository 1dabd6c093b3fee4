import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type TestDatabase, testProvider } from './database.js'
import { openMariadb } from './databases/mariadb.js'
import { openPostgresql } from './databases/postgresql.js'
import { openSqlite } from './databases/sqlite.js'

/** A database without tables, for a schema of its own. */
export async function openEmptyDatabase(): Promise<TestDatabase> {
  switch (testProvider()) {
    case 'postgresql':
      return openPostgresql({ url: inject('postgresql').url, template: 'template0' })
    case 'mysql':
      return openMariadb({ url: inject('mariadb').url, sql: '' })
    case 'sqlite': {
      const { folder } = inject('sqlite')
      const template = join(folder, 'empty.db')
      await writeFile(template, '')
      return openSqlite({ folder, template })
    }
  }
}

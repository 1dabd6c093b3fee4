import { randomBytes } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { inject } from 'vitest'
import type { StoredRow, TestDatabase } from './contract.js'
import { toAnonymous } from './parameters.js'
import { sqliteAdapter } from './sqlite-adapter.js'

/** @param place the folder for the file, and the file to copy. */
export async function openSqlite({ folder, template } = inject('sqlite')): Promise<TestDatabase> {
  const file = join(folder, `${randomBytes(6).toString('hex')}.db`)
  await copyFile(template, file)
  const url = `file:${file}`
  const connection = createClient({ url })
  const adapter = await sqliteAdapter()

  return {
    provider: 'sqlite',
    url,
    adapter: () => adapter(url),
    async query(sql, params = []) {
      const { columns, rows } = await connection.execute(toAnonymous(sql, params))
      return rows.map((row) => {
        const plain: StoredRow = {}
        columns.forEach((column, i) => {
          const value = row[i] ?? null
          plain[column] = value instanceof ArrayBuffer ? new Uint8Array(value) : value
        })
        return plain
      })
    },
    async execute(sql, params = []) {
      if (params.length > 0) return (await connection.execute(toAnonymous(sql, params))).rowsAffected
      await connection.executeMultiple(sql)
      const { rows } = await connection.execute('SELECT changes()')
      return Number(rows[0]?.[0] ?? 0)
    },
    async close() {
      connection.close()
      for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(file + suffix, { force: true })
    },
  }
}

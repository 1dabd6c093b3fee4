import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'

const SCHEMA = new URL('../test/generated/sqlite/schema.sql', import.meta.url)

/** A database of its own, with the tables of the tests. */
export async function openDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-bench-'))
  const url = `file:${join(folder, 'bench.db')}`
  const client = createClient({ url })
  await client.executeMultiple(readFileSync(SCHEMA, 'utf8'))
  client.close()
  return {
    adapter: new PrismaLibSql({ url }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

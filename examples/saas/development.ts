import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'

/** In the open: for development only. */
export const DEVELOPMENT_SECRET = 'of the example application, in development only'

/** In a project of your own, `prisma migrate deploy` does this. */
export async function createTables(database: string): Promise<void> {
  if (existsSync(database)) return
  const connection = await new PrismaLibSql({ url: `file:${database}` }).connect()
  await connection.executeScript(readFileSync(new URL('generated/schema.sql', import.meta.url), 'utf8'))
  await connection.dispose()
}

/** Where the database and the embedded KMS's keys are stored: in `DATA_DIR`, or `.demo/saas/`. */
export function dataFiles() {
  const folder = process.env.DATA_DIR || fileURLToPath(new URL('../../.demo/saas', import.meta.url))
  mkdirSync(folder, { recursive: true })
  return { database: join(folder, 'signatures.db'), keyFile: join(folder, 'kms.json') }
}

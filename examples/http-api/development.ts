import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import type { Db } from './db.js'
import { hashOfKey } from './tenant.js'

/** Two clinics to try the API with. Their keys are in the open: for development only. */
export const DEMO_KEYS = {
  northside: 'demo-key-of-northside',
  southside: 'demo-key-of-southside',
} as const

/** In production, whatever onboards a clinic does this, with random keys that it shows once. */
export async function issueDemoKeys(prisma: Db): Promise<void> {
  for (const [tenant, key] of Object.entries(DEMO_KEYS)) {
    const hash = hashOfKey(key)
    await prisma.apiKey.upsert({ where: { hash }, create: { hash, tenant }, update: { tenant } })
  }
}

/** In a project of your own, `prisma migrate deploy` does this. */
export async function createTables(database: string): Promise<void> {
  if (existsSync(database)) return
  const connection = await new PrismaLibSql({ url: `file:${database}` }).connect()
  await connection.executeScript(readFileSync(new URL('generated/schema.sql', import.meta.url), 'utf8'))
  await connection.dispose()
}

/** Where the database and the embedded KMS's keys lie: in `DATA_DIR`, or `.demo/http-api/`. */
export function dataFiles() {
  const folder = process.env.DATA_DIR || fileURLToPath(new URL('../../.demo/http-api', import.meta.url))
  return { folder, database: join(folder, 'clinics.db'), keyFile: join(folder, 'kms.json') }
}

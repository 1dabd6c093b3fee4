import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { localKms } from 'prisma-envelope/local-kms'
import { afterAll } from 'vitest'
import { createApp } from '../../examples/saas/app.js'
import { aliasOf, closeDb, INDEX_KEY, openDb, SHARED } from '../../examples/saas/db.js'
import { createTables } from '../../examples/saas/development.js'
import { createKeyWith } from '../../examples/saas/kms.js'
import type { LogEntry } from '../../examples/saas/log.js'
import type { Message } from '../../examples/saas/mail.js'

export const ORIGIN = 'http://localhost:3000'

/** The application on an empty database of its own, with all that it mails and logs. Removed after the file's tests. */
export async function openSaas() {
  const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-saas-'))
  const database = join(folder, 'signatures.db')
  const kms = localKms()
  await kms.createKey({ alias: aliasOf(SHARED) })
  await kms.createKey({ alias: INDEX_KEY, spec: 'HMAC_256' })
  await createTables(database)
  const prisma = openDb(database, kms.provider)
  const outbox: Message[] = []
  const log: LogEntry[] = []
  const services = {
    prisma,
    createKey: createKeyWith(kms.client),
    sendMail: async (message: Message) => void outbox.push(message),
    log: (entry: LogEntry) => void log.push(entry),
    baseURL: ORIGIN,
    secret: 'the secret of the tests, in no way secret',
  }
  afterAll(async () => {
    await closeDb(prisma)
    kms.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    app: createApp(services),
    services,
    prisma,
    kms,
    folder,
    outbox,
    log,
    /** Every answer that was no success, in full. */
    refusals: [] as string[],

    /** What the database holds, past Prisma. */
    async stored(sql: string, parameters: string[] = []) {
      const client = createClient({ url: `file:${database}` })
      try {
        return (await client.execute({ sql, args: parameters })).rows
      } finally {
        client.close()
      }
    },
  }
}

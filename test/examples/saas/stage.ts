import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { localKms } from 'prisma-envelope/local-kms'
import { afterAll, afterEach, expect } from 'vitest'
import { createApp } from '../../../examples/saas/app.js'
import { aliasOf, closeDb, INDEX_KEY, openDb, SHARED } from '../../../examples/saas/db.js'
import { createTables } from '../../../examples/saas/development.js'
import { createKeyWith } from '../../../examples/saas/kms.js'
import type { LogEntry } from '../../../examples/saas/log.js'
import type { Message } from '../../../examples/saas/mail.js'
import { CONTRACT, type Document, PASSWORD, SECRETS } from './contract.js'
import { Visitor } from './visitor.js'

export const ORIGIN = 'http://localhost:3000'

export type Saas = Awaited<ReturnType<typeof openSaas>>

/**
 * The application on an empty database of its own, with all that it mails and logs. After each test, no log line and no answer
 * other than a success may hold a value of someone's; at the end everything is removed.
 */
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
  const refusals: string[] = []
  /** What the mail service answers with, if it fails. */
  const mail: { error?: Error } = {}
  const services = {
    prisma,
    createKey: createKeyWith(kms.client),
    async sendMail(message: Message) {
      if (mail.error !== undefined) throw mail.error
      outbox.push(message)
    },
    log: (entry: LogEntry) => void log.push(entry),
    baseURL: ORIGIN,
    secret: 'the secret of the tests, in no way secret',
  }
  const app = createApp(services)

  afterEach(() => {
    const written = [...log.map((entry) => JSON.stringify(entry)), ...refusals]
    const failures = log.splice(0)
    refusals.length = 0
    expect(written.filter((line) => [...SECRETS, 'pe1:'].some((secret) => line.includes(secret)))).toEqual([])
    // A test that means to make the application fail takes its entries out.
    expect(failures).toEqual([])
  })
  afterAll(async () => {
    await closeDb(prisma)
    kms.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Someone with a browser. */
  function as(headers: Record<string, string> = {}): Visitor {
    const browser = { Origin: ORIGIN, 'User-Agent': 'Mozilla/5.0', 'X-Forwarded-For': '203.0.113.7' }
    return new Visitor(app, refusals, { ...browser, ...headers })
  }

  return {
    services,
    prisma,
    kms,
    folder,
    outbox,
    mail,
    log,
    as,

    withKey: (key: string) => new Visitor(app, refusals, { Authorization: `Bearer ${key}` }),

    async signUp(name: string, email: string): Promise<Visitor> {
      const visitor = as()
      await visitor.ask('POST', '/auth/sign-up/email', { name, email, password: PASSWORD })
      return visitor
    },

    logIn: (visitor: Visitor, email: string, password: string) =>
      visitor.status('POST', '/auth/sign-in/email', { email, password }),

    create: (visitor: Visitor, organization: string, document: object = CONTRACT) =>
      visitor.ask<Document>('POST', `/organizations/${organization}/documents`, document),

    async idsIn(visitor: Visitor, organization: string, query = ''): Promise<string[]> {
      const path = `/organizations/${organization}/documents${query}`
      const { documents } = await visitor.ask<{ documents: Document[] }>('GET', path)
      return documents.map(({ id }) => id)
    },

    /** The path of the link in the last message to an address. */
    linkTo(email: string): string {
      const message = outbox.findLast(({ to }) => to === email)
      if (message === undefined) throw new Error(`no message to ${email}`)
      return new URL(message.link).pathname
    },

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

/** Ann, who owns Acme, and Bob, who owns Globex. */
export async function openOrganizations({ signUp }: Saas) {
  const ann = await signUp('Ann Archer', 'Ann@acme.example')
  const bob = await signUp('Bob Barker', 'bob@globex.example')
  const { id: acme } = await ann.ask<{ id: string }>('POST', '/organizations', {
    name: 'Acme Works',
    billingEmail: 'pay@acme.example',
  })
  const { id: globex } = await bob.ask<{ id: string }>('POST', '/organizations', { name: 'Globex Corp' })
  return { ann, bob, acme, globex }
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { it as base, describe, expect } from 'vitest'
import { runCommand } from './run-command.js'

interface Application {
  readonly folder: string
  configure(text: string): Promise<void>
}

/** A folder with a database in it. */
const it = base.extend<{ app: Application }>({
  app: async ({ onTestFinished }, use) => {
    const folder = await mkdtemp(join(import.meta.dirname, '.tmp-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const database = createClient({ url: `file:${join(folder, 'test.db')}` })
    await database.executeMultiple(await readFile('test/generated/sqlite/schema.sql', 'utf8'))
    database.close()
    await use({ folder, configure: (text) => writeFile(join(folder, 'prisma-envelope.config.ts'), text) })
  },
})

const client = `
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { defineConfig } from '../../../src/cli/config/define-config.js'
import { fieldEncryption } from '../../../src/index.js'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { PrismaClient } from '../../generated/sqlite/client/client.js'
import { encryptedModels } from '../../generated/sqlite/encryption/index.js'

const kms = localKms()
await kms.ensureKey({ alias: 'alias/acme' })
await kms.ensureKey({ alias: 'alias/index', spec: 'HMAC_256' })
const adapter = new PrismaLibSql({ url: 'file:' + import.meta.dirname + '/test.db' })
const open = (): unknown => new PrismaClient({ adapter })
const prisma = new PrismaClient({ adapter }).$extends(
  fieldEncryption({
    models: encryptedModels,
    app: 'doctor',
    kms: kms.provider,
    cmk: (tenant) => (tenant === 'acme' ? 'alias/acme' : undefined),
    indexCmk: 'alias/index',
  }),
)
`

describe('prisma-envelope doctor', { timeout: 60_000 }, () => {
  it('prints what is wrong with the remedy, and counts the rest', async ({ app }) => {
    await app.configure(`${client}\nexport default defineConfig({ client: prisma, tenants: () => ['acme'] })\n`)
    const { code, out, err } = await runCommand(['doctor'], app.folder)
    expect(err).toBe('')
    expect(out).toMatch(
      /warning {2}guard database: \d+ of \d+ columns accept plaintext .*`prisma-envelope sql --checks`/,
    )
    expect(out).toMatch(/\n\d+ in order, 1 warning, 0 problems\.\n$/)
    expect(code).toBe(0)
  })

  it('ends with 3 for a problem, as JSON too', async ({ app }) => {
    await app.configure(`${client}\nexport default defineConfig({ client: () => prisma })\n`)
    const { code, out } = await runCommand(['doctor', '--json', '--tenant', 'acme', 'nobody'], app.folder)
    const problems = JSON.parse(out).filter(({ outcome }: { outcome: string }) => outcome === 'problem')
    expect(problems).toMatchObject([{ check: 'cmk', subject: 'nobody', code: 'ENVELOPE_TENANT_UNKNOWN' }])
    expect(code).toBe(3)
  })

  it.for<[string, string, RegExp]>([
    ['exports no client', 'export default {}', /has no default export with a `client`/],
    ['exports nothing', 'export const other = 1', /has no default export with a `client`/],
    ['has a client that is not extended', `${client}\nexport default { client: open() }`, /is not extended/],
    [
      'has tenants that are no function',
      `${client}\nexport default { client: prisma, tenants: [] }`,
      /must be a function/,
    ],
    ['throws', "throw new Error('no DATABASE_URL')", /^prisma-envelope doctor: no DATABASE_URL\n$/],
  ])('refuses a configuration that %s', async ([, text, complaint], { app }) => {
    await app.configure(text)
    const { code, out, err } = await runCommand(['doctor'], app.folder)
    expect(err).toMatch(complaint)
    expect([code, out]).toEqual([1, ''])
  })

  it('says what to write where there is no configuration', async ({ app }) => {
    expect((await runCommand(['doctor'], app.folder)).err).toMatch(
      /There is no prisma-envelope\.config\.ts here\. Write one/,
    )
    expect((await runCommand(['doctor', '--config', 'x.ts'], app.folder)).err).toMatch(/There is no file x\.ts/)
  })
})

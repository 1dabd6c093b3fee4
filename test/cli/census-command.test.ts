import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DisableKeyCommand } from '@aws-sdk/client-kms'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { it as base, describe, expect } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { type Application, clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

/** With patients of acme's and globex's, sealed under their CMK of before. */
const it = base.extend<{ app: Application }>({
  app: async ({ task: _ }, use) => {
    const app = await createApplication()
    const kms = localKms({ file: join(app.folder, 'kms.json'), create: ['alias/*'] })
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) }).$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'cli',
        kms: kms.provider,
        cmk: (tenant) => `alias/${tenant}`,
        indexCmk: 'alias/index',
      }),
    )
    for (const tenant of ['acme', 'globex']) {
      const bound = prisma.$forTenant(tenant)
      for (const email of ['ann@example.com', 'bob@example.com']) await bound.patient.create({ data: { email } })
    }
    await kms.ensureKey({ alias: 'alias/acme-2' })
    await prisma.$disconnect()
    const cmk =
      "(tenant) => tenant === 'acme' ? { current: 'alias/acme-2', previous: ['alias/acme'] } : 'alias/' + tenant"
    await app.configure(`${clientText(cmk)}
export default defineConfig({ client: extended, tenants: () => ['acme', 'globex'] })
`)
    await use(app)
  },
})

const plainly = async (app: Application, data: object): Promise<void> => {
  const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
  const { id } = await plain.patient.findFirstOrThrow({ where: { tenantId: 'acme' } })
  await plain.patient.update({ where: { id }, data })
  await plain.$disconnect()
}

describe('prisma-envelope census', { timeout: 60_000 }, () => {
  it('prints a table, and how much there is of what', async ({ app }) => {
    const { code, out, err } = await runCommand(['census'], app.folder)
    expect(err).toBe('')
    expect(out).toMatch(/^model +field +tenant +values +what +CMK +key material +data keys\n/)
    expect(out).toMatch(/\nPatient +email +acme +2 +aes-256-gcm, inline +alias\/acme \(not current\) +[0-9a-f]{8} +1\n/)
    expect(out).toMatch(/\nPatient +email +globex +2 +aes-256-gcm, inline +alias\/globex +[0-9a-f]{8} +1\n/)
    expect(out).toMatch(
      /\n4 values: 4 carry their wrapped key, 0 have it in the key table\n2 are wrapped under another CMK/,
    )
    expect(code).toBe(0)
  })

  it('prints all as JSON, for one tenant, or without tenants', async ({ app }) => {
    const { out } = await runCommand(['census', '--json', '--tenant', 'acme', '--model', 'Patient'], app.folder)
    const { groups, totals } = JSON.parse(out)
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ tenant: 'acme', configured: 'alias/acme', current: false, values: 2 })
    expect(totals).toMatchObject({ values: 2, outdated: 2 })
    const without = JSON.parse((await runCommand(['census', '--json', '--by', 'nothing'], app.folder)).out)
    expect(
      without.groups.map(({ tenant, configured, values }: Record<string, unknown>) => [tenant, configured, values]),
    ).toEqual(
      expect.arrayContaining([
        [undefined, 'alias/acme', 2],
        [undefined, 'alias/globex', 2],
      ]),
    )
  })

  it('writes a page with charts beside the table', async ({ app }) => {
    const { code, out } = await runCommand(['census', '--html', 'census.html'], app.folder)
    expect(code).toBe(0)
    expect(out).toContain('Patient')
    const page = await readFile(join(app.folder, 'census.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>[\s\S]*<svg role="img"[\s\S]*Patient\.email[\s\S]*<\/html>\n$/)
    const failed = await runCommand(['census', '--html', 'no/such/folder.html'], app.folder)
    expect(failed).toMatchObject({ code: 1, err: expect.stringMatching(/^prisma-envelope census: .*no\/such\/folder/) })
  })

  it('ends with 3 where values are plaintext, and says what else there is', async ({ app }) => {
    await plainly(app, { email: 'ann@example.com', emailIndex: null })
    const { code, out } = await runCommand(['census', '--by', 'data-key'], app.folder)
    expect(code).toBe(3)
    expect(out).toMatch(/\nPatient +email +- +1 +plaintext\n/)
    expect(out).toMatch(/\n1 is plaintext\n/)
    expect(out).toMatch(/\n1 has no token in an index column/)
    expect(out).toMatch(/ [0-9a-f]{32}\n/)
    expect(out).not.toContain('ann@')
  })

  it('writes no control characters of a tenant', async ({ app }) => {
    await plainly(app, { tenantId: 'a\u001b[31mc' })
    const { out } = await runCommand(['census'], app.folder)
    expect(out).toContain('a�[31mc')
    expect(out).not.toContain('\u001b')
  })

  it('says how many calls it takes to say whether a CMK may be deleted, and makes them with --yes', async ({ app }) => {
    const dry = await runCommand(['census', '--can-delete', 'alias/acme'], app.folder)
    expect(dry).toMatchObject({ code: 3, err: '' })
    expect(dry.out).toMatch(/^arn:aws:kms:\S+: 2 different wrapped keys\.\n/)
    expect(dry.out).toMatch(/takes 2 to 3 calls of Decrypt\. Nothing has been asked yet: --yes asks\.\n$/)
    const no = await runCommand(['census', '--can-delete', 'alias/acme', '--yes'], app.folder)
    expect(no.code).toBe(3)
    expect(no.out).toMatch(/^no: arn:aws:kms:\S+\nKMS has accepted 1 of 2 wrapped keys/)
    expect(no.out).toMatch(
      /\n1 wrapped key: UNDER_THIS_KEY\n {2}data key [0-9a-f]{32} UNDER_THIS_KEY: Patient\.email 2\n/,
    )
    await runCommand(['rewrap'], app.folder)
    const yes = await runCommand(['census', '--can-delete', 'alias/acme', '--yes'], app.folder)
    expect(yes.out).toMatch(
      /^yes: .*\nKMS has accepted 2 of 2 .*\nIt is configured as a previous CMK of 1 tenant \(acme\)/,
    )
    expect(yes.out).toMatch(/\nNot looked at: backups, .*\n$/)
    expect(yes.code).toBe(0)
    const { out, code } = await runCommand(['census', '--can-delete', 'alias/globex', '--yes', '--json'], app.folder)
    expect(JSON.parse(out)).toMatchObject({ canDelete: false, currentOf: 1, tenants: ['globex'] })
    expect(code).toBe(3)
  })

  it.for<[string[], RegExp]>([
    [['--yes'], /^prisma-envelope census: --yes is for --can-delete\./],
    [['--can-delete', 'alias/acme', '--tenant', 'acme'], /--can-delete looks at all tenants, models and fields/],
    [['--by', 'cmk'], /argument 'cmk' is invalid\. Allowed choices are tenant, data-key, nothing/],
    [['--max-groups', '0'], /argument '0' is invalid\. It must be a whole number above 0\./],
    [['--kms-calls-per-second', '-1'], /It must be a number above 0\./],
  ])('refuses the arguments %j', async ([args, complaint], { app }) => {
    const { code, err } = await runCommand(['census', ...args], app.folder)
    expect(err).toMatch(complaint)
    expect(code).toBe(2)
  })

  it('fails with what the client refuses', async ({ app }) => {
    const { code, err } = await runCommand(['census', '--field', 'e-mail'], app.folder)
    expect(err).toMatch(/^prisma-envelope census: .*no model has an encrypted field e-mail/)
    expect(code).toBe(1)
  })
})

describe('prisma-envelope status', { timeout: 60_000 }, () => {
  it('says on one screen what there is, and the state of CMKs', async ({ app }) => {
    const { code, out } = await runCommand(['status'], app.folder)
    expect(out).toMatch(
      /^cli on SQLite: \d+ models, \d+ encrypted fields, \d+ indexes, no key table\n\n4 values: 4 carry/,
    )
    expect(out).toMatch(
      /\ntenant +values +out of date +current CMK +state\nacme +2 +2 +alias\/acme-2 +Enabled\nglobex +2 +0 +alias\/globex +Enabled\n$/,
    )
    expect(code).toBe(0)
    const json = JSON.parse((await runCommand(['status', '--json', '--tenant', 'initech'], app.folder)).out)
    expect(json).toMatchObject({ app: 'cli', tenantCount: 2, totals: { values: 4, outdated: 2 }, jobs: [] })
    expect(json.tenants.at(-1)).toEqual({
      tenant: 'initech',
      values: 0,
      outdated: 0,
      cmk: 'alias/initech',
      state: expect.any(String),
    })
  })

  it('ends with 3 where a CMK is disabled', async ({ app }) => {
    const kms = localKms({ file: join(app.folder, 'kms.json') })
    await kms.client.send(
      new DisableKeyCommand({ KeyId: (await kms.provider.describeKey({ keyId: 'alias/globex' })).cmk.arn }),
    )
    kms.close()
    const { code, out } = await runCommand(['status'], app.folder)
    expect(out).toMatch(/\nglobex +2 +0 +alias\/globex +Disabled\n/)
    expect(code).toBe(3)
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { it as base, describe, expect } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { main } from '../generator/prisma-generate.js'
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
      await kms.ensureKey({ alias: `alias/${tenant}-2` })
      const bound = prisma.$forTenant(tenant)
      for (const email of ['ann@example.com', 'bob@example.com']) await bound.patient.create({ data: { email } })
    }
    await prisma.$disconnect()
    const cmk = "(tenant) => ({ current: 'alias/' + tenant + '-2', previous: ['alias/' + tenant] })"
    await app.configure(`${clientText(cmk)}\nexport default defineConfig({ client: extended })\n`)
    await use(app)
  },
})

describe('prisma-envelope rewrap', { timeout: 60_000 }, () => {
  it('counts in a dry run, rewraps, and finds nothing left', async ({ app }) => {
    const dry = await runCommand(['rewrap', '--dry-run'], app.folder)
    expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/^rows: 4 would be rewrapped, of \d+ visited\n$/) })
    expect(dry.err).toMatch(/Patient .* of \d+ rows, 4 to be changed/)
    expect((await runCommand(['rewrap', '--tenant', 'acme'], app.folder)).out).toMatch(/^rows: 2 rewrapped, of/)
    expect((await runCommand(['rewrap', '--model', 'Patient'], app.folder)).out).toMatch(/^rows: 2 rewrapped, of 4 v/)
    const { out, code } = await runCommand(['rewrap', '--json'], app.folder)
    expect(JSON.parse(out)).toMatchObject({ finished: true, changed: 0, skipped: {}, verified: true })
    expect(code).toBe(0)
  })

  it('ends with 3, and names the rows, where some do not open', async ({ app }) => {
    const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
    const { id } = await plain.patient.findFirstOrThrow({ where: { tenantId: 'acme' } })
    await plain.patient.update({ where: { id }, data: { email: 'ann@example.com' } })
    await plain.$disconnect()
    const { code, out } = await runCommand(['rewrap'], app.folder)
    expect(code).toBe(3)
    expect(out).toContain(`\nskipped 1: ENVELOPE_NOT_AN_ENVELOPE\n  Patient.email id=${id}: ENVELOPE_NOT_AN_ENVELOPE\n`)
    expect(out).not.toContain('ann@')
  })

  it.for<[string[], RegExp]>([
    [['--rows-per-second', '0'], /'--rows-per-second <n>' argument '0' is invalid\. It must be a number above 0\./],
    [['--placement', 'here'], /'--placement <where>' argument 'here' is invalid\. Allowed choices are table, inline\./],
    [['--tenants', 'acme'], /unknown option '--tenants'\. \(Did you mean --tenant\?\)/],
  ])('refuses the arguments %j', async ([args, complaint], { app }) => {
    const { code, err } = await runCommand(['rewrap', ...args], app.folder)
    expect(err).toMatch(complaint)
    expect(code).toBe(2)
  })

  it('stops at Ctrl-C, and says how to go on', async ({ app }) => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'rewrap', '--rows-per-second', '1'], {
      cwd: app.folder,
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk))
    // Its first line says that rows have been visited.
    await once(child.stderr, 'data')
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(out).toMatch(/^rows: [123] rewrapped, of [123] visited\nStopped before the end\. Run the same command again/)
    expect((await runCommand(['rewrap'], app.folder)).out).toMatch(/^rows: [123] rewrapped, of 4 visited\n$/)
  })

  it.for<[string[], RegExp]>([
    [['--model', 'Patients'], /^prisma-envelope rewrap: there is no model "Patients"\. Did you mean "Patient"\?$/m],
    [['--field', 'Patient.emial'], /^prisma-envelope rewrap: .*Did you mean "Patient\.email"\?$/m],
    [['--field', 'Patient.missing'], /"Patient\.missing" is not an encrypted field, as in "Patient\.email"\.$/m],
    [['--placement', 'table'], /^prisma-envelope rewrap: .*this schema has no key table/],
    [['--checkpoint', ''], /^prisma-envelope rewrap: .*`--checkpoint` must be a name/],
  ])('fails with what the client refuses: %j', async ([args, complaint], { app }) => {
    const { code, err } = await runCommand(['rewrap', ...args], app.folder)
    expect(err).toMatch(complaint)
    expect(code).toBe(1)
  })
})

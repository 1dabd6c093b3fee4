import { join } from 'node:path'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { expect, it } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

it('prisma-envelope verify names rows that do not open, and ends with 3', { timeout: 60_000 }, async () => {
  const app = await createApplication()
  const kms = localKms({ file: join(app.folder, 'kms.json'), create: ['alias/*'] })
  const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
  const prisma = plain.$extends(
    fieldEncryption({
      models: encryptedModels,
      app: 'cli',
      kms: kms.provider,
      cmk: (tenant) => `alias/${tenant}`,
      indexCmk: 'alias/index',
    }),
  )
  for (const tenant of ['acme', 'globex'])
    await prisma.$forTenant(tenant).patient.create({ data: { email: 'ann@example.com', ssn: '1' } })
  const cmk = "(tenant) => 'alias/' + tenant"
  await app.configure(`${clientText(cmk)}\nexport default defineConfig({ client: extended })\n`)
  expect(await runCommand(['verify'], app.folder)).toMatchObject({ code: 0, out: 'rows: 2 visited\n' })

  const { id } = await plain.patient.findFirstOrThrow({ where: { tenantId: 'acme' } })
  await plain.patient.update({ where: { id }, data: { email: 'ann@example.com' } })
  await prisma.$disconnect()
  const { code, out } = await runCommand(['verify'], app.folder)
  expect(code).toBe(3)
  expect(out).toContain(`\nfound 1: ENVELOPE_NOT_AN_ENVELOPE\n  Patient.email id=${id}: ENVELOPE_NOT_AN_ENVELOPE\n`)
  expect(out).not.toContain('ann@')
  expect(await runCommand(['verify', '--field', 'Patient.ssn'], app.folder)).toMatchObject({ code: 0 })
  const json = await runCommand(['verify', '--tenant', 'globex', '--json'], app.folder)
  expect(JSON.parse(json.out)).toMatchObject({ finished: true, rows: 2, changed: 0, skipped: {} })
  expect((await runCommand(['verify', '--dry-run'], app.folder)).code).toBe(2)

  expect(await runCommand(['check-tenants'], app.folder)).toMatchObject({ code: 0, out: 'rows: 2 visited\n' })
  await plain.patient.update({ where: { id }, data: { tenantId: 'globex' } })
  expect(await runCommand(['check-tenants'], app.folder)).toMatchObject({
    code: 3,
    out: expect.stringContaining(
      `  Patient.ssn id=${id}: ENVELOPE_TENANT_MISMATCH, sealed for acme, owned by globex\n`,
    ),
  })
  expect((await runCommand(['check-tenants', '--kms-calls-per-second', '1'], app.folder)).code).toBe(2)
})

it('backfill, reencrypt, reindex and eject print what they did', { timeout: 120_000 }, async () => {
  const app = await createApplication()
  localKms({ file: join(app.folder, 'kms.json'), create: ['alias/*'] })
  const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
  const row = { tenantId: 'acme', email: 'ann@example.com' }
  await plain.patient.createMany({ data: [row, { ...row, ssn: 'pe1: a text' }] })
  await plain.$disconnect()
  await app.configure(
    `${clientText("(tenant) => 'alias/' + tenant")}\nexport default defineConfig({ client: extended })\n`,
  )
  const command = async (...args: string[]) => {
    const { code, out, err } = await runCommand(args, app.folder)
    return { code, out, err }
  }
  const dry = await command('backfill', '--dry-run')
  expect(dry).toMatchObject({
    code: 3,
    out: expect.stringMatching(/^rows: 2 would be encrypted, of 2 visited\nskipped 1: /),
  })
  expect(dry.out).not.toContain('a text')
  expect(await command('backfill', '--seal-malformed')).toMatchObject({
    code: 0,
    out: 'rows: 2 encrypted, of 2 visited\n',
  })
  expect(await command('reindex')).toMatchObject({ code: 0, out: 'rows: 0 indexed, of 2 visited\n' })
  expect(await command('reencrypt', '--tenant', 'acme', '--since', '2026-01-01')).toMatchObject({
    code: 0,
    out: 'rows: 0 sealed anew, of 2 visited\n',
  })
  expect(await command('reencrypt', '--since', '2026-01-01T12:00')).toMatchObject({ code: 1 })
  expect(await command('reencrypt', '--since', 'soon')).toMatchObject({
    code: 1,
    err: expect.stringContaining('`--since`'),
  })
  expect(await command('eject')).toMatchObject({ code: 1, err: expect.stringContaining('write: plain') })
})

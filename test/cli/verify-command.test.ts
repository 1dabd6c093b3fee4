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
  expect(out).toContain(`\nskipped 1: ENVELOPE_NOT_AN_ENVELOPE\n  Patient.email id=${id}: ENVELOPE_NOT_AN_ENVELOPE\n`)
  expect(out).not.toContain('ann@')
  expect(await runCommand(['verify', '--field', 'Patient.ssn'], app.folder)).toMatchObject({ code: 0 })
  const json = await runCommand(['verify', '--tenant', 'globex', '--json'], app.folder)
  expect(JSON.parse(json.out)).toMatchObject({ finished: true, rows: 2, changed: 0, skipped: {} })
  expect((await runCommand(['verify', '--dry-run'], app.folder)).code).toBe(2)
})

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { expect, it } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/keys/client/client.js'
import { encryptedModels } from '../generated/sqlite/keys/encryption/index.js'
import { clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

it('keys export and import, shred, and its replay', { timeout: 60_000 }, async () => {
  const app = await createApplication()
  const database = createClient({ url: app.url })
  await database.executeMultiple(await readFile('test/generated/sqlite/keys/schema.sql', 'utf8'))
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
  for (const tenant of ['acme', 'globex']) await prisma.$forTenant(tenant).patient.create({ data: { email: 'a@b.c' } })
  const client = clientText("(tenant) => 'alias/' + tenant")
    .replaceAll('generated/sqlite/', 'generated/sqlite/keys/')
    .replace("indexCmk: 'alias/index'", "indexCmk: 'alias/index', dataKeys: { revalidate: 20, grace: 0 }")
  await app.configure(`${client}\nexport default defineConfig({ client: extended })\n`)
  const run = (...args: string[]) => runCommand(args, app.folder)

  const exported = await run('keys', 'export')
  expect(exported).toMatchObject({ code: 0, err: '' })
  expect(exported.out.trimEnd().split('\n')).toHaveLength(2)
  await writeFile(join(app.folder, 'keys.jsonl'), `${exported.out}no JSON\n`)
  await plain.dataKey.deleteMany({ where: { tenant: 'acme' } })
  const imported = await run('keys', 'import', 'keys.jsonl', '--tenant', 'acme')
  expect(imported.out).toBe(
    '3 rows: 1 added, 0 kept as they are, 0 erased\n1 is of another tenant\nrefused 1: malformed\n  line 3: malformed\n',
  )
  expect(imported.code).toBe(3)
  expect((await run('keys', 'import', 'missing.jsonl')).code).toBe(1)
  expect(await run('keys', 'import')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^prisma-envelope keys import: /),
  })

  // Nothing happens by itself.
  expect((await run('shred', '--tenant', 'acme')).code).toBe(2)
  expect((await run('shred', '--yes')).code).toBe(2)
  const dry = await run('shred', '--tenant', 'acme', '--dry-run')
  expect(dry).toMatchObject({ code: 0, err: '' })
  expect(dry.out).toMatch(/^data keys: 1 would be erased, 0 were before\nPatient\.email: 1 in the key table, 0 inline/)
  expect(await plain.dataKey.count({ where: { section: new Uint8Array(0) } })).toBe(0)
  const record = ['--record', 'erased.jsonl', '--transaction-timeout', '0']
  const shredded = await run('shred', '--tenant', 'acme', '--yes', ...record)
  expect(shredded.err).toMatch(/^Waiting 1 s, until no process uses one of these keys any more\..*\n$/)
  expect(shredded).toMatchObject({ code: 0, out: expect.stringMatching(/\nAll is erased\.\n$/) })
  const list = await readFile(join(app.folder, 'erased.jsonl'), 'utf8')
  const again = await run('shred', '--tenant', 'acme', '--yes', '--no-wait')
  expect(again).toMatchObject({ code: 3, out: list, err: expect.stringContaining('0 erased, 1 was before') })

  // A backup comes back, and goes again.
  await plain.dataKey.deleteMany({ where: { tenant: 'acme' } })
  await run('keys', 'import', 'keys.jsonl')
  expect(await plain.dataKey.count({ where: { section: new Uint8Array(0) } })).toBe(0)
  const replayed = await run('shred', '--replay', 'erased.jsonl', '--yes', '--transaction-timeout', '0')
  expect(replayed).toMatchObject({
    code: 0,
    out: '1 key: 1 erased again, 0 are erased already\nAll are erased.\n',
  })
  expect(await plain.dataKey.count({ where: { section: new Uint8Array(0) } })).toBe(1)
  await prisma.$disconnect()
})

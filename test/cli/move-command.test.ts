import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { expect, it } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

it('move: a dry run, what is in the way, and the move', { timeout: 60_000 }, async () => {
  const app = await createApplication()
  const kms = localKms({ file: `${app.folder}/kms.json`, create: ['alias/*'] })
  const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
  const prisma = plain.$extends(
    fieldEncryption({
      ...{ models: encryptedModels, app: 'cli', kms: kms.provider },
      ...{ cmk: (tenant) => `alias/${tenant}`, indexCmk: 'alias/index' },
    }),
  )
  const [acme, globex] = [prisma.$forTenant('acme'), prisma.$forTenant('globex')]
  await acme.patient.create({ data: { id: 'p1', email: 'a@b.c', visits: { create: { reason: 'x' } } } })
  await acme.record.create({ data: { id: 'r1', patientId: 'p1', data: 1 } })
  await app.configure(
    `${clientText("(tenant) => 'alias/' + tenant")}\nexport default defineConfig({ client: extended })\n`,
  )
  const run = (...args: string[]) => runCommand(['move', ...args], app.folder)
  const move = ['--model', 'Patient', '--id', 'p1', '--to', 'globex']

  for (const args of [
    [],
    move.slice(2),
    move.slice(0, 4),
    [...move, '--links', 'on'],
    [...move, '--id', '{'],
    [...move, '--max-rows', '-1'],
  ])
    expect(await run(...args)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^prisma-envelope move: /),
    })

  const wouldMove = 'would be moved from acme to globex:\n  Patient: 1 row, 1 value and 1 index column\n'
  expect(await run(...move, '--dry-run')).toEqual({
    ...{ code: 3, err: '' },
    out: expect.stringMatching(
      new RegExp(`^${wouldMove}[^]*\\nwould be linked to another tenant: Record \\(id r1\\) by patient\\n$`),
    ),
  })
  expect(await run(...move)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('Record id "r1" by patient'),
  })
  expect(await acme.patient.count()).toBe(1)
  expect(await run(...move, '--with', 'Record', '--dry-run')).toMatchObject({ code: 0 })
  // As the real run would end.
  expect(await run(...move, '--links', 'off', '--dry-run')).toMatchObject({ code: 0 })
  const moved = await run(...move, '--with', 'Record', '--json')
  expect([moved.code, moved.err]).toEqual([0, ''])
  expect(JSON.parse(moved.out)).toMatchObject({ moved: true, from: 'acme', to: 'globex', links: [], unreadable: [] })
  expect(await globex.patient.findMany({ include: { record: true, visits: true } })).toMatchObject([
    { id: 'p1', email: 'a@b.c', record: { data: 1 }, visits: [{ reason: 'x' }] },
  ])
  // A whole number, and a row that is there already.
  const [visit] = await plain.visit.findMany()
  const already = await run('--model', 'Visit', '--id', String(visit?.id), '--to', 'globex')
  expect(already).toMatchObject({ code: 1, err: expect.stringContaining('already') })
  await plain.$disconnect()
})

it.for(['SIGINT', 'SIGKILL'] as const)(
  'move, stopped by %s: nothing was moved, and it is run again',
  { timeout: 120_000 },
  async (signal) => {
    const app = await createApplication()
    const kms = localKms({ file: `${app.folder}/kms.json`, create: ['alias/*'] })
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) }).$extends(
      fieldEncryption({
        ...{ models: encryptedModels, app: 'cli', kms: kms.provider },
        ...{ cmk: (tenant) => `alias/${tenant}`, indexCmk: 'alias/index' },
      }),
    )
    await prisma.$forTenant('acme').patient.create({ data: { id: 'p1', email: 'a@b.c' } })
    const configure = (cmk: string) =>
      app.configure(`${clientText(cmk)}\nexport default defineConfig({ client: extended })\n`)
    // Says that the move is under way, and keeps it there.
    const waiting = "process.stderr.write('asked\\n') && new Promise((done) => setTimeout(done, 600_000, ''))"
    await configure(`(tenant) => tenant === 'globex' ? ${waiting} : 'alias/' + tenant`)
    const move = ['move', '--model', 'Patient', '--id', 'p1', '--to', 'globex']
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...move], { cwd: app.folder })
    let err = ''
    let isStopped = false
    for await (const chunk of child.stderr) {
      err += chunk
      // Once: the second time would end the process as Node does.
      if (err.includes('asked') && !isStopped) isStopped = child.kill(signal)
    }
    if (signal === 'SIGINT') {
      expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(130)
      expect(err).toContain('move: stopped. Unless it was done already, nothing was moved: run it again.\n')
    }
    expect(await prisma.$forTenant('acme').patient.count()).toBe(1)
    await configure("(tenant) => 'alias/' + tenant")
    expect(await runCommand(move, app.folder)).toMatchObject({ code: 0, err: '' })
    expect(await prisma.$forTenant('globex').patient.findMany()).toMatchObject([{ id: 'p1', email: 'a@b.c' }])
    await prisma.$disconnect()
  },
)

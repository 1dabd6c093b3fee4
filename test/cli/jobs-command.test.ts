import { readFile } from 'node:fs/promises'
import { createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { expect, it } from 'vitest'
import { entryId } from '../../src/operations/index.js'
import { PrismaClient } from '../generated/sqlite/keys/client/client.js'
import { clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

/** What a terminal would take for a command. */
const NAME = 'rew\u001brap'
const END = '\nexport default defineConfig({ client: extended })\n'

it('jobs needs a model for jobs', { timeout: 60_000 }, async () => {
  const app = await createApplication()
  const client = clientText("(tenant) => 'alias/' + tenant")
  await app.configure(`${client}${END}`)
  expect(await runCommand(['jobs'], app.folder)).toMatchObject({
    ...{ code: 1, out: '' },
    err: 'prisma-envelope jobs list: this schema has no model for jobs. `prisma-envelope sql --jobs` prints it.\n',
  })
})

it('jobs lists what is not done, and forgets a position', { timeout: 60_000 }, async () => {
  const app = await createApplication()
  const client = clientText("(tenant) => 'alias/' + tenant")
  const run = (...args: string[]) => runCommand(args, app.folder)
  const database = createClient({ url: app.url })
  await database.executeMultiple(await readFile('test/generated/sqlite/keys/schema.sql', 'utf8'))
  database.close()
  await app.configure(`${client.replaceAll('generated/sqlite/', 'generated/sqlite/keys/')}${END}`)
  expect(await run('jobs')).toMatchObject({ code: 0, out: 'No job has begun and is not done.\n' })
  const plain = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) })
  const state = Buffer.from('of another release')
  await plain.envelopeJob.create({
    data: {
      id: new Uint8Array(Buffer.from(entryId('job', 'cli', NAME), 'hex')),
      job: NAME,
      state,
      changedAt: new Date(0),
    },
  })
  await plain.$disconnect()
  const listed = await run('jobs')
  expect(listed.code).toBe(0)
  expect(listed.out).toMatch(/job not done +at +since\nrew.+rap +1970-01-01T00:00:00\.000Z/)
  expect(listed.out).not.toContain('\u001b')
  expect(JSON.parse((await run('jobs', '--json')).out)).toEqual([{ job: NAME, changedAt: '1970-01-01T00:00:00.000Z' }])
  expect(await run('jobs', 'forget', 'rewrap')).toMatchObject({ code: 1, err: expect.stringContaining('no job keeps') })
  expect((await run('jobs', 'forget')).code).toBe(2)
  // Each has the configuration that it is told.
  for (const args of [['jobs'], ['jobs', 'list'], ['jobs', 'forget', 'rewrap']])
    expect(await run(...args, '--config', 'nofile.ts')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nofile.ts'),
    })
  expect((await run('jobs', 'forget', 'rewrap', '--json')).code).toBe(2)
  expect((await run('jobs', 'forget', NAME)).out).not.toContain('\u001b')
  expect(await run('jobs')).toMatchObject({ code: 0, out: 'No job has begun and is not done.\n' })
})

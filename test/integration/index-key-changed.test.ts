import { UpdateAliasCommand } from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, test } from 'vitest'
import type { FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, kms, prisma } = await openStage()

const check = await prisma.$encryption.indexCheck()
const former = await kms.provider.describeKey({ keyId: 'alias/index' })
const other = await kms.createKey({ alias: 'alias/other-index', spec: 'HMAC_256' })

async function point(alias: string, keyId: string): Promise<void> {
  await kms.client.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: keyId }))
}

beforeEach(async () => {
  await point('alias/index', former.cmk.arn)
  await database.execute('DELETE FROM "Login"')
  await acme.login.create({ data: { id: 1, email: 'ann' } })
})

/** A process that has just started: it has no keys in memory. */
function start(indexCmk: FieldEncryptionOptions<never>['indexCmk'] = { keyId: 'alias/index', check }) {
  const { plain, prisma: client, statements } = encryptedClient(database, kms, { indexCmk })
  const view = client.$forTenant('acme')
  /** What is sent while a call is refused because the index key is another one. */
  const sentWhileRefused = async (call: () => unknown): Promise<string[]> => {
    statements.length = 0
    expect(await refusal(call)).toMatchObject({ code: 'ENVELOPE_INDEX_KEY_CHANGED', model: 'Login' })
    return statements.map(({ kind, sql }) => `${kind} ${sql}`)
  }
  return { client, view, statements, sentWhileRefused, end: () => plain.$disconnect() }
}

type Started = ReturnType<typeof start>
const CALLS: [string, (started: Started) => () => unknown][] = [
  [
    'a search',
    ({ view }) =>
      () =>
        view.login.findFirst({ where: { email: 'ann' } }),
  ],
  [
    'a search by a unique field',
    ({ view }) =>
      () =>
        view.login.findUnique({ where: { email: 'ann' } }),
  ],
  [
    'a login by the global index',
    ({ client }) =>
      () =>
        client.login.findUnique({ where: { email: 'ann' } }),
  ],
  [
    'a search for rows to delete',
    ({ view }) =>
      () =>
        view.login.deleteMany({ where: { email: { not: 'ann' } } }),
  ],
  [
    'a create, of what would be a twin',
    ({ view }) =>
      () =>
        view.login.create({ data: { email: 'ann' } }),
  ],
  [
    'createMany',
    ({ view }) =>
      () =>
        view.login.createMany({ data: [{ email: 'bob' }, { email: 'ann' }] }),
  ],
  [
    'an update',
    ({ view }) =>
      () =>
        view.login.update({ where: { id: 1 }, data: { email: 'bob' } }),
  ],
]

describe('with a pinned check value, nothing is sent and nothing is changed', () => {
  test.each(CALLS)('by %s, after the alias has moved to another key', async (_what, callOf) => {
    await point('alias/index', other.keyId)
    const started = start()
    expect(await started.sentWhileRefused(callOf(started))).toEqual([])
    await started.end()
    await point('alias/index', former.cmk.arn)
    expect(await acme.login.findMany({ select: { id: true, email: true } })).toEqual([{ id: 1, email: 'ann' }])
  })

  test.each(CALLS)('by %s, where the configuration names another key', async (_what, callOf) => {
    for (const keyId of ['alias/other-index', other.arn]) {
      const started = start({ keyId, check })
      expect(await started.sentWhileRefused(callOf(started))).toEqual([])
      await started.end()
    }
  })

  test('inside a transaction, which can go on without the index', async () => {
    await point('alias/index', other.keyId)
    const { client, sentWhileRefused, statements, end } = start()
    await client.$transaction(async (tx) => {
      const bound = tx.$forTenant('acme')
      await bound.login.count()
      expect(await sentWhileRefused(() => bound.login.create({ data: { email: 'bob' } }))).toEqual([])
      expect(await bound.login.findMany({ select: { email: true } })).toEqual([{ email: 'ann' }])
    })
    expect(statements.length).toBeGreaterThan(0)
    await end()
  })

  test('the same key passes, under whatever name', async () => {
    await point('alias/other-index', former.cmk.arn)
    for (const keyId of ['alias/index', 'alias/other-index', former.cmk.arn]) {
      const { view, end } = start({ keyId, check })
      expect(await view.login.findUnique({ where: { email: 'ANN' }, select: { id: true } })).toEqual({ id: 1 })
      await expect(view.login.create({ data: { email: 'Ann' } })).rejects.toMatchObject({ code: 'P2002' })
      await end()
    }
    await point('alias/other-index', other.keyId)
  })
})

test('what needs no index key works: reading, and writing other fields', async () => {
  await point('alias/index', other.keyId)
  const { view, end } = start()
  expect(await view.login.findMany({ select: { email: true } })).toEqual([{ email: 'ann' }])
  expect(await view.login.count({ where: { email: null } })).toBe(0)
  expect(await view.login.update({ where: { id: 1 }, data: { email: null } })).toMatchObject({ emailIndex: null })
  await end()
})

test('not pinned, a process that has just started misses rows and admits twins: what the check value is for', async () => {
  await point('alias/index', other.keyId)
  const { view, end } = start('alias/index')
  expect(await view.login.findUnique({ where: { email: 'ann' } })).toBeNull()
  await view.login.create({ data: { email: 'ann' } })
  expect(await view.login.count()).toBe(2)
  await end()
})

test('a key of another kind cannot be the index key', async () => {
  const { arn } = await kms.createKey()
  const { view, statements, end } = start(arn)
  statements.length = 0
  expect(await refusal(() => view.login.findFirst({ where: { email: 'ann' } }))).toMatchObject({
    code: 'ENVELOPE_KMS_INVALID_REQUEST',
  })
  expect(statements).toEqual([])
  await end()
})

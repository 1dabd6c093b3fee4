import { beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, globex, database, sqlOf } = await openStage()

beforeEach(async () => {
  await database.execute('DELETE FROM "Pass"')
  await acme.pass.create({ data: { code: 'Alpha', holder: 'ann' } })
})

describe('a model whose only key is the index of an encrypted field', () => {
  test('finds its rows by that field, in every unique position', async () => {
    expect(await acme.pass.findUnique({ where: { code: ' ALPHA' } })).toMatchObject({ code: 'Alpha', holder: 'ann' })
    expect(await globex.pass.findUnique({ where: { code: 'Alpha' } })).toBeNull()
    expect(await acme.pass.findMany({ cursor: { code: 'alpha' }, take: 1 })).toHaveLength(1)
    await acme.pass.update({ where: { code: 'alpha' }, data: { holder: 'bob' } })
    expect(await acme.pass.findFirst({ where: { code: 'alpha' } })).toMatchObject({ holder: 'bob' })
    await acme.pass.delete({ where: { code: 'alpha' } })
    expect(await acme.pass.count()).toBe(0)
  })

  test('follows the field: the row has another key once its value is another', async () => {
    await acme.pass.update({ where: { code: 'alpha' }, data: { code: 'Beta' } })
    expect(await acme.pass.findUnique({ where: { code: 'alpha' } })).toBeNull()
    expect(await acme.pass.findUnique({ where: { code: 'beta' } })).toMatchObject({ code: 'Beta', holder: 'ann' })
  })

  test('admits a value once in a tenant', async () => {
    await expect(acme.pass.create({ data: { code: 'alpha ' } })).rejects.toMatchObject({ code: 'P2002' })
    await globex.pass.create({ data: { code: 'alpha' } })
  })

  test('upserts by the field', async () => {
    const upsert = (code: string) =>
      acme.pass.upsert({ where: { code }, create: { code, holder: 'new' }, update: { holder: 'old' } })
    expect(await upsert('alpha')).toMatchObject({ code: 'Alpha', holder: 'old' })
    expect(await upsert('Gamma')).toMatchObject({ code: 'Gamma', holder: 'new' })
  })

  test('takes a value that Prisma would have made', async () => {
    const { code } = await acme.pass.create({ data: {} })
    expect(await acme.pass.findUnique({ where: { code } })).toMatchObject({ code })
  })
})

describe('a value without a token is refused before SQL', () => {
  test.each<[string, (code: string) => unknown]>([
    ['create', (code) => acme.pass.create({ data: { code } })],
    ['createMany', (code) => acme.pass.createMany({ data: [{ code: 'x' }, { code }] })],
    ['update', (code) => acme.pass.update({ where: { code: 'alpha' }, data: { code } })],
    ['updateMany', (code) => acme.pass.updateMany({ where: { holder: 'ann' }, data: { code: { set: code } } })],
    ['upsert', (code) => acme.pass.upsert({ where: { code: 'alpha' }, create: { code }, update: {} })],
    ['upsert, in its update', (code) => acme.pass.upsert({ where: { code: 'alpha' }, create: {}, update: { code } })],
    ...(hasReturning
      ? [
          ['createManyAndReturn', (code: string) => acme.pass.createManyAndReturn({ data: { code } })] as [
            string,
            (code: string) => unknown,
          ],
        ]
      : []),
  ])('%s', async (_operation, write) => {
    for (const code of [' \t', null as never]) {
      const sent = await sqlOf(async () => {
        expect(await refusal(() => write(code))).toMatchObject({
          code: 'ENVELOPE_VALUE_INVALID',
          model: 'Pass',
          field: 'code',
        })
      })
      expect(sent).toEqual([])
    }
    expect(await acme.pass.findMany()).toMatchObject([{ code: 'Alpha' }])
  })
})

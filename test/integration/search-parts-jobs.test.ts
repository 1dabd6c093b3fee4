import { beforeAll, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, kms, plain, prisma } = await openStage()

const COLUMNS = ['emailFirst', 'emailDomain', 'phoneLast', 'phoneFirst'] as const
const ids: number[] = []
const ROWS = [
  ['ann@x.io', 'Ann 555-1120'],
  ['b', '1'],
  [null, null],
] as const

/** One that has all parts, one that has none, and one that is NULL. */
beforeAll(async () => {
  for (const [email, phone] of ROWS) {
    ids.push((await acme.login.create({ data: { email, phone } })).id)
  }
})

const tokens = () => plain.login.findMany({ orderBy: { id: 'asc' }, where: { id: { in: ids } } })
const clear = () =>
  plain.login.updateMany({ data: { emailFirst: null, emailDomain: null, phoneLast: null, phoneFirst: null } })

describe('jobs', () => {
  test('a column is NULL where the field is, and nowhere else', async () => {
    const [all, none, nothing] = await tokens()
    for (const column of COLUMNS) {
      expect(all?.[column]).toHaveLength(16)
      expect(none?.[column]).toHaveLength(16)
      expect(none?.[column]).not.toEqual(all?.[column])
      expect(nothing?.[column]).toBeNull()
    }
  })

  test('verify tells a row that is not indexed from a value without the part, and reindex fills it', async () => {
    expect(await prisma.$encryption.verify({ models: ['Login'] })).toMatchObject({ skipped: {} })
    const before = await tokens()
    await clear()
    expect(await acme.login.count({ where: { email: { not: { startsWith: 'zzz' } } } })).toBe(0)
    expect(await prisma.$encryption.verify({ models: ['Login'] })).toMatchObject({
      skipped: { ENVELOPE_INDEX_MISMATCH: 8 },
    })
    expect(await prisma.$encryption.reindex({ models: ['Login'] })).toMatchObject({ changed: 2, skipped: {} })
    expect(await tokens()).toEqual(before)
    expect(await acme.login.count({ where: { email: { not: { startsWith: 'zzz' } } } })).toBe(2)
  })

  test('backfill fills it beside the envelope', async () => {
    const id = (await plain.login.create({ data: { tenantId: 'acme', email: 'old@old.io', phone: '555-0001' } })).id
    expect(await prisma.$encryption.backfill({ models: ['Login'] })).toMatchObject({ changed: 1 })
    expect(
      await acme.login.findMany({ where: { email: { endsWith: '@old.io' }, phone: { endsWith: '0001' } } }),
    ).toMatchObject([{ id, email: 'old@old.io' }])
    await plain.login.delete({ where: { id } })
  })

  test('move writes the tokens of the new tenant, and a dry run counts them', async () => {
    const { id } = await acme.login.create({ data: { email: 'max@move.io', phone: 'Max 555-4321' } })
    const bare = await acme.login.create({ data: { email: 'm', phone: null } })
    const globex = prisma.$forTenant('globex')
    const before = await plain.login.findUniqueOrThrow({ where: { id } })
    const options = { model: 'Login', id: [id, bare.id], to: 'globex' } as const
    // Of both rows, three columns of the address, as that of all tenants stays; of the first, four of the number.
    const models = [{ model: 'Login', rows: 2, values: 3, tokens: 10 }]
    expect(await prisma.$encryption.move({ ...options, dryRun: true })).toMatchObject({ models, moved: false })
    expect(await plain.login.findUniqueOrThrow({ where: { id } })).toEqual(before)
    expect(await prisma.$encryption.move(options)).toMatchObject({ models, moved: true })
    const after = await plain.login.findUniqueOrThrow({ where: { id } })
    for (const column of COLUMNS) {
      expect(after[column]).toHaveLength(16)
      expect(after[column]).not.toEqual(before[column])
    }
    for (const where of [
      { email: { startsWith: 'max' } },
      { email: { endsWith: '@move.io' } },
      { phone: { endsWith: '4321' } },
      { phone: { startsWith: 'Max' } },
    ]) {
      expect(await globex.login.findMany({ where })).toMatchObject([{ id, email: 'max@move.io' }])
      expect(await acme.login.count({ where })).toBe(0)
    }
    // A value without the part has its token there as well.
    expect(await globex.login.findMany({ where: { email: { not: { startsWith: 'max' } } } })).toMatchObject([
      { id: bare.id, email: 'm' },
    ])
    expect(await prisma.$encryption.verify({ models: ['Login'] })).toMatchObject({ skipped: {} })
    expect(await prisma.$encryption.reindex({ models: ['Login'] })).toMatchObject({ changed: 0, skipped: {} })
    await globex.login.deleteMany()
  })

  test('eject leaves the tokens as they are, and searches go on', async () => {
    const { id } = await acme.login.create({ data: { email: 'eve@eject.io', phone: 'Eve 555-8765' } })
    const before = await plain.login.findUniqueOrThrow({ where: { id } })
    const written = { write: 'plain' } as const
    const models = changedModels({ 'Login.email': written, 'Login.phone': written })
    const ejecting = plain.$extends(fieldEncryption({ models, ...testOptions(kms) })) as unknown as typeof prisma
    expect(await ejecting.$encryption.eject({ models: ['Login'] })).toMatchObject({ finished: true, skipped: {} })
    expect(await plain.login.findUniqueOrThrow({ where: { id } })).toEqual({
      ...before,
      email: 'eve@eject.io',
      phone: 'Eve 555-8765',
    })
    const bound = ejecting.$forTenant('acme')
    // Also of what is written in plaintext from now on.
    const { id: next } = await bound.login.create({ data: { email: 'Eva@EJECT.io', phone: 'Eva 555-8765' } })
    const found = async (where: object): Promise<number[]> =>
      (await bound.login.findMany({ where, orderBy: { id: 'asc' } })).map((row) => row.id)
    expect(await found({ email: { endsWith: '@eject.io' } })).toEqual([id, next])
    expect(await found({ phone: { endsWith: '8765' } })).toEqual([id, next])
    expect(await found({ email: { startsWith: 'EVA' } })).toEqual([next])
    expect(await found({ phone: { startsWith: 'Eve' } })).toEqual([id])
    expect(await ejecting.$encryption.verify({ models: ['Login'] })).toMatchObject({ skipped: {} })
    expect(await ejecting.$encryption.reindex({ models: ['Login'] })).toMatchObject({ changed: 0, skipped: {} })
    await bound.login.deleteMany({ where: { id: { in: [id, next] } } })
    // The other rows are sealed again.
    for (const [index, [email, phone]] of ROWS.entries()) {
      await acme.login.update({ where: { id: ids[index] ?? 0 }, data: { email, phone }, select: { id: true } })
    }
  })

  test('verifyIndexes compares it with the value', async () => {
    const strict = plain
      .$extends(fieldEncryption({ models: changedModels({}), ...testOptions(kms), verifyIndexes: true }))
      .$forTenant('acme')
    expect(await strict.login.findMany({ where: { id: { in: ids } } })).toHaveLength(3)
    const [, none] = ids
    const [all] = await tokens()
    const { emailDomain } = (await tokens())[1] ?? {}
    await plain.login.update({ where: { id: none ?? -1 }, data: { emailDomain: all?.emailDomain ?? null } })
    expect(await refusal(strict.login.findMany({ select: { email: true } }))).toMatchObject({
      code: 'ENVELOPE_INDEX_MISMATCH',
      field: 'emailDomain',
    })
    await plain.login.update({ where: { id: none ?? -1 }, data: { emailDomain: emailDomain ?? null } })
  })
})

describe('while rows may hold plaintext', () => {
  const legacy = {
    legacy: { until: '2999-12-31', ...(database.provider === 'mysql' && { folds: true as const }) },
  }
  const models = changedModels({ 'Login.phone': legacy, 'Login.email': legacy })
  const mixed = plain.$extends(fieldEncryption({ models, ...testOptions(kms) })).$forTenant('acme')
  // The types are those of a schema without `legacy`.
  const found = async (where: object): Promise<unknown[]> =>
    (await mixed.login.findMany({ where: where as never, orderBy: { id: 'asc' } })).map(({ phone }) => phone)

  beforeAll(async () => {
    for (const phone of ['Ann plain', 'Bob plain', 'A', 'An%x'])
      await plain.login.create({ data: { tenantId: 'acme', phone } })
  })

  test.runIf(database.provider === 'postgresql')('both are asked, where the column answers exactly', async () => {
    expect(await found({ phone: { startsWith: 'Ann' } })).toEqual(['Ann 555-1120', 'Ann plain'])
    expect(await found({ phone: { not: { startsWith: 'Ann' } } })).toEqual(['1', 'Bob plain', 'A', 'An%x'])
    expect(await found({ NOT: { phone: { startsWith: 'Ann' } } })).toEqual(['1', 'Bob plain', 'A', 'An%x'])
    expect(await found({ phone: { startsWith: 'ann' } })).toEqual([])
    for (const needle of ['An%', 'A_n', 'A\\n']) {
      expect(await refusal(found({ phone: { startsWith: needle } }))).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        message: expect.stringContaining('are no letters there'),
      })
    }
  })

  test('and else it is refused', async () => {
    for (const where of [
      { email: { startsWith: 'ann' } },
      { phone: { not: { endsWith: '1120' } } },
      ...(database.provider === 'postgresql' ? [] : [{ phone: { startsWith: 'Ann' } }]),
    ]) {
      expect(await refusal(found(where))).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        message: expect.stringContaining('is legacy'),
      })
    }
  })
})

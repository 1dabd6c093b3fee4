import { beforeAll, describe, expect, test } from 'vitest'
import { PAGE } from '../../src/management/search/pages.js'
import type { SearchOptions } from '../../src/management/search/search-options.js'
import type { encryptedModels } from '../support/client.js'
import { testProvider } from '../support/database.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

type Models = typeof encryptedModels

const stage = await openStage()
const { acme, globex, prisma, plain, database, kms, sqlOf, plant, kmsCallsOf } = stage

const PEOPLE: readonly [id: string, email: string, ssn: string | null, age: number][] = [
  ['ann', 'Ann@Example.com', '100-20', 30],
  ['bea', 'bea_50%@example.org', null, 40],
  ['cem', 'çem@example.com', '100-30', 30],
  ['dan', 'DAN@example.org', '200', 50],
  ['eva', 'eva@elsewhere.net', null, 20],
]

beforeAll(async () => {
  await acme.clinic.create({ data: { id: 'c1', tenantId: 'acme', name: 'North' } })
  for (const [id, email, ssn, age] of PEOPLE) {
    const clinicId = age === 30 ? 'c1' : null
    const photo = Buffer.from(id)
    await acme.patient.create({
      data: { id, email, ssn, age, photo, clinicId, visits: { create: { reason: `of ${id}` } } },
    })
  }
  await globex.patient.create({ data: { id: 'zed', email: 'ann@example.com', ssn: '100-99', age: 30 } })
})

type Options = SearchOptions<Models, 'Patient', object>
const found = async (options: Options, client: typeof acme = acme): Promise<string[]> => {
  const { rows } = await client.$encryption.search('Patient', options)
  return rows.map(({ id }) => id)
}
const loose = (options: object) => acme.$encryption.search('Patient', options as Options)

describe('match', () => {
  test.each<[string, Options['match'], string[]]>([
    ['nothing', {}, ['ann', 'bea', 'cem', 'dan', 'eva']],
    ['a value', { email: 'Ann@Example.com' }, ['ann']],
    ['a value of another case', { email: 'ann@example.com' }, []],
    ['contains', { email: { contains: 'example' } }, ['bea', 'cem', 'dan']],
    ['contains nothing', { ssn: { contains: '' } }, ['ann', 'cem', 'dan']],
    ['a letter that is a wildcard in SQL', { email: { contains: '%' } }, ['bea']],
    ['and another one', { email: { contains: '_' } }, ['bea']],
    ['startsWith', { email: { startsWith: 'ç' } }, ['cem']],
    ['endsWith', { email: { endsWith: '.org' } }, ['bea', 'dan']],
    ['several conditions', { email: { startsWith: 'b', endsWith: '.org' } }, ['bea']],
    ['not, and NULL is not unequal', { ssn: { not: '200' } }, ['ann', 'cem']],
    ['NOT, and NULL is not unequal', { NOT: { ssn: '200' } }, ['ann', 'cem']],
    ['not contains', { ssn: { not: { contains: '-2' } } }, ['cem', 'dan']],
    ['not of not', { ssn: { not: { not: { startsWith: '100', endsWith: '20' } } } }, ['ann']],
    ['not of two conditions, each by itself', { ssn: { not: { startsWith: '200', endsWith: '20' } } }, ['cem']],
    ['null', { ssn: null }, ['bea', 'eva']],
    ['not null', { ssn: { not: null } }, ['ann', 'cem', 'dan']],
    ['in', { ssn: { in: ['200', '100-30', 'x'] } }, ['cem', 'dan']],
    ['notIn', { ssn: { notIn: ['200'] } }, ['ann', 'cem']],
    ['gt', { email: { gt: 'b' } }, ['bea', 'cem', 'eva']],
    ['lte', { email: { lte: 'DAN@example.org' } }, ['ann', 'dan']],
    [
      'AND of OR',
      { AND: [{ OR: [{ ssn: null }, { ssn: '200' }] }, { email: { contains: 'example' } }] },
      ['bea', 'dan'],
    ],
    ['OR of none', { OR: [] }, []],
    ['OR of filters without a condition', { OR: [{ email: { contains: undefined } }, { ssn: {} }] }, []],
    ['bytes', { photo: { in: [Buffer.from('dan'), new Uint8Array()] } }, ['dan']],
    ['not these bytes', { photo: { not: Buffer.from('dan') } }, ['ann', 'bea', 'cem', 'eva']],
  ])('%s', async (_what, match, ids) => {
    expect(await found(match === undefined ? {} : { match })).toEqual(ids)
  })

  test('ignores case for the whole search, for one filter, or for all but one', async () => {
    const contains = { contains: 'EXAMPLE.' }
    expect(await found({ match: { email: contains }, mode: 'insensitive' })).toEqual(['ann', 'bea', 'cem', 'dan'])
    expect(await found({ match: { email: { ...contains, mode: 'insensitive' } } })).toEqual([
      'ann',
      'bea',
      'cem',
      'dan',
    ])
    expect(await found({ match: { email: { ...contains, mode: 'default' } }, mode: 'insensitive' })).toEqual([])
    expect(await found({ match: { email: { not: contains, mode: 'insensitive' } } })).toEqual(['eva'])
    expect(await found({ match: { email: 'ÇEM@example.com' }, mode: 'insensitive' })).toEqual(['cem'])
  })

  test('stands beside a where on plain columns, relations and indexes', async () => {
    const match = { email: { contains: 'xample' } }
    expect(await found({ where: { age: { gt: 30 } }, match })).toEqual(['bea', 'dan'])
    expect(await found({ where: { clinic: { name: 'North' } }, match })).toEqual(['ann', 'cem'])
    expect(await found({ where: { email: ' ann@EXAMPLE.com' }, match })).toEqual(['ann'])
    expect(await found({ where: { email: 'ann@example.com' }, match: { email: { contains: 'nobody' } } })).toEqual([])
  })
})

describe('order', () => {
  test('is that of the primary key without any', async () => {
    expect(await found({})).toEqual(['ann', 'bea', 'cem', 'dan', 'eva'])
  })

  test('goes by code points, or by the rules of a language', async () => {
    expect(await found({ orderBy: { email: 'asc' } })).toEqual(['ann', 'dan', 'bea', 'eva', 'cem'])
    expect(await found({ orderBy: { email: 'asc' }, locale: 'en' })).toEqual(['ann', 'bea', 'cem', 'dan', 'eva'])
    expect(await found({ orderBy: [{ email: 'desc' }], locale: 'en' })).toEqual(['eva', 'dan', 'cem', 'bea', 'ann'])
    // In the order of the language, what begins with a c with a cedilla comes before d.
    expect(await found({ match: { email: { gte: 'b', lt: 'e' } }, locale: 'en' })).toEqual(['bea', 'cem', 'dan'])
  })

  test('may be by several fields, plain ones among them', async () => {
    expect(await found({ orderBy: [{ age: 'desc' }, { ssn: 'desc' }] })).toEqual(['dan', 'bea', 'cem', 'ann', 'eva'])
  })

  test('puts NULLs where the database does, or where the caller says', async () => {
    const database = async (sort: 'asc' | 'desc') =>
      (await plain.patient.findMany({ where: { tenantId: 'acme' }, orderBy: [{ ssn: sort as never }, { id: 'asc' }] }))
        .map(({ ssn }) => (ssn === null ? '-' : 'x'))
        .join('')
    const ours = async (sort: 'asc' | 'desc') =>
      (await acme.$encryption.search('Patient', { orderBy: { ssn: sort }, select: { ssn: true } })).rows
        .map(({ ssn }) => (ssn === null ? '-' : 'x'))
        .join('')
    expect(await ours('asc')).toBe(await database('asc'))
    expect(await ours('desc')).toBe(await database('desc'))
    const nulls = (sort: 'asc' | 'desc', where: 'first' | 'last') => found({ orderBy: { ssn: { sort, nulls: where } } })
    expect(await nulls('asc', 'first')).toEqual(['bea', 'eva', 'ann', 'cem', 'dan'])
    expect(await nulls('asc', 'last')).toEqual(['ann', 'cem', 'dan', 'bea', 'eva'])
    expect(await nulls('desc', 'first')).toEqual(['bea', 'eva', 'dan', 'cem', 'ann'])
    expect(await nulls('desc', 'last')).toEqual(['dan', 'cem', 'ann', 'bea', 'eva'])
  })
})

describe('pages', () => {
  const orders: [string, Options][] = [
    ['by key', {}],
    ['by an encrypted field', { orderBy: { email: 'asc' } }],
    ['by a field that many rows share', { orderBy: { age: 'asc' } }],
    ['by one that is NULL', { orderBy: { ssn: 'desc' } }],
    ['with a match', { orderBy: { age: 'desc' }, match: { email: { contains: 'e' } } }],
  ]
  test.each(orders)('follow each other without gaps, %s', async (_what, options) => {
    const all = await found(options)
    for (const take of [1, 2, 3, 5, 9]) {
      const ids: string[] = []
      let cursor: Options['cursor']
      do {
        // As it comes back from a browser.
        const page = await acme.$encryption.search('Patient', {
          ...options,
          take,
          ...(cursor !== undefined && { cursor: JSON.parse(JSON.stringify(cursor)) }),
        })
        expect(page.rows.length).toBeLessThanOrEqual(take)
        ids.push(...page.rows.map(({ id }) => id))
        expect(ids.length).toBeLessThanOrEqual(all.length)
        cursor = page.cursor
        if (cursor !== undefined) expect(Object.keys(cursor)).toEqual(['id'])
      } while (cursor !== undefined)
      expect(ids).toEqual(all)
    }
  })

  test('begin after the row of the cursor although it does not match any more', async () => {
    const options = { orderBy: { age: 'asc' }, match: { ssn: null }, cursor: { id: 'ann' } } as const
    expect(await found(options)).toEqual(['bea'])
  })

  test('are refused where the row of the cursor is gone, is not under where, or is of another tenant', async () => {
    for (const options of [
      { cursor: { id: 'nobody' } },
      { cursor: { id: 'zed' } },
      { cursor: { id: 'ann' }, where: { age: { gt: 40 } } },
      { cursor: { id: 'zed' }, orderBy: { email: 'asc' } },
    ] as const) {
      expect(await refusal(found(options))).toMatchObject({ code: 'ENVELOPE_SEARCH_CURSOR_GONE', tenant: 'acme' })
    }
  })
})

describe('rows', () => {
  test('hold the primary key, and what is selected', async () => {
    const { rows } = await acme.$encryption.search('Patient', {
      match: { email: { startsWith: 'A' } },
      select: {
        email: true,
        ssn: true,
        age: false,
        clinic: { select: { name: true } },
        visits: { select: { reason: true } },
      },
    })
    expect(rows).toEqual([
      { id: 'ann', email: 'Ann@Example.com', ssn: '100-20', clinic: { name: 'North' }, visits: [{ reason: 'of ann' }] },
    ])
    expect((await acme.$encryption.search('Patient', { take: 1 })).rows).toEqual([{ id: 'ann' }])
  })

  test('of a compound key come with all of it, and pages go by it', async () => {
    const org = prisma.$forTenant(1)
    for (const number of [1, 2, 3]) await org.account.create({ data: { orgId: 1, number, iban: `DE${9 - number}` } })
    await prisma.$forTenant(2).account.create({ data: { orgId: 2, number: 2, iban: 'DE0' } })
    const search = (options: object) => org.$encryption.search('Account', { orderBy: { iban: 'asc' }, ...options })
    expect((await search({})).rows).toEqual([3, 2, 1].map((number) => ({ orgId: 1, number })))
    const { rows, cursor } = await search({ take: 2, select: { iban: true } })
    expect(rows).toEqual([
      { orgId: 1, number: 3, iban: 'DE6' },
      { orgId: 1, number: 2, iban: 'DE7' },
    ])
    expect(cursor).toEqual({ orgId: 1, number: 2 })
    expect((await search({ cursor })).rows).toEqual([{ orgId: 1, number: 1 }])
    expect((await org.$encryption.search('Account', { cursor: { orgId: 1, number: 1 } })).rows).toHaveLength(2)
  })
})

describe('bounds', () => {
  test('more rows than max are counted, and none is read', async () => {
    const sql = await sqlOf(async () => {
      const error = await refusal(found({ max: 4, match: { email: { contains: 'e' } } }))
      expect(error.code).toBe('ENVELOPE_SEARCH_TOO_LARGE')
      expect(error.message).toContain('more than 4 rows of Patient')
    })
    expect(sql).toHaveLength(1)
    expect(sql[0]).toMatch(/count/i)
    // What counts is `where`, and this tenant.
    expect(await found({ max: 4, where: { age: { gt: 20 } } })).toHaveLength(4)
    // Whose rows they are, whoever asked.
    const ofGlobex = prisma.$encryption.search('Patient', { tenant: 'acme', max: 4 })
    expect(await refusal(ofGlobex)).toMatchObject({ model: 'Patient', tenant: 'acme' })
    expect(await found({ max: 5 })).toHaveLength(5)
  })

  test('reads nothing but the key and what is compared', async () => {
    const sql = await sqlOf(() => found({ match: { email: { contains: 'nobody' } }, orderBy: { age: 'asc' } }))
    const [, read] = sql
    expect(read).toMatch(/email_sealed/)
    expect(read).toMatch(/age/)
    expect(read).not.toMatch(/ssn|photo|notes|clinic/)
  })

  test('a search that was cancelled before it began sends nothing', async () => {
    const reason = new Error('closed')
    const sql = await sqlOf(() => expect(found({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason))
    expect(sql).toEqual([])
  })

  test('one that is cancelled meanwhile ends, with the reason', async () => {
    const controller = new AbortController()
    const search = found({ signal: controller.signal, orderBy: { email: 'asc' } })
    controller.abort(new Error('typed on'))
    await expect(search).rejects.toThrow('typed on')
  })
})

describe('the tenant', () => {
  test('is required', async () => {
    const sql = await sqlOf(async () => {
      expect((await refusal(prisma.$encryption.search('Patient', {}))).code).toBe('ENVELOPE_TENANT_REQUIRED')
    })
    expect(sql).toEqual([])
  })

  test('may be that of the client, of runWithTenant, or an option that does not contradict it', async () => {
    expect(await found({}, globex)).toEqual(['zed'])
    expect((await prisma.$encryption.search('Patient', { tenant: 'globex' })).rows).toEqual([{ id: 'zed' }])
    expect(await found({ tenant: 'globex' }, globex)).toEqual(['zed'])
    expect((await refusal(found({ tenant: 'acme' }, globex))).code).toBe('ENVELOPE_TENANT_CONFLICT')
  })

  test('a selection that Prisma does not take is refused before it would show who was found', async () => {
    for (const where of [{}, { id: 'nobody' }]) {
      const error: unknown = await loose({ where, select: { nme: true } }).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'PrismaClientValidationError' })
      expect(String(error)).not.toMatch(/\b(?:ann|bea|cem|dan|eva)\b/)
    }
    const select = { clinic: { select: { nme: true } } }
    const nested: unknown = await loose({ select }).catch((thrown: unknown) => thrown)
    expect(nested).toBeInstanceOf(Error)
    expect(String(nested)).not.toMatch(/\b(?:ann|bea|cem|dan|eva)\b/)
  })

  test('of the option of the client is one', async () => {
    const { prisma: single, plain: own } = encryptedClient(database, kms, { tenant: 'globex' })
    expect((await single.$encryption.search('Patient', {})).rows).toEqual([{ id: 'zed' }])
    await own.$disconnect()
  })

  test.each([true, false])("keeps other tenants' rows out, whatever where says, with scope: %s", async (scope) => {
    const { prisma: client, plain: own } = encryptedClient(database, kms, { scope })
    const bound = client.$forTenant('acme')
    const ids = async (options: Options) =>
      (await bound.$encryption.search('Patient', options)).rows.map(({ id }) => id)
    expect(await ids({})).not.toContain('zed')
    expect(await ids({ where: { OR: [{ id: 'zed' }, { age: { gt: 0 } }] } })).not.toContain('zed')
    expect(await ids({ where: { id: 'zed' }, select: { age: true } })).toEqual([])
    expect(await ids({ where: { NOT: { tenantId: 'acme' } } })).toEqual([])
    expect(await ids({ max: 5 })).toHaveLength(5)
    await own.$disconnect()
  })

  test('of rows that do not say whose they are is not certain: a bound search without where is refused', async () => {
    await acme.note.create({ data: { id: 1, body: 'milk' } })
    await globex.note.create({ data: { id: 2, body: 'bread' } })
    for (const where of [undefined, {}, { AND: [] }, { OR: [{ AND: {} }] }, { id: undefined }, { id: {} }]) {
      const sql = await sqlOf(async () => {
        const error = await refusal(acme.$encryption.search('Note', { ...(where && { where }) }))
        expect(error.code).toBe('ENVELOPE_TENANT_UNPROTECTED')
      })
      expect(sql).toEqual([])
    }
    const search = (where: object) => acme.$encryption.search('Note', { where, match: { body: { contains: 'i' } } })
    expect((await search({ id: 1 })).rows).toEqual([{ id: 1 }])
    // As `findMany` does.
    expect((await refusal(search({ id: { gte: 1 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
  })
})

test('works in a transaction, on its rows', async () => {
  const undone = new Error('undone')
  const work = acme.$transaction(async (tx) => {
    await tx.patient.create({ data: { id: 'new', email: 'new@example.com' } })
    const search = { match: { email: { startsWith: 'new' } }, select: { email: true } } as const
    expect((await tx.$encryption.search('Patient', search)).rows).toEqual([{ id: 'new', email: 'new@example.com' }])
    throw undone
  })
  await expect(work).rejects.toBe(undone)
  expect(await found({ match: { email: { startsWith: 'new' } } })).toEqual([])
})

test('goes through extensions that come after encryption', async () => {
  const hiding = prisma.$extends({
    query: {
      patient: {
        findMany: ({ args, query }) => query({ ...args, where: { AND: [args.where ?? {}, { age: { gt: 30 } }] } }),
      },
    },
  })
  const { rows } = await hiding.$forTenant('acme').$encryption.search('Patient', { orderBy: { email: 'asc' } })
  expect(rows.map(({ id }) => id)).toEqual(['dan', 'bea'])
})

test('a row that is gone before what was selected is read is left out', async () => {
  await acme.patient.create({ data: { id: 'yak', email: 'yak@example.com' } })
  // Deleted between the two reads.
  const { rows } = await acme
    .$extends({
      query: {
        patient: {
          async findMany({ args, query }) {
            const found = await query(args)
            if (args.orderBy !== undefined) await plain.patient.deleteMany({ where: { id: 'yak' } })
            return found
          },
        },
      },
    })
    .$encryption.search('Patient', { where: { id: { in: ['yak', 'eva'] } }, select: { email: true } })
  expect(rows).toEqual([{ id: 'eva', email: 'eva@elsewhere.net' }])
})

test('a row that does not meet where any more is left out as well', async () => {
  const { rows } = await acme
    .$extends({
      query: {
        patient: {
          async findMany({ args, query }) {
            const found = await query(args)
            if (args.orderBy !== undefined) await plain.patient.update({ where: { id: 'eva' }, data: { age: 21 } })
            return found
          },
        },
      },
    })
    .$encryption.search('Patient', { where: { age: 20 }, select: { email: true } })
  expect(rows).toEqual([])
  await plain.patient.update({ where: { id: 'eva' }, data: { age: 20 } })
})

test('a value that does not open ends the search, and none is skipped', async () => {
  const id = 'torn'
  await acme.patient.create({ data: { id, email: 'torn@example.com', ssn: '1' } })
  await plant('patients', 'ssn', id, 'in plaintext')
  const error = await refusal(found({ match: { ssn: { contains: 'nobody' } } }))
  expect(error.code).toBe('ENVELOPE_NOT_AN_ENVELOPE')
  expect(error).toMatchObject({ model: 'Patient', field: 'ssn', key: { id } })
  expect(error.message).not.toContain('in plaintext')
  // It is not among what is compared.
  expect(await found({ match: { email: { startsWith: 'torn' } } })).toEqual([id])
  await plain.patient.delete({ where: { id } })
})

test('rows of several pages are read in each of them, and KMS is asked no more than for one', async () => {
  const many = Array.from({ length: 2 * PAGE + 7 }, (_, i) => ({
    id: `m${String(i).padStart(5, '0')}`,
    reason: `visit ${i}`,
  }))
  const initech = prisma.$forTenant('initech')
  await initech.patient.create({ data: { id: 'one', email: 'one@example.com' } })
  await initech.visit.createMany({
    data: many.map(({ reason }) => ({ reason, patientId: 'one', tenantId: 'initech' })),
  })
  let statements: string[] = []
  const calls = await kmsCallsOf(async () => {
    statements = await sqlOf(async () => {
      const { rows } = await initech.$encryption.search('Visit', { match: { reason: { endsWith: '00' } } })
      expect(rows).toHaveLength(20)
    })
  })
  expect(statements).toHaveLength(4)
  expect(calls.filter((name) => name === 'Decrypt' || name === 'GenerateDataKey').length).toBeLessThanOrEqual(1)
  // Enough were found on the first page.
  statements = await sqlOf(() =>
    initech.$encryption.search('Visit', { match: { reason: { endsWith: '00' } }, take: 3 }),
  )
  expect(statements).toHaveLength(2)
  const { rows } = await initech.$encryption.search('Visit', { orderBy: { reason: 'desc' }, select: { reason: true } })
  expect(rows).toHaveLength(many.length)
  expect(rows.map(({ reason }) => reason)).toEqual(
    many
      .map(({ reason }) => reason)
      .sort()
      .reverse(),
  )
})

describe('bad input is refused before SQL', () => {
  const surrogate = 'a\ud800'
  test.each<[string, object, string]>([
    ['an unknown option', { filter: {} }, 'ENVELOPE_CONFIG_INVALID'],
    ['include', { include: { visits: true } }, 'ENVELOPE_CONFIG_INVALID'],
    ['a where that is no object', { where: 'x' }, 'ENVELOPE_VALUE_INVALID'],
    ['a where of an unknown field', { where: { shoe: 1 } }, 'ENVELOPE_ARGUMENT_UNKNOWN'],
    ['a where that would compare ciphertext', { where: { ssn: { contains: 'x' } } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['a match that is no object', { match: 'x' }, 'ENVELOPE_VALUE_INVALID'],
    ['null as a match', { match: null }, 'ENVELOPE_VALUE_INVALID'],
    ['a match of an unknown field', { match: { shoe: 'x' } }, 'ENVELOPE_ARGUMENT_UNKNOWN'],
    ['a match of a plain field', { match: { age: 7 } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['a match of a relation', { match: { clinic: {} } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['a match of a document', { match: { notes: { equals: 1 } } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['an unknown operator', { match: { ssn: { like: 'x' } } }, 'ENVELOPE_ARGUMENT_UNKNOWN'],
    ['the key __proto__', { match: JSON.parse('{"__proto__": {"ssn": "x"}}') }, 'ENVELOPE_ARGUMENT_UNKNOWN'],
    ['an operator that bytes do not have', { match: { photo: { contains: 'x' } } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['text for bytes', { match: { photo: 'x' } }, 'ENVELOPE_VALUE_INVALID'],
    ['a number for text', { match: { ssn: 7 } }, 'ENVELOPE_VALUE_INVALID'],
    ['a number to contain', { match: { ssn: { contains: 7 } } }, 'ENVELOPE_VALUE_INVALID'],
    ['null to contain', { match: { ssn: { contains: null } } }, 'ENVELOPE_VALUE_INVALID'],
    ['a list to contain', { match: { ssn: { contains: ['x'] } } }, 'ENVELOPE_VALUE_INVALID'],
    ['a lone surrogate', { match: { ssn: { contains: surrogate } } }, 'ENVELOPE_VALUE_INVALID'],
    ['a lone surrogate in a list', { match: { ssn: { in: [surrogate] } } }, 'ENVELOPE_VALUE_INVALID'],
    ['no list', { match: { ssn: { in: 'x' } } }, 'ENVELOPE_VALUE_INVALID'],
    ['null in a list', { match: { ssn: { notIn: ['x', null] } } }, 'ENVELOPE_VALUE_INVALID'],
    ['an OR that is no list', { match: { OR: { ssn: 'x' } } }, 'ENVELOPE_VALUE_INVALID'],
    ['null in an AND', { match: { AND: [null] } }, 'ENVELOPE_VALUE_INVALID'],
    ['an unknown mode', { mode: 'loose' }, 'ENVELOPE_VALUE_INVALID'],
    ['an unknown mode of a filter', { match: { ssn: { contains: 'x', mode: 'loose' } } }, 'ENVELOPE_VALUE_INVALID'],
    [
      'a mode within not',
      { match: { ssn: { not: { contains: 'x', mode: 'insensitive' } } } },
      'ENVELOPE_ARGUMENT_UNKNOWN',
    ],
    [
      'a mode of bytes',
      { match: { photo: { equals: new Uint8Array(), mode: 'insensitive' } } },
      'ENVELOPE_FILTER_UNSUPPORTED',
    ],
    ['an ordering by an unknown field', { orderBy: { shoe: 'asc' } }, 'ENVELOPE_ARGUMENT_UNKNOWN'],
    ['an ordering by a relation', { orderBy: { clinic: { name: 'asc' } } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['an ordering by a document', { orderBy: { notes: 'asc' } }, 'ENVELOPE_FILTER_UNSUPPORTED'],
    ['an ordering up', { orderBy: { ssn: 'up' } }, 'ENVELOPE_VALUE_INVALID'],
    ['an ordering without a direction', { orderBy: { ssn: { nulls: 'first' } } }, 'ENVELOPE_VALUE_INVALID'],
    ['NULLs in the middle', { orderBy: { ssn: { sort: 'asc', nulls: 'middle' } } }, 'ENVELOPE_VALUE_INVALID'],
    ['an ordering by two fields at once', { orderBy: { ssn: 'asc', age: 'asc' } }, 'ENVELOPE_VALUE_INVALID'],
    ['an ordering that is a word', { orderBy: 'ssn' }, 'ENVELOPE_VALUE_INVALID'],
    ['a language that there is not', { locale: 'xx-klingon' }, 'ENVELOPE_VALUE_INVALID'],
    ['a language that is no tag', { locale: 'not a tag' }, 'ENVELOPE_VALUE_INVALID'],
    ['a language that is a number', { locale: 7 }, 'ENVELOPE_VALUE_INVALID'],
    ['a selection that is a list', { select: ['id'] }, 'ENVELOPE_VALUE_INVALID'],
    [
      'a selection of a relation that would compare ciphertext',
      { select: { mentees: { where: { ssn: 'x' } } } },
      'ENVELOPE_FILTER_UNSUPPORTED',
    ],
    ['no rows', { take: 0 }, 'ENVELOPE_VALUE_INVALID'],
    ['rows backwards', { take: -5 }, 'ENVELOPE_VALUE_INVALID'],
    ['half a row', { take: 1.5 }, 'ENVELOPE_VALUE_INVALID'],
    ['rows as text', { take: '5' }, 'ENVELOPE_VALUE_INVALID'],
    ['none at most', { max: 0 }, 'ENVELOPE_VALUE_INVALID'],
    ['too many at most', { max: 30_001 }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor that is text', { cursor: 'ann' }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor of another field', { cursor: { email: 'x' } }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor of one field more', { cursor: { id: 'ann', email: 'x' } }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor of another type', { cursor: { id: 7 } }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor that is a filter', { cursor: { id: { not: 'x' } } }, 'ENVELOPE_VALUE_INVALID'],
    ['a cursor with a lone surrogate', { cursor: { id: surrogate } }, 'ENVELOPE_VALUE_INVALID'],
    ['a signal that is none', { signal: {} }, 'ENVELOPE_VALUE_INVALID'],
    ['a tenant that is none', { tenant: '' }, 'ENVELOPE_TENANT_INVALID'],
  ])('%s', async (_what, options, code) => {
    let message = ''
    const sql = await sqlOf(async () => {
      const error = await refusal(loose(options))
      message = error.message
      expect(error.code).toBe(code)
    })
    expect(sql).toEqual([])
    expect(message).toMatch(/\.$/)
  })

  test('and no error has what was searched for', async () => {
    const secret = 'Ann Ogden'
    for (const options of [
      { match: { ssn: { contains: `${secret}\ud800` } } },
      { match: { ssn: { [secret]: 1 } } },
      { match: { [secret]: { contains: secret } } },
      { match: { age: { contains: secret } } },
      { match: { notes: { equals: secret } } },
      { match: { photo: secret } },
      { match: { ssn: { in: secret } } },
      { match: { ssn: { contains: secret, mode: secret } } },
      { match: secret },
      { mode: secret },
      { orderBy: { [secret]: 'asc' } },
      { orderBy: { ssn: secret } },
      { locale: secret },
      { cursor: { id: 7, [secret]: secret } },
      { match: { ssn: { contains: secret } }, max: 1 },
      { match: { ssn: { contains: secret } }, cursor: { id: secret } },
    ]) {
      expect((await refusal(loose(options))).message).not.toContain('Ogden')
    }
  })

  test('an object within itself', async () => {
    const match: { AND?: unknown; ssn?: object } = {}
    match.AND = [match]
    expect((await refusal(loose({ match }))).code).toBe('ENVELOPE_VALUE_INVALID')
    const not: { not?: unknown } = {}
    not.not = not
    expect((await refusal(loose({ match: { ssn: not } }))).code).toBe('ENVELOPE_VALUE_INVALID')
  })

  test('a filter that the database cannot answer is for `match`', async () => {
    const instead =
      '$encryption.search: the database cannot answer this filter of Patient.ssn, which is encrypted. Move it from `where` to `match`.'
    for (const where of [
      { ssn: { contains: 'x' } },
      { ssn: 'x' },
      { AND: [{ age: 30 }, { NOT: { ssn: { gt: 'x' } } }] },
      { OR: [{ ssn: { not: { endsWith: 'x' } } }] },
    ]) {
      expect(await refusal(found({ where: where as Options['where'] & object }))).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        message: instead,
        model: 'Patient',
        field: 'ssn',
      })
    }
    // What `match` does not compare either: documents, and rows that are related.
    for (const where of [{ notes: { equals: { a: 1 } } }, { mentees: { some: { ssn: 'x' } } }]) {
      const error = await refusal(found({ where: where as Options['where'] & object }))
      expect(error.code).toBe('ENVELOPE_FILTER_UNSUPPORTED')
      expect(error.message).not.toContain('`match`')
    }
  })

  test('misspelt names are answered with what was meant', async () => {
    const search = acme.$encryption.search as (model: string, options?: unknown) => Promise<unknown>
    expect((await refusal(search('Patent'))).message).toContain('Did you mean "Patient"?')
    expect((await refusal(loose({ match: { emial: 'x' } }))).message).toContain('Did you mean "email"?')
    expect((await refusal(loose({ match: { or: [] } }))).message).toContain('Did you mean "OR"?')
    expect((await refusal(loose({ orderBy: { emails: 'asc' } }))).message).toContain('Did you mean "email"?')
    expect((await refusal(loose({ orderBy: { ssn: { sort: 'asc', nuls: 'last' } } }))).message).toContain('"nulls"?')
    expect((await refusal(loose({ where: { emial: 'x' } }))).message).toContain('Did you mean "email"?')
    expect((await refusal(loose({ match: { shoeSize: 'x' } }))).message).not.toContain('Did you mean')
  })

  test('models that there are not, that have nothing encrypted, and options that are no object', async () => {
    const search = acme.$encryption.search as (model: string, options?: unknown) => Promise<unknown>
    expect((await refusal(search('Shoe'))).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect((await refusal(search('Clinic'))).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect((await refusal(search('Patient', 'x'))).code).toBe('ENVELOPE_VALUE_INVALID')
    expect((await search('Patient')) as object).toMatchObject({ rows: { length: 5 } })
  })
})

test.runIf(testProvider() === 'postgresql')('lists are refused', async () => {
  const search = acme.$encryption.search as (model: string, options: object) => Promise<unknown>
  expect((await refusal(search('Chart', { match: { codes: 'x' } }))).code).toBe('ENVELOPE_FILTER_UNSUPPORTED')
  expect((await refusal(search('Chart', { orderBy: { codes: 'asc' } }))).code).toBe('ENVELOPE_FILTER_UNSUPPORTED')
})

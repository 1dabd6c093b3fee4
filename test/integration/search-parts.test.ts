import { beforeAll, describe, expect, test } from 'vitest'
import type { PrismaTypes } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, globex, prisma, statements, sqlOf } = await openStage()

/** Short ones, with half a pair at the cut, of all spellings; NULL; and what a pattern of LIKE would take for another. */
const EMAILS = [
  ...[
    'ann@x.io',
    ' ANNA@X.io',
    'an',
    'ann',
    'a',
    '',
    '😀😀😀@y.io',
    '😀😀',
    'ann@b@z.io',
    'bob@',
    '%_n@x.io',
    '%an@xxio',
  ],
  ...['ΟΔΟΣ@x.io', 'οδόσ', 'cafe\u0301@x.io', null],
]
const PHONES = [
  '+1 (555) 010-9999',
  '0109999',
  '555-09999',
  '999',
  'unknown',
  'Ann',
  'ann',
  'An%',
  'An_x',
  'e\u0301x',
  null,
]

const ids = new Map<string | number, number>()
const of = (email: string | null): number => ids.get(`email ${email}`) ?? -1

beforeAll(async () => {
  for (const email of EMAILS) {
    const { id } = await acme.login.create({ data: { email } })
    ids.set(`email ${email}`, id)
  }
  for (const phone of PHONES) await acme.login.create({ data: { phone } })
  await globex.login.create({ data: { email: 'ann@globex.io', phone: '+1 (555) 010-9999' } })
})

type Where = PrismaTypes.LoginWhereInput
const found = async (where: object): Promise<(string | null)[]> => {
  const rows = await acme.login.findMany({
    where: where as Where,
    orderBy: { id: 'asc' },
    select: { email: true, id: true },
  })
  return rows.filter(({ id }) => [...ids.values()].includes(id)).map(({ email }) => email)
}
const phones = async (phone: object): Promise<(string | null)[]> => {
  const rows = await acme.login.findMany({
    where: { phone } as Where,
    orderBy: { id: 'asc' },
    select: { phone: true, id: true },
  })
  return rows.filter(({ id }) => ![...ids.values()].includes(id)).map((row) => row.phone)
}

/** As the index is to see a text: trimmed, and each letter by itself in lower case. */
const lower = (text: string): string => [...text].map((letter) => letter.toLowerCase()).join('')
const whole = (text: string): string => lower(text.trim())
const texts = EMAILS.filter((email) => email !== null)

describe('startsWith and endsWith find the rows whose normalized values do', () => {
  test.each(['ann', 'ANN', ' ann', 'an@', '%_n', '%an', '😀😀😀', 'ΟΔΟ', 'οδο', 'caf', 'zzz'])(
    'startsWith %s',
    async (needle) => {
      const begins = texts.filter((email) => whole(email).startsWith(lower(needle.trimStart())))
      const others = texts.filter((email) => !begins.includes(email))
      expect(await found({ email: { startsWith: needle } })).toEqual(begins)
      // A value that is too short for the index begins otherwise, and NULL neither does nor does not.
      expect(await found({ email: { not: { startsWith: needle } } })).toEqual(others)
      expect(await found({ NOT: { email: { startsWith: needle } } })).toEqual(others)
      expect(await found({ NOT: { NOT: { email: { startsWith: needle } } } })).toEqual(begins)
      expect(await found({ email: { not: { not: { startsWith: needle } } } })).toEqual(begins)
      expect(await found({ OR: [{ email: { startsWith: needle } }, { email: null }] })).toEqual(
        EMAILS.filter((email) => email === null || begins.includes(email)),
      )
    },
  )

  test.each(['@x.io', '@X.IO ', '@y.io', '@z.io', '@xxio', '@none'])('endsWith %s', async (needle) => {
    const ends = texts.filter((email) => whole(email).endsWith(lower(needle.trimEnd())))
    expect(await found({ email: { endsWith: needle } })).toEqual(ends)
    expect(await found({ email: { not: { endsWith: needle } } })).toEqual(
      texts.filter((email) => !ends.includes(email)),
    )
  })

  test('the last digits', async () => {
    expect(await phones({ endsWith: '9999' })).toEqual(['+1 (555) 010-9999', '0109999', '555-09999'])
    expect(await phones({ endsWith: '99-99' })).toEqual(['+1 (555) 010-9999', '0109999', '555-09999'])
    expect(await phones({ not: { endsWith: '9999' } })).toEqual(PHONES.slice(3, -1))
  })

  test('in the letter case of the values, where the index has no normalizers', async () => {
    expect(await phones({ startsWith: 'Ann' })).toEqual(['Ann'])
    expect(await phones({ startsWith: 'An%' })).toEqual(['An%'])
    expect(await phones({ startsWith: 'An_' })).toEqual(['An_x'])
    // Code points, as they are.
    expect(await phones({ startsWith: 'e\u0301x' })).toEqual(['e\u0301x'])
  })

  test('in any letter case, where the index ignores it', async () => {
    expect(await found({ email: { startsWith: 'ANN', mode: 'insensitive' } })).toEqual(
      await found({ email: { startsWith: 'ann' } }),
    )
    expect(await refusal(phones({ startsWith: 'Ann', mode: 'insensitive' }))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
      message: expect.stringContaining(
        '@encrypted.index(phone, part: first(3), normalize: [lowercase], leaks: accepted)',
      ),
    })
  })
})

describe('beside other operators, each goes to its own index', () => {
  test('all must hold', async () => {
    const anns = { startsWith: 'ann', endsWith: '@x.io' }
    expect(await found({ email: anns })).toEqual(['ann@x.io', ' ANNA@X.io'])
    expect(await found({ email: { ...anns, not: 'ANNA@x.io' } })).toEqual(['ann@x.io'])
    expect(await found({ email: { ...anns, equals: 'anna@x.io' } })).toEqual([' ANNA@X.io'])
    expect(await found({ email: { startsWith: 'ann', in: ['ann', 'bob@'] } })).toEqual(['ann'])
    expect(await found({ email: { startsWith: 'ann', not: null } })).toEqual([
      'ann@x.io',
      ' ANNA@X.io',
      'ann',
      'ann@b@z.io',
    ])
    expect(await found({ email: { not: { ...anns, equals: 'an' } } })).toEqual(
      texts.filter((email) => !whole(email).startsWith('ann') && !whole(email).endsWith('@x.io') && email !== 'an'),
    )
    expect(await found({ email: { startsWith: 'ann', not: { endsWith: '@x.io' } } })).toEqual(['ann', 'ann@b@z.io'])
  })

  test('and the plain value leaves the process in none of them', async () => {
    statements.length = 0
    await found({ email: { startsWith: 'ann', endsWith: '@x.io', not: 'anna@x.io' } })
    expect(JSON.stringify(statements)).not.toMatch(/ann|x\.io/)
  })
})

describe('in every operation', () => {
  test('count, groupBy, aggregate, findFirst, updateMany, deleteMany', async () => {
    const where: Where = { email: { startsWith: 'ann' } }
    expect(await acme.login.count({ where })).toBe(4)
    expect(await acme.login.aggregate({ where, _count: true })).toEqual({ _count: 4 })
    const groups = await acme.login.groupBy({ by: ['emailDomain'], where, _count: { _all: true } })
    expect(groups.map(({ _count }) => _count._all).sort()).toEqual([1, 1, 2])
    expect(await acme.login.findFirst({ where, orderBy: { id: 'asc' } })).toMatchObject({ email: 'ann@x.io' })
    await acme.login.create({ data: { email: 'gone-1@gone.io' } })
    await acme.login.create({ data: { email: 'gone-2@gone.io' } })
    expect(await acme.login.updateMany({ where: { email: { endsWith: '@gone.io' } }, data: { phone: null } })).toEqual({
      count: 2,
    })
    expect(await acme.login.deleteMany({ where: { email: { startsWith: 'gon' } } })).toEqual({ count: 2 })
  })

  test('a value that is written again has the parts of the new one', async () => {
    const { id } = await acme.login.create({ data: { email: 'old@old.io' } })
    await acme.login.update({ where: { id }, data: { email: 'new@new.io' } })
    expect(await acme.login.count({ where: { email: { startsWith: 'old' } } })).toBe(0)
    expect(await acme.login.count({ where: { email: { endsWith: '@new.io' } } })).toBe(1)
    await acme.login.update({ where: { id }, data: { email: null } })
    expect(await acme.login.findUnique({ where: { id } })).toMatchObject({ emailFirst: null, emailDomain: null })
    await acme.login.delete({ where: { id } })
  })

  test('beside a unique input, but not as one', async () => {
    const id = of('ann@x.io')
    expect(await acme.login.findUnique({ where: { id, email: { startsWith: 'ann' } } })).toMatchObject({ id })
    expect(await acme.login.findUnique({ where: { id, email: { startsWith: 'bob' } } })).toBeNull()
    for (const cursor of [{ email: { startsWith: 'ann' } }, { id, email: { endsWith: '@x.io' } }]) {
      expect(await refusal(acme.login.findMany({ cursor: cursor as never }))).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        message: expect.stringMatching(/^Login\.email is compared as a whole in a cursor/),
      })
    }
  })

  test('a tenant has tokens of its own', async () => {
    expect(await globex.login.count({ where: { email: { startsWith: 'ann' } } })).toBe(1)
    const [a, b] = await Promise.all(
      ['acme', 'globex'].map((tenant) =>
        prisma.$encryption.index('Login', 'email', 'ann', { tenant, index: 'emailFirst' }),
      ),
    )
    expect(a).not.toEqual(b)
    expect(await refusal(prisma.login.count({ where: { email: { startsWith: 'ann' } } }))).toMatchObject({
      code: 'ENVELOPE_TENANT_REQUIRED',
    })
  })
})

describe('$encryption.index', () => {
  test("returns the token of what is sought, for SQL of one's own", async () => {
    const emailFirst = await acme.$encryption.index('Login', 'email', ' ANN', { index: 'emailFirst' })
    expect(await acme.login.count({ where: { emailFirst } })).toBe(4)
    const emailDomain = await acme.$encryption.index('Login', 'email', '@x.io', { index: 'emailDomain' })
    expect(await acme.login.count({ where: { emailDomain } })).toBeGreaterThan(2)
  })

  test('and of a whole value where no index is named', async () => {
    const emailIndex = await acme.$encryption.index('Login', 'email', 'ann@x.io')
    expect(await acme.login.count({ where: { emailIndex } })).toBe(1)
  })

  test('of nothing else', async () => {
    for (const [index, value] of [
      ['emailFirst', 'anna'],
      ['emailFirst', ''],
      ['emailDomain', 'x.io'],
    ] as const) {
      expect(await refusal(acme.$encryption.index('Login', 'email', value, { index }))).toMatchObject({
        code: 'ENVELOPE_VALUE_INVALID',
        message: expect.stringContaining(index),
      })
    }
  })
})

describe('what no index answers exactly is refused before SQL, without the needle', () => {
  test.each<[string, object, string, string]>([
    ['shorter', { email: { startsWith: 'na' } }, 'ENVELOPE_VALUE_INVALID', '3 characters (emailFirst)'],
    ['longer', { email: { startsWith: 'needle' } }, 'ENVELOPE_VALUE_INVALID', '3 characters (emailFirst)'],
    ['empty', { email: { startsWith: '' } }, 'ENVELOPE_VALUE_INVALID', '3 characters (emailFirst)'],
    ['blank', { email: { startsWith: '    ' } }, 'ENVELOPE_VALUE_INVALID', '3 characters (emailFirst)'],
    ['no digits', { phone: { endsWith: 'needle' } }, 'ENVELOPE_VALUE_INVALID', '4 characters (phoneLast)'],
    ['no domain', { email: { endsWith: 'needle' } }, 'ENVELOPE_VALUE_INVALID', '"@" and a whole domain (emailDomain)'],
    ['within not', { email: { not: { startsWith: 'needle' } } }, 'ENVELOPE_VALUE_INVALID', 'emailFirst'],
    [
      'contains',
      { email: { contains: 'needle' } },
      'ENVELOPE_FILTER_UNSUPPORTED',
      "$encryption.search('Login', { match: { email: { contains: … } } })",
    ],
    ['a number', { email: { startsWith: 31337 } }, 'ENVELOPE_VALUE_INVALID', 'a string'],
    ['null', { email: { startsWith: null } }, 'ENVELOPE_VALUE_INVALID', 'a string'],
    ['a list', { email: { startsWith: ['needle'] } }, 'ENVELOPE_VALUE_INVALID', 'a string'],
    ['an object', { email: { startsWith: { equals: 'needle' } } }, 'ENVELOPE_VALUE_INVALID', 'a string'],
    ['a lone surrogate', { email: { startsWith: 'ne\ud800' } }, 'ENVELOPE_VALUE_INVALID', 'surrogate'],
    [
      'another field',
      { email: { startsWith: prisma.login.fields.phone } },
      'ENVELOPE_FILTER_UNSUPPORTED',
      'another field',
    ],
  ])('%s', async (_what, where, code, said) => {
    let error = new Error('not refused')
    const sql = await sqlOf(async () => {
      error = (await refusal(acme.login.findMany({ where: where as Where }))) as Error
    })
    expect(error).toMatchObject({ code, model: 'Login', message: expect.stringContaining(said) })
    expect(error.message).not.toMatch(/needle|31337/)
    expect(sql).toEqual([])
  })
})

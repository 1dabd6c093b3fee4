import { beforeAll, describe, expect, test } from 'vitest'
import { runWithTenant } from '../../src/tenancy/index.js'
import { codeOf } from '../support/company-stage.js'
import { testProvider } from '../support/database.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Reads of rows with an owner relation. */
const { acme, extend, fill, globex, main, plain, prisma, sqlOf } = await openFilledCompany()

beforeAll(async () => {
  await fill()
  for (const [tenant, i] of [
    ['acme', 1],
    ['globex', 2],
  ] as const)
    for (let n = 0; n < 20; n++)
      await prisma.recipient.create({
        data: {
          id: 2000 + 100 * i + n,
          token: `${tenant}${n}`,
          email: `${n}@x.org`,
          order: n + 1,
          envelopeId: `e-${tenant}`,
          fields: { create: { id: 2000 + 100 * i + n, value: `${tenant} ${n}` } },
        },
      })
})

/** The SELECTs that a call sends. */
const selects = async (work: () => unknown) =>
  (await sqlOf(work)).filter((sql) => /^query\s+(SELECT|\/\*)/.test(sql)).length
const twenty = Array.from({ length: 20 }, (_, i) => i)

describe('findUnique', () => {
  test('is batched: one statement, and one for each step', async () => {
    const unique = (db: typeof prisma, tenant: string) =>
      twenty.map((n) => db.recipient.findUnique({ where: { token: `${tenant}${n}` } }))
    expect(await selects(() => Promise.all(unique(plain as never, 'acme')))).toBe(1)
    expect(await selects(() => Promise.all(unique(acme, 'acme')))).toBe(2)
    expect(await selects(() => Promise.all(unique(prisma, 'globex')))).toBe(2)
    // Two tenants in one tick, and one that asks for the other's.
    expect(await selects(() => Promise.all([...unique(acme, 'acme'), ...unique(globex, 'globex')]))).toBe(2)
    expect(await Promise.all([...unique(acme, 'globex'), ...unique(globex, 'acme')])).toEqual(Array(40).fill(null))
    expect(
      await selects(() => Promise.all(twenty.map((n) => acme.field.findUnique({ where: { id: 2100 + n } })))),
    ).toBe(3)
    const bound = await runWithTenant('acme', () => Promise.all(unique(prisma, 'acme')))
    expect(bound[3]).toMatchObject({ email: '3@x.org' })
  })

  test('judges the root before what it includes, and opens nothing of another tenant', async () => {
    const opened = () => prisma.$encryption.stats().opened
    const before = opened()
    const include = { envelope: { include: { comments: true } }, fields: true, user: true }
    expect(await acme.recipient.findUnique({ where: { id: 1002 }, include })).toBeNull()
    expect(await acme.recipient.findUnique({ where: { id: 1002 }, select: { order: true } })).toBeNull()
    expect(
      await acme.recipient.findUnique({ where: { id: 1002 }, select: { user: { select: { locale: true } } } }),
    ).toBeNull()
    expect(await codeOf(acme.recipient.findUniqueOrThrow({ where: { id: 1002 }, include }))).toBe('P2025')
    expect(await codeOf(acme.field.findUniqueOrThrow({ where: { id: 1002 } }))).toBe('P2025')
    expect(opened()).toBe(before)
    expect(await acme.recipient.findUniqueOrThrow({ where: { id: 1001 }, include })).toMatchObject({
      envelope: { comments: [{ text: 'comment of acme' }] },
    })
  })

  test('says that a unique filter which names another tenant is a mistake only where it would be filtered', async () => {
    expect(await acme.recipient.findUnique({ where: { id: 1002, envelope: { orgId: 'globex' } } })).toBeNull()
    expect(
      (await refusal(acme.recipient.findUniqueOrThrow({ where: { id: 1002, envelope: { orgId: 'globex' } } }))).code,
    ).toBe('ENVELOPE_TENANT_CONFLICT')
  })
})

describe('what is added to a selection is taken out again', () => {
  const where = { id: 1001 }
  test.each([
    ['nothing named', {}, ['id', 'email', 'emailIndex', 'name', 'token', 'order', 'envelopeId', 'userId']],
    ['select', { select: { name: true } }, ['name']],
    ['select of the relation', { select: { name: true, envelope: true } }, ['name', 'envelope']],
    ['select of a part of it', { select: { name: true, envelope: { select: { id: true } } } }, ['name', 'envelope']],
    [
      'include',
      { include: { envelope: true } },
      ['id', 'email', 'emailIndex', 'name', 'token', 'order', 'envelopeId', 'userId', 'envelope'],
    ],
    [
      'include of another',
      { include: { user: true } },
      ['id', 'email', 'emailIndex', 'name', 'token', 'order', 'envelopeId', 'userId', 'user'],
    ],
    ['omit', { omit: { email: true, envelopeId: true } }, ['id', 'emailIndex', 'name', 'token', 'order', 'userId']],
    ['plain fields only', { select: { order: true } }, ['order']],
    ['counts', { select: { name: true, _count: true } }, ['name', '_count']],
  ])('%s', async (_what, args, keys) => {
    for (const db of [prisma, acme]) {
      for (const row of [
        await db.recipient.findUnique({ where, ...args }),
        (await db.recipient.findMany({ where, ...args }))[0],
        await db.recipient.findFirst({ where, ...args }),
        await db.recipient.update({ where, data: {}, ...args }),
        await db.recipient.update({ where, data: { name: 'name of acme' }, ...args }),
      ]) {
        expect(Object.keys(row ?? {}).toSorted()).toEqual(keys.toSorted())
        const { envelope } = (row ?? {}) as { envelope?: object }
        if (envelope !== undefined) expect(Object.keys(envelope)).toHaveLength(_what.includes('part') ? 1 : 7)
      }
    }
  })

  test('of rows on the way, deeper down', async () => {
    for (const db of [prisma, acme]) {
      const row = await db.field.findUnique({
        where: { id: 1001 },
        include: { recipient: { select: { token: true, envelope: { select: { status: true } } } } },
      })
      expect(row).toEqual({
        id: 1001,
        kind: 'text',
        page: 1,
        value: 'value of acme',
        recipientId: 1001,
        recipient: { token: 'r-acme', envelope: { status: 'draft' } },
      })
    }
  })

  test('of optional parents, with and without a filter of the caller’s', async () => {
    const select = (envelope: object) => ({ select: { text: true, envelope }, orderBy: { id: 'asc' } }) as const
    for (const envelope of [{ select: { status: true } }, { where: { status: 'draft' }, select: { status: true } }])
      expect(await prisma.comment.findMany(select(envelope) as never)).toEqual([
        { text: 'comment of acme', envelope: { status: 'draft' } },
        { text: 'comment of globex', envelope: { status: 'draft' } },
        { text: 'comment of nobody', envelope: null },
      ])
    const hidden = [
      { text: 'comment of acme', envelope: null },
      { text: 'comment of globex', envelope: null },
      { text: 'comment of nobody', envelope: null },
    ]
    const hiding = select({ where: { status: 'none' }, select: { status: true } }) as never
    expect(await prisma.comment.findMany(hiding)).toEqual(hidden)
    // One look-up for all of them.
    expect(await selects(() => prisma.comment.findMany(hiding))).toBe(3)
    expect(await acme.comment.findMany(hiding)).toEqual(hidden.slice(0, 1))
    expect(await main.comment.findMany(hiding)).toEqual(hidden.slice(2))
    expect(await prisma.user.findUnique({ where: { id: 'u1' }, select: { comments: hiding } } as never)).toEqual({
      comments: hidden,
    })
  })
})

describe('lists', () => {
  test('of a bound client are one statement, and children below their parent cost what they cost without us', async () => {
    // MySQL's collations may take two tenants for one: there the way is read, and compared.
    const more = testProvider() === 'mysql' ? 1 : 0
    expect(await selects(() => acme.recipient.findMany())).toBe(1 + more)
    expect(await selects(() => acme.field.findMany({ take: 3 }))).toBe(1 + 2 * more)
    const nested = { include: { recipients: { include: { fields: true } }, comments: true } } as const
    const ours = await sqlOf(() => acme.envelope.findMany(nested))
    const theirs = await sqlOf(() => plain.envelope.findMany({ where: { orgId: 'acme' }, ...nested }))
    expect(ours).toHaveLength(theirs.length)
    for (const sql of ours) expect(sql).not.toContain('EXISTS')
  })

  test('hold own rows only: find, count, aggregate, group', async () => {
    expect(await acme.recipient.count()).toBe(21)
    expect(await acme.field.count({ where: { OR: [{ recipientId: 1002 }, { recipientId: 1001 }] } })).toBe(1)
    expect(await acme.recipient.aggregate({ _sum: { order: true }, _count: { _all: true, name: true } })).toEqual({
      _sum: { order: 210 },
      _count: { _all: 21, name: 1 },
    })
    expect(
      await acme.recipient.groupBy({ by: ['envelopeId'], _count: true, having: { order: { _avg: { gt: 1 } } } }),
    ).toEqual([{ envelopeId: 'e-acme', _count: 21 }])
    expect(await acme.comment.groupBy({ by: ['authorId'], _count: { _all: true } })).toEqual([
      { authorId: 'u1', _count: { _all: 1 } },
    ])
    expect(await main.comment.count()).toBe(1)
    expect(await acme.field.findFirst({ where: { id: 1002 } })).toBeNull()
    expect(await acme.recipient.findMany({ distinct: ['envelopeId'], select: { envelopeId: true } })).toEqual([
      { envelopeId: 'e-acme' },
    ])
  })

  test('ordered along the way', async () => {
    const byParent = {
      orderBy: [{ recipient: { envelope: { createdAt: 'asc' } } }, { recipient: { order: 'desc' } }],
      take: 1,
    }
    expect(await acme.field.findMany(byParent as never)).toMatchObject([{ value: 'acme 19' }])
    expect(await acme.envelope.findMany({ orderBy: { recipients: { _count: 'asc' } }, select: { id: true } })).toEqual([
      { id: 'e-acme' },
    ])
    expect((await refusal(acme.recipient.findMany({ orderBy: { user: { comments: { _count: 'asc' } } } }))).code).toBe(
      'ENVELOPE_TENANT_UNPROTECTED',
    )
  })

  test('counts of related rows, all together or by name', async () => {
    expect(await acme.envelope.findMany({ select: { _count: true } })).toEqual([
      { _count: { recipients: 21, comments: 1 } },
    ])
    expect(await acme.user.findUnique({ where: { id: 'u1' }, select: { _count: true } })).toEqual({
      _count: { accounts: 1, sessions: 1, memberships: 1, recipients: 1, comments: 1, credentials: 1 },
    })
    expect(
      await acme.user.findUnique({
        where: { id: 'u1' },
        select: { _count: { select: { recipients: { where: { order: 0 } }, comments: true } } },
      }),
    ).toEqual({
      _count: { recipients: 1, comments: 1 },
    })
  })

  test('paged by a cursor, whose row must be the tenant’s', async () => {
    const page = (db: typeof prisma, cursor: object, more: object = {}) =>
      db.recipient.findMany({
        cursor: cursor as never,
        take: 2,
        select: { token: true },
        orderBy: { id: 'asc' },
        ...more,
      })
    expect(await page(acme, { token: 'acme3' })).toEqual([{ token: 'acme3' }, { token: 'acme4' }])
    expect(await page(acme, { id: 2103 }, { skip: 1 })).toEqual([{ token: 'acme4' }, { token: 'acme5' }])
    for (const cursor of [{ token: 'globex3' }, { id: 2203 }, { token: 'none' }]) {
      expect(await page(acme, cursor)).toEqual([])
      expect(await page(acme, cursor, { where: { order: { gt: 0 } } })).toEqual([])
    }
    expect(await page(acme, { envelopeId_emailIndex: { envelopeId: 'e-acme', email: '3@x.org' } })).toEqual([
      { token: 'acme3' },
      { token: 'acme4' },
    ])
    expect(await acme.recipient.findFirst({ cursor: { token: 'globex3' } })).toBeNull()
    expect(await acme.recipient.count({ cursor: { token: 'globex3' } })).toBe(0)
    expect(await acme.recipient.aggregate({ cursor: { token: 'globex3' }, _count: true })).toEqual({ _count: 0 })
    // NULL in a cursor finds nothing: it is not put there.
    expect(await main.credential.findMany({ cursor: { id: 1003 }, select: { id: true } })).toEqual([{ id: 1003 }])
    expect(await main.credential.findMany({ cursor: { id: 1001 } })).toEqual([])
    expect(await acme.credential.findMany({ cursor: { id: 1003 } })).toEqual([])
    expect(await main.comment.findMany({ cursor: { id: 1003 }, select: { id: true } })).toEqual([{ id: 1003 }])
    const nested = { cursor: { id: 2103 }, take: 1, select: { token: true } } as const
    expect(await acme.envelope.findMany({ select: { recipients: nested } })).toEqual([
      { recipients: [{ token: 'acme3' }] },
    ])
    expect((await refusal(acme.user.findMany({ select: { recipients: nested } }))).code).toBe(
      'ENVELOPE_TENANT_UNPROTECTED',
    )
    expect((await refusal(main.user.findMany({ select: { credentials: { cursor: { id: 1003 } } } }))).code).toBe(
      'ENVELOPE_TENANT_UNPROTECTED',
    )
    expect(
      await acme.user.findUnique({
        where: { id: 'u1' },
        select: { credentials: { cursor: { id: 1001 }, select: { id: true } } },
      }),
    ).toEqual({ credentials: [{ id: 1001 }] })
  })
})

describe('relation filters: another tenant’s rows are as if they did not exist', () => {
  /** What a database would say that held this tenant's rows alone, and those that are shared. */
  test.each<[string, string, object, Record<string, unknown>]>([
    ['some', 'user', { recipients: { some: { order: 0 } } }, { acme: 1, globex: 1, main: 0, prisma: 1 }],
    ['none', 'user', { recipients: { none: {} } }, { acme: 1, globex: 1, main: 2, prisma: 1 }],
    ['every', 'user', { recipients: { every: { token: 'r-acme' } } }, { acme: 2, globex: 1, main: 2, prisma: 1 }],
    [
      'NOT every',
      'user',
      { NOT: { recipients: { every: { token: 'r-acme' } } } },
      { acme: 0, globex: 1, main: 0, prisma: 1 },
    ],
    [
      'every, of an optional column',
      'user',
      { credentials: { every: { label: 'acme' } } },
      { acme: 2, globex: 1, main: 1, prisma: 1 },
    ],
    [
      'none, of an optional column',
      'user',
      { credentials: { none: { label: 'own' } } },
      { acme: 2, globex: 2, main: 1, prisma: 1 },
    ],
    [
      'NOT some, of an optional column',
      'user',
      { NOT: { credentials: { some: { label: 'own' } } } },
      { acme: 2, globex: 2, main: 1, prisma: 1 },
    ],
    [
      'NOT none, of an optional column',
      'user',
      { NOT: { credentials: { none: { label: 'acme' } } } },
      { acme: 1, globex: 0, main: 0, prisma: 1 },
    ],
    [
      'some of an optional way',
      'user',
      { comments: { some: { envelope: null } } },
      { acme: 0, globex: 0, main: 1, prisma: 1 },
    ],
    [
      'every of an optional way',
      'user',
      { comments: { every: { envelopeId: null } } },
      { acme: 1, globex: 1, main: 2, prisma: 1 },
    ],
    ['null', 'comment', { envelope: null }, { acme: 0, globex: 0, main: 1, prisma: 1 }],
    ['is null', 'comment', { envelope: { is: null } }, { acme: 0, globex: 0, main: 1, prisma: 1 }],
    ['isNot null', 'comment', { envelope: { isNot: null } }, { acme: 1, globex: 1, main: 0, prisma: 2 }],
    ['NOT null', 'comment', { NOT: { envelope: null } }, { acme: 1, globex: 1, main: 0, prisma: 2 }],
    ['isNot', 'comment', { envelope: { isNot: { id: 'e-acme' } } }, { acme: 0, globex: 1, main: 1, prisma: 2 }],
    ['NOT is', 'comment', { NOT: { envelope: { is: { id: 'e-acme' } } } }, { acme: 0, globex: 1, main: 1, prisma: 2 }],
    [
      'NOT of the parent',
      'recipient',
      { NOT: { envelope: { id: 'e-globex' } }, order: 0 },
      { acme: 1, globex: 0, main: 'ENVELOPE_TENANT_INVALID', prisma: 1 },
    ],
    [
      'two steps',
      'field',
      { recipient: { envelope: { id: 'e-acme' } } },
      { acme: 21, globex: 0, main: 'ENVELOPE_TENANT_INVALID', prisma: 21 },
    ],
    [
      'up and down',
      'field',
      { recipient: { envelope: { comments: { some: { pinned: false } } } } },
      { acme: 21, globex: 21, main: 'ENVELOPE_TENANT_INVALID', prisma: 42 },
    ],
    [
      'over a shared row',
      'session',
      { user: { recipients: { some: { fields: { some: { kind: 'text' } } } } } },
      { acme: 1, globex: 1, main: 0, prisma: 1 },
    ],
    [
      'over a shared row, every',
      'session',
      { user: { recipients: { every: { fields: { none: {} } } } } },
      { acme: 0, globex: 0, main: 1, prisma: 0 },
    ],
    ['the shared tenant by name', 'credential', { orgId: null }, { acme: 0, globex: 0, main: 1, prisma: 1 }],
    ['NOT of a tenant', 'credential', { NOT: { orgId: 'acme' } }, { acme: 0, globex: 1, main: 0, prisma: 1 }],
    [
      'of an optional tenant',
      'user',
      { credentials: { some: { org: { isNot: { plan: 'x' } } } } },
      { acme: 1, globex: 1, main: 1, prisma: 1 },
    ],
  ])('%s', async (_what, model, where, expected) => {
    for (const [name, db] of Object.entries({ acme, globex, main, prisma })) {
      const counted = await (db as never as Record<string, { count(args: object): Promise<unknown> }>)[model]
        ?.count({ where: structuredClone(where) })
        .catch((error: unknown) => Reflect.get(error as object, 'code'))
      expect({ [name]: counted }).toEqual({ [name]: expected[name] })
    }
  })
})

describe('fluent calls', () => {
  test('up, down and back', async () => {
    for (const db of [prisma, acme]) {
      const field = () => db.field.findUnique({ where: { id: 1001 } })
      expect(await field().recipient()).toMatchObject({ name: 'name of acme' })
      expect(await field().recipient().envelope()).toMatchObject({ subject: 'subject of acme' })
      expect(await field().recipient().envelope().org()).toMatchObject({ id: 'acme' })
      expect(await field().recipient().user()).toMatchObject({ name: 'Ann' })
      expect(await field().recipient().user().memberships()).toHaveLength(db === prisma ? 2 : 1)
      expect(
        await db.envelope
          .findUnique({ where: { id: 'e-acme' } })
          .recipients({ where: { order: 0 }, include: { fields: true } }),
      ).toMatchObject([{ fields: [{ value: 'value of acme' }] }])
      expect(
        await db.comment
          .findUnique({ where: { id: 1001 } })
          .envelope()
          .comments(),
      ).toMatchObject([{ text: 'comment of acme' }])
      expect(await db.comment.findUnique({ where: { id: 1001 } }).envelope({ where: { status: 'none' } })).toBeNull()
      expect(await db.task.findUnique({ where: { id: 1001 } }).badge()).toMatchObject({ code: 'badge of acme' })
      expect(
        await db.badge
          .findUnique({ where: { id: 1001 } })
          .task()
          .slot()
          .pins(),
      ).toMatchObject([{ text: 'pin of acme' }])
      expect(await db.user.findUnique({ where: { id: 'u1' } }).comments({ orderBy: { id: 'asc' } })).toHaveLength(
        db === prisma ? 3 : 1,
      )
      expect(
        await db.user.findUniqueOrThrow({ where: { id: 'u1' } }).credentials({ where: { orgId: 'acme' } }),
      ).toMatchObject([{ secret: 'secret of acme' }])
    }
    expect(
      await prisma.comment
        .findUnique({ where: { id: 1003 } })
        .author()
        .comments({ where: { id: 1003 } }),
    ).toMatchObject([{ text: 'comment of nobody' }])
  })

  test('from another tenant’s row lead nowhere', async () => {
    expect(await acme.field.findUnique({ where: { id: 1002 } }).recipient()).toBeNull()
    expect(
      await acme.field
        .findUnique({ where: { id: 1002 } })
        .recipient()
        .envelope(),
    ).toBeNull()
    expect(await acme.envelope.findUnique({ where: { id: 'e-globex' } }).recipients()).toBeNull()
    expect(await codeOf(acme.field.findUniqueOrThrow({ where: { id: 1002 } }).recipient())).toBe('P2025')
    expect(await acme.comment.findUnique({ where: { id: 1003 } }).author()).toBeNull()
  })
})

describe('with options', () => {
  test('scope off: all rows, each opened for its own tenant, or refused', async () => {
    const free = extend({ scope: false }).$forTenant('acme')
    expect(await free.recipient.count()).toBe(42)
    expect(await free.recipient.findMany({ where: { id: 1001 } })).toMatchObject([{ name: 'name of acme' }])
    expect((await refusal(free.recipient.findMany({ where: { id: 1002 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    expect(await free.recipient.findMany({ where: { id: 1002 }, select: { token: true } })).toEqual([
      { token: 'r-globex' },
    ])
    expect(await free.user.findUnique({ where: { id: 'u1' } })).toMatchObject({ name: 'Ann' })
  })

  test('findUnique with scope off: as findMany', async () => {
    const free = extend({ scope: false }).$forTenant('acme')
    expect(await free.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'name of acme' })
    expect((await refusal(free.recipient.findUnique({ where: { id: 1002 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    const select = { token: true } as const
    expect(await free.recipient.findUnique({ where: { id: 1002 }, select })).toEqual({ token: 'r-globex' })
  })

  test('findUnique without a tenant, of plain fields: without a look at the owner', async () => {
    const select = { token: true } as const
    expect(await selects(() => prisma.recipient.findUnique({ where: { id: 1002 }, select }))).toBe(1)
    expect(await selects(() => acme.recipient.findUnique({ where: { id: 1001 }, select }))).toBe(2)
  })

  test('the option tenant: rows that belong to others, and shared ones, say their own', async () => {
    const optional = extend({ tenant: 'globex' })
    expect(await optional.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'name of acme' })
    expect(await optional.user.findUnique({ where: { email: 'ann@example.com' } })).toMatchObject({ name: 'Ann' })
    expect(await optional.comment.findMany({ select: { text: true }, orderBy: { id: 'asc' } })).toHaveLength(3)
    expect((await refusal(optional.recipient.findMany({ where: { email: 'rex@acme.org' } }))).code).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
  })

  test('verifyIndexes, indexColumns, the option omit', async () => {
    const { email } = { email: 'Rex@acme.org' }
    for (const db of [extend({ verifyIndexes: true }), extend({ verifyIndexes: true }).$forTenant('acme')]) {
      expect(await db.recipient.findUnique({ where: { id: 1001 }, select: { email: true } })).toEqual({ email })
      expect(
        await db.user.findMany({
          select: { email: true, recipients: { select: { email: true }, where: { id: 1001 } } },
          orderBy: { id: 'asc' },
        }),
      ).toMatchObject([{ recipients: [{ email }] }, {}])
    }
    await plain.recipient.update({ where: { id: 2105 }, data: { emailIndex: new Uint8Array(16) } })
    for (const db of [extend({ verifyIndexes: true }), extend({ verifyIndexes: true }).$forTenant('acme')])
      expect((await refusal(db.recipient.findUnique({ where: { id: 2105 } }))).code).toBe('ENVELOPE_INDEX_MISMATCH')
    const without = extend({ indexColumns: 'omit' })
    for (const db of [without, without.$forTenant('acme')]) {
      expect(
        Object.keys((await db.recipient.findUnique({ where: { id: 1001 }, include: { envelope: true } })) ?? {}),
      ).not.toContain('emailIndex')
      expect(
        Object.keys(
          (await db.recipient.findUnique({ where: { id: 1001 }, include: { envelope: true } }))?.envelope ?? {},
        ),
      ).not.toContain('subjectIndex')
    }
  })

  test('computed fields of result extensions, which need what was added', async () => {
    const extended = prisma.$extends({
      result: {
        recipient: {
          place: { needs: { envelopeId: true }, compute: ({ envelopeId }) => `in ${envelopeId}` },
        },
        envelope: { owner: { needs: { orgId: true }, compute: ({ orgId }) => `of ${orgId}` } },
        comment: { place: { needs: { envelopeId: true }, compute: ({ envelopeId }) => `in ${envelopeId}` } },
      },
    })
    // Rows with computed fields are proxies.
    const copy = (row: unknown): unknown => JSON.parse(JSON.stringify(row))
    for (const db of [extended, extended.$forTenant('acme')]) {
      expect(copy(await db.recipient.findUnique({ where: { id: 1001 }, select: { name: true, place: true } }))).toEqual(
        {
          name: 'name of acme',
          place: 'in e-acme',
        },
      )
      expect(
        copy(
          await db.recipient.findUnique({
            where: { id: 1001 },
            select: { name: true, envelope: { select: { owner: true } } },
          }),
        ),
      ).toEqual({ name: 'name of acme', envelope: { owner: 'of acme' } })
      expect(
        copy(
          await db.recipient.findUnique({
            where: { id: 1001 },
            select: { name: true, envelope: { select: { status: true } } },
          }),
        ),
      ).toEqual({ name: 'name of acme', envelope: { status: 'draft' } })
      const omitted = await db.recipient.findUnique({
        where: { id: 1001 },
        omit: { envelopeId: true, email: true, emailIndex: true },
      })
      expect(copy(omitted)).toEqual({
        id: 1001,
        name: 'name of acme',
        token: 'r-acme',
        order: 0,
        userId: 'u1',
        place: 'in e-acme',
      })
      expect(JSON.stringify(omitted)).not.toContain('"envelopeId"')
      const comment = await db.comment.findUnique({
        where: { id: 1001 },
        omit: { envelopeId: true },
        include: { envelope: { omit: { orgId: true, metadata: true } } },
      })
      expect(comment).toMatchObject({ text: 'comment of acme', place: 'in e-acme', envelope: { owner: 'of acme' } })
      expect(Object.keys(comment ?? {})).not.toContain('envelopeId')
      expect(Object.keys(comment?.envelope ?? {})).not.toContain('orgId')
      expect(
        copy(
          await db.field.findUnique({
            where: { id: 1001 },
            select: { value: true, recipient: { select: { place: true } } },
          }),
        ),
      ).toEqual({ value: 'value of acme', recipient: { place: 'in e-acme' } })
    }
  })
})

test('the arguments that a caller passes stay as they are', async () => {
  const where = { recipient: { envelope: { status: 'draft' } } }
  const include = { recipient: { include: { envelope: true } } }
  const args = {
    where: { AND: [where, where], NOT: { AND: [where, { id: 1002 }] } },
    include,
    cursor: { id: 1001 },
    orderBy: { id: 'asc' },
  } as const
  const before = structuredClone(args)
  for (const db of [prisma, acme, globex, acme]) await db.field.findMany(args as never)
  expect(args).toEqual(before)
  expect(await acme.field.findMany({ ...args, take: 1 } as never)).toMatchObject([
    { value: 'value of acme', recipient: { envelope: { subject: 'subject of acme' } } },
  ])
  const data = { value: 'v', recipient: { connect: { token: 'r-acme' } } }
  await prisma.field.create({ data })
  expect(data).toEqual({ value: 'v', recipient: { connect: { token: 'r-acme' } } })
})

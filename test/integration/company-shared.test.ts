import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../support/company-stage.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

const { acme, extend, fill, globex, main, openAll, plain, plant, prisma, sqlOf, stored } = await openFilledCompany()
const everyone = { prisma, acme, globex, main }

// Those of `requireTenant` that send nothing need no rows.
beforeEach(({ task }) => (task.name.endsWith('before SQL') ? undefined : fill()))

describe.each(Object.entries(everyone))('shared rows, through %s', (_name, db) => {
  test('are found, read and changed, whoever is bound', async () => {
    expect(await db.user.findUnique({ where: { email: ' ANN@example.com' } })).toMatchObject({ id: 'u1', name: 'Ann' })
    expect(await db.user.findMany({ where: { email: { in: ['ann@example.com', 'no'] } } })).toHaveLength(1)
    expect(
      await db.user.findUnique({ where: { id: 'u1' }, include: { accounts: true, sessions: true } }),
    ).toMatchObject({
      accounts: [{ token: 'token of ann' }],
      sessions: [{ token: 'session of ann' }],
    })
    expect(await db.session.findUnique({ where: { token: 'session of ann' }, include: { user: true } })).toMatchObject({
      user: { name: 'Ann' },
    })
    expect(await db.user.count()).toBe(2)
    await db.user.update({ where: { email: 'ann@example.com' }, data: { name: 'Anna' } })
    await db.user.update({
      where: { id: 'u1' },
      data: { accounts: { update: { where: { id: 'a1' }, data: { token: 't' } } } },
    })
    await db.account.update({ where: { token: 't' }, data: { user: { update: { name: 'Annie' } } } })
    for (const other of Object.values(everyone)) {
      expect(
        await other.account.findUnique({ where: { token: 't' }, select: { token: true, user: true } }),
      ).toMatchObject({
        token: 't',
        user: { name: 'Annie' },
      })
    }
    expect(await db.user.updateMany({ data: { name: 'all' } })).toEqual({ count: 2 })
    await openAll()
  })

  test('are sealed, created and upserted for the shared tenant', async () => {
    await db.user.create({ data: { id: 'u3', email: 'Cy@example.com', sessions: { create: { token: 'of cy' } } } })
    await db.user.createMany({ data: [{ id: 'u4', email: 'di@example.com' }] })
    const upsert = {
      where: { email: 'ed@example.com' },
      create: { id: 'u5', email: 'ed@example.com' },
      update: { name: 'Ed' },
    }
    await db.user.upsert(upsert)
    expect(await db.user.upsert(upsert)).toMatchObject({ name: 'Ed' })
    await db.session.create({ data: { token: 'of di', user: { connect: { email: 'DI@example.com' } } } })
    await db.session.create({
      data: { token: 'of flo', user: { connectOrCreate: { where: { email: 'flo@x' }, create: { email: 'flo@x' } } } },
    })
    await openAll()
    expect(await prisma.user.findMany({ where: { sessions: { some: { token: 'of di' } } } })).toMatchObject([
      { id: 'u4' },
    ])
    for (const id of ['u3', 'u4', 'u5']) {
      const envelope = Buffer.from(String(await stored('User', 'email', id)).slice(4), 'base64')
      expect(envelope.includes('main')).toBe(true)
    }
  })

  test('a unique index is unique over all tenants', async () => {
    expect(await codeOf(db.user.create({ data: { email: 'Ann@Example.com' } }))).toBe('P2002')
    expect(await codeOf(db.user.update({ where: { id: 'u2' }, data: { email: 'ANN@example.com' } }))).toBe('P2002')
  })
})

describe('a tenant’s rows beside shared ones', () => {
  test('a bound client reaches its own through them, an unbound one all', async () => {
    const include = { memberships: true, recipients: { include: { fields: true } }, credentials: true, comments: true }
    const of = (tenant: string) => ({
      memberships: [{ title: `title of ${tenant}` }],
      recipients: [{ name: `name of ${tenant}`, fields: [{ value: `value of ${tenant}` }] }],
      credentials: [{ secret: `secret of ${tenant}` }],
      comments: [{ text: `comment of ${tenant}` }],
    })
    const args = { where: { id: 'u1' }, include } as const
    for (const [tenant, db] of [
      ['acme', acme],
      ['globex', globex],
    ] as const) {
      const user = await db.user.findUnique(args)
      expect(user).toMatchObject(of(tenant))
      expect([user?.memberships, user?.recipients, user?.credentials, user?.comments].map((l) => l?.length)).toEqual([
        1, 1, 1, 1,
      ])
    }
    expect(await main.user.findUnique(args)).toMatchObject({
      memberships: [],
      recipients: [],
      credentials: [{ secret: 'secret of ann' }],
      comments: [{ text: 'comment of nobody' }],
    })
    const all = await prisma.user.findUniqueOrThrow({
      where: { id: 'u1' },
      include: { ...include, credentials: { orderBy: { id: 'asc' } } },
    })
    expect(all.credentials.map(({ secret }) => secret)).toEqual(['secret of acme', 'secret of globex', 'secret of ann'])
    expect([all.memberships.length, all.recipients.length, all.comments.length]).toEqual([2, 2, 3])
  })

  test('and back: a shared parent is no way to another tenant’s rows', async () => {
    const user = { select: { name: true, memberships: { select: { title: true } } } }
    expect(await acme.membership.findMany({ select: { title: true, user } })).toEqual([
      { title: 'title of acme', user: { name: 'Ann', memberships: [{ title: 'title of acme' }] } },
    ])
    expect(await acme.recipient.findMany({ select: { user } })).toEqual([
      { user: { name: 'Ann', memberships: [{ title: 'title of acme' }] } },
    ])
    expect(await acme.user.findUnique({ where: { id: 'u1' } }).memberships()).toMatchObject([
      { title: 'title of acme' },
    ])
    expect(
      await acme.session
        .findUnique({ where: { id: 1001 } })
        .user()
        .memberships(),
    ).toHaveLength(1)
    expect(
      await prisma.session
        .findUnique({ where: { id: 1001 } })
        .user()
        .memberships(),
    ).toHaveLength(2)
  })

  test('are searched by each model’s own tenant, not the outer one', async () => {
    const byUser = {
      where: { user: { email: 'ANN@example.com' } },
      select: { title: true },
      orderBy: { id: 'asc' },
    } as const
    expect(await acme.membership.findMany(byUser)).toEqual([{ title: 'title of acme' }])
    expect(await prisma.membership.findMany(byUser)).toEqual([{ title: 'title of acme' }, { title: 'title of globex' }])
    expect(
      await acme.user.findMany({ where: { recipients: { some: { email: 'rex@acme.org' } } }, select: { id: true } }),
    ).toEqual([{ id: 'u1' }])
    expect(await globex.user.count({ where: { recipients: { some: { email: 'rex@acme.org' } } } })).toBe(0)
    expect(
      await prisma.user.count({
        where: { recipients: { some: { email: 'rex@acme.org', envelope: { orgId: 'acme' } } } },
      }),
    ).toBe(1)
    expect(
      (await refusal(prisma.user.count({ where: { recipients: { some: { email: 'rex@acme.org' } } } }))).code,
    ).toBe('ENVELOPE_TENANT_REQUIRED')
  })

  test('are created through them for the tenant of the call', async () => {
    await acme.user.update({
      where: { id: 'u2' },
      data: {
        memberships: { create: { orgId: 'acme', title: 'new' } },
        credentials: { create: { label: 'l', secret: 'new' } },
      },
    })
    expect(
      await acme.user.findUnique({ where: { id: 'u2' }, include: { memberships: true, credentials: true } }),
    ).toMatchObject({
      memberships: [{ title: 'new' }],
      credentials: [{ secret: 'new', orgId: 'acme' }],
    })
    expect(
      await prisma.user.update({
        where: { id: 'u2' },
        data: {
          memberships: { create: { orgId: 'globex', title: 'g' } },
          credentials: { create: { label: 'l', secret: 'own' } },
        },
        include: { memberships: true, credentials: true },
      }),
    ).toMatchObject({
      memberships: [{}, { title: 'g' }],
      credentials: [{ orgId: 'acme' }, { secret: 'own', orgId: null }],
    })
    await openAll()
  })

  test('are not updated or deleted through them by another tenant', async () => {
    const update = (data: object) => acme.user.update({ where: { id: 'u1' }, data })
    expect(await codeOf(update({ memberships: { update: { where: { id: 1002 }, data: { title: 'x' } } } }))).toBe(
      'P2025',
    )
    expect(await codeOf(update({ recipients: { update: { where: { id: 1002 }, data: { name: 'x' } } } }))).toBe('P2025')
    expect(await codeOf(update({ recipients: { delete: { id: 1002 } } }))).toBe('P2017')
    expect((await refusal(update({ recipients: { set: [] } }))).code).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect((await refusal(update({ recipients: { deleteMany: {} } }))).code).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect((await refusal(update({ recipients: { updateMany: { where: {}, data: { order: 1 } } } }))).code).toBe(
      'ENVELOPE_TENANT_UNPROTECTED',
    )
    await update({ memberships: { deleteMany: {} }, credentials: { deleteMany: {} } })
    expect(await plain.membership.count()).toBe(1)
    expect(await plain.credential.count()).toBe(2)
  })
})

describe('envelopes of the wrong tenant, planted past Prisma', () => {
  test('a shared row with a tenant’s envelope, and the other way round', async () => {
    await plant('User', 'name', 'u1', String(await stored('Recipient', 'name', 1001)))
    for (const db of Object.values(everyone)) {
      expect((await refusal(db.user.findUnique({ where: { id: 'u1' } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
      expect((await refusal(db.session.findMany({ include: { user: true } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    }
    await plant('Membership', 'title', 1001, String(await stored('User', 'email', 'u1')))
    for (const db of [acme, prisma])
      expect((await refusal(db.membership.findUnique({ where: { id: 1001 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    await plant('Recipient', 'name', 1001, String(await stored('User', 'email', 'u1')))
    for (const db of [acme, prisma])
      expect((await refusal(db.recipient.findUnique({ where: { id: 1001 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
  })

  test('a tenant column that holds the shared tenant’s name', async () => {
    await plain.org.create({ data: { id: 'main', name: 'main' } })
    await plain.membership.update({ where: { id: 1001 }, data: { orgId: 'main' } })
    await plain.envelope.update({ where: { id: 'e-acme' }, data: { orgId: 'main' } })
    for (const work of [
      () => prisma.membership.findMany(),
      () => prisma.envelope.findMany(),
      () => prisma.recipient.findMany(),
      () => prisma.recipient.findUnique({ where: { id: 1001 } }),
      () => prisma.recipient.update({ where: { id: 1001 }, data: { name: 'x' } }),
      () => prisma.$encryption.tenantOf('Recipient', { id: 1001 }),
      () => prisma.membership.create({ data: { orgId: 'main', userId: 'u2' } }),
      () => prisma.envelope.create({ data: { subject: 's', org: { connect: { id: 'main' } } } }),
      () => prisma.envelope.findMany({ where: { orgId: 'main' } }),
    ])
      expect((await refusal(work)).code).toBe('ENVELOPE_TENANT_INVALID')
    expect(await main.membership.findMany().catch((error: unknown) => Reflect.get(error as object, 'code'))).toBe(
      'ENVELOPE_TENANT_INVALID',
    )
    expect(
      await main.user.findUnique({ where: { id: 'u1' }, select: { memberships: true, _count: true } }),
    ).toMatchObject({
      memberships: [],
      _count: { memberships: 0, recipients: 0 },
    })
  })
})

describe('requireTenant', () => {
  const strict = extend({ requireTenant: true })

  test('lets a login pass, and all that belongs to a user', async () => {
    const user = await strict.user.findUnique({
      where: { email: 'ann@example.com' },
      include: { accounts: true, sessions: true },
    })
    expect(user?.accounts).toMatchObject([{ token: 'token of ann' }])
    await strict.session.create({ data: { token: 'new', user: { connect: { email: 'ann@example.com' } } } })
    expect(
      await strict.account.findMany({
        where: { user: { email: 'ann@example.com' } },
        orderBy: { user: { locale: 'asc' } },
      }),
    ).toHaveLength(1)
    expect(await strict.user.findUnique({ where: { id: 'u1' } }).sessions()).toHaveLength(2)
    expect(await strict.user.findMany({ select: { _count: { select: { sessions: true } } } })).toHaveLength(2)
    expect(await strict.$encryption.tenantOf('Recipient', { token: 'r-acme' })).toBe('acme')
  })

  test.each<[string, () => PromiseLike<unknown>]>([
    ['at the root', () => strict.membership.findMany()],
    ['without encrypted fields', () => strict.team.count()],
    ['of any tenant or none', () => strict.credential.findMany()],
    ['sealed for the bound one', () => strict.setting.findMany()],
    ['in an include', () => strict.user.findMany({ include: { memberships: true } })],
    ['in a select', () => strict.user.findMany({ select: { recipients: { select: { token: true } } } })],
    ['further on', () => strict.session.findMany({ include: { user: { include: { comments: true } } } })],
    ['in a filter', () => strict.user.findMany({ where: { memberships: { some: { orgId: 'acme' } } } })],
    ['in a filter inside NOT', () => strict.user.findMany({ where: { NOT: { memberships: { none: {} } } } })],
    ['counted by name', () => strict.user.findMany({ select: { _count: { select: { memberships: true } } } })],
    ['counted all together', () => strict.user.findMany({ include: { _count: true } })],
    ['in an order', () => strict.user.findMany({ orderBy: { memberships: { _count: 'asc' } } })],
    [
      'in an order further on',
      () => strict.session.findMany({ orderBy: { user: { credentials: { _count: 'asc' } } } }),
    ],
    ['in a fluent call', () => strict.user.findUnique({ where: { id: 'u1' } }).memberships()],
    [
      'in a nested create',
      () => strict.user.create({ data: { email: 'x', credentials: { create: { label: 'l', secret: 's' } } } }),
    ],
    [
      'in a nested connect',
      () => strict.user.update({ where: { id: 'u1' }, data: { comments: { connect: { id: 1001 } } } }),
    ],
    [
      'in a nested delete',
      () => strict.user.update({ where: { id: 'u1' }, data: { memberships: { deleteMany: {} } } }),
    ],
    [
      'in a nested upsert',
      () => strict.session.update({ where: { id: 1001 }, data: { user: { update: { recipients: { set: [] } } } } }),
    ],
  ])('refuses a tenant’s rows %s, before SQL', async (_where, work) => {
    const sent = await sqlOf(async () => expect((await refusal(work)).code).toBe('ENVELOPE_TENANT_REQUIRED'))
    expect(sent).toEqual([])
  })
})

test('models without shared rows have none for the shared tenant', async () => {
  expect((await refusal(main.membership.findMany())).code).toBe('ENVELOPE_TENANT_INVALID')
  expect((await refusal(main.recipient.findUnique({ where: { id: 1001 } }))).code).toBe('ENVELOPE_TENANT_INVALID')
  expect((await refusal(main.field.create({ data: { value: 'x', recipientId: 1001 } }))).code).toBe(
    'ENVELOPE_TENANT_INVALID',
  )
  expect((await refusal(main.envelope.create({ data: { orgId: 'acme', subject: 's' } }))).code).toBe(
    'ENVELOPE_TENANT_CONFLICT',
  )
  expect((await refusal(main.envelope.create({ data: { subject: 's' } as never }))).code).toBe(
    'ENVELOPE_TENANT_INVALID',
  )
  // Nested, there is nothing to be found, with a cursor either.
  expect(
    await main.user.findMany({
      select: { memberships: { cursor: { id: 1001 } }, recipients: true },
      where: { id: 'u1' },
    }),
  ).toEqual([{ memberships: [], recipients: [] }])
  expect(await main.user.count({ where: { memberships: { some: {} } } })).toBe(0)
  expect(await main.user.count({ where: { memberships: { every: { id: 0 } } } })).toBe(2)
})

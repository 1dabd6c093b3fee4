import { beforeAll, describe, expect, test } from 'vitest'
import { openCompany } from '../support/company-stage.js'

const { prisma, acme, globex, main, plain, sqlOf } = await openCompany()
const codeOf = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    (v) => v,
    (e: unknown) => {
      const code = Reflect.get(e as object, 'code')
      if (typeof code !== 'string') throw e
      return code
    },
  )

beforeAll(async () => {
  for (const id of ['acme', 'globex']) {
    const db = prisma.$forTenant(id)
    await prisma.org.create({ data: { id, name: id } })
    await db.envelope.create({
      data: {
        id: `e-${id}`,
        orgId: id,
        subject: `Contract ${id}`,
        metadata: { a: id },
        recipients: {
          create: [
            {
              email: `Ann@${id}.org`,
              name: `Ann ${id}`,
              token: `t1-${id}`,
              fields: { create: [{ value: `v1-${id}` }, { value: `v2-${id}` }] },
            },
            { email: `bob@${id}.org`, name: `Bob ${id}`, token: `t2-${id}` },
          ],
        },
        comments: { create: { text: `hello ${id}` } },
      },
    })
  }
  await prisma.user.create({
    data: {
      id: 'u1',
      email: 'ann@x.org',
      name: 'Ann',
      accounts: { create: { provider: 'gh', providerAccountId: '1', token: 'tok' } },
    },
  })
  await acme.membership.create({ data: { orgId: 'acme', userId: 'u1', title: 'Boss' } })
})

describe('shared', () => {
  test('read from any', async () => {
    for (const db of [prisma, acme, globex, main]) {
      expect(await db.user.findUnique({ where: { email: 'ANN@x.org' }, include: { accounts: true } })).toMatchObject({
        name: 'Ann',
        accounts: [{ token: 'tok' }],
      })
    }
    expect(
      await acme.membership.findMany({
        where: { user: { email: 'ann@x.org' } },
        include: { user: { include: { memberships: true } } },
      }),
    ).toMatchObject([{ title: 'Boss', user: { name: 'Ann', memberships: [{ title: 'Boss' }] } }])
    expect(await globex.membership.findMany({})).toEqual([])
    expect(await globex.user.findMany({ include: { memberships: true } })).toMatchObject([{ memberships: [] }])
    expect(await prisma.user.findMany({ include: { memberships: true } })).toMatchObject([
      { memberships: [{ title: 'Boss' }] },
    ])
    expect(await codeOf(acme.user.create({ data: { email: 'Ann@x.org' } }))).toBe('P2002')
  })
})

describe('through a relation', () => {
  test('reads', async () => {
    for (const db of [prisma, acme]) {
      const e = await db.envelope.findUnique({
        where: { id: 'e-acme' },
        include: { recipients: { include: { fields: true }, orderBy: { id: 'asc' } }, comments: true },
      })
      expect(e).toMatchObject({
        subject: 'Contract acme',
        recipients: [{ name: 'Ann acme', fields: [{ value: 'v1-acme' }, { value: 'v2-acme' }] }, { name: 'Bob acme' }],
        comments: [{ text: 'hello acme' }],
      })
      expect(await db.recipient.findUnique({ where: { token: 't1-acme' }, include: { fields: true } })).toMatchObject({
        email: 'Ann@acme.org',
        fields: [{ value: 'v1-acme' }, {}],
      })
      const r = await db.recipient.findUnique({ where: { token: 't1-acme' } })
      expect(Object.keys(r ?? {})).toEqual([
        'id',
        'email',
        'emailIndex',
        'name',
        'token',
        'order',
        'envelopeId',
        'userId',
      ])
      expect(
        await db.field.findMany({ where: { recipient: { envelopeId: 'e-acme' } }, select: { value: true } }),
      ).toEqual([{ value: 'v1-acme' }, { value: 'v2-acme' }])
      expect(
        await db.field.findFirst({
          where: { value: { not: null } },
          select: { value: true, recipient: { select: { name: true, envelope: { select: { subject: true } } } } },
        }),
      ).toEqual({ value: 'v1-acme', recipient: { name: 'Ann acme', envelope: { subject: 'Contract acme' } } })
      expect(
        await db.recipient.findMany({
          where: { token: 't1-acme' },
          select: { name: true, envelope: { select: { id: true } } },
        }),
      ).toEqual([{ name: 'Ann acme', envelope: { id: 'e-acme' } }])
      expect(await db.recipient.findUnique({ where: { token: 't1-acme' } }).envelope()).toMatchObject({
        subject: 'Contract acme',
      })
      expect(
        await db.envelope.findUnique({ where: { id: 'e-acme' } }).recipients({ orderBy: { id: 'asc' } }),
      ).toMatchObject([{ name: 'Ann acme' }, { name: 'Bob acme' }])
    }
    expect(await prisma.recipient.findMany({ orderBy: { id: 'asc' }, select: { name: true } })).toEqual([
      { name: 'Ann acme' },
      { name: 'Bob acme' },
      { name: 'Ann globex' },
      { name: 'Bob globex' },
    ])
  })
  test('foreign', async () => {
    expect(await acme.recipient.findUnique({ where: { token: 't1-globex' } })).toBeNull()
    expect(await codeOf(acme.recipient.findUniqueOrThrow({ where: { token: 't1-globex' } }))).toBe('P2025')
    expect(await acme.recipient.findMany({ select: { name: true }, orderBy: { id: 'asc' } })).toEqual([
      { name: 'Ann acme' },
      { name: 'Bob acme' },
    ])
    expect(await acme.field.count()).toBe(2)
    expect(await acme.recipient.updateMany({ data: { order: 3 } })).toEqual({ count: 2 })
    expect(await acme.recipient.findMany({ cursor: { token: 't1-globex' } })).toEqual([])
    expect(await acme.recipient.findMany({ cursor: { token: 't2-acme' }, select: { token: true } })).toEqual([
      { token: 't2-acme' },
    ])
    expect(await codeOf(acme.recipient.update({ where: { token: 't1-globex' }, data: { name: 'x' } }))).toBe('P2025')
    expect(await codeOf(acme.recipient.delete({ where: { token: 't1-globex' } }))).toBe('P2025')
    expect(
      await codeOf(
        acme.recipient.upsert({
          where: { token: 't1-globex' },
          create: { token: 't1-globex', email: 'a', envelopeId: 'e-acme' },
          update: { name: 'x' },
        }),
      ),
    ).toBe('ENVELOPE_TENANT_MISMATCH')
    expect(await acme.recipient.findUnique({ where: { token: 't1-globex' } }).envelope()).toBeNull()
  })
  test('search', async () => {
    expect(await acme.recipient.findMany({ where: { email: 'ann@acme.org' }, select: { name: true } })).toEqual([
      { name: 'Ann acme' },
    ])
    expect(
      await acme.envelope.findMany({
        where: { recipients: { some: { email: 'ANN@acme.org' } } },
        select: { subject: true },
      }),
    ).toEqual([{ subject: 'Contract acme' }])
    expect(
      await prisma.recipient.findMany({
        where: { email: 'ann@acme.org', envelope: { orgId: 'acme' } },
        select: { name: true },
      }),
    ).toEqual([{ name: 'Ann acme' }])
    expect(await codeOf(prisma.recipient.findMany({ where: { email: 'ann@acme.org' } }))).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
  })
  test('creates unbound', async () => {
    const r = await prisma.recipient.create({
      data: { email: 'c@x', token: 'c1', envelope: { connect: { id: 'e-acme' } } },
    })
    expect(r).toMatchObject({ email: 'c@x' })
    const s = await prisma.recipient.create({
      data: { email: 'd@x', token: 'c2', envelopeId: 'e-globex', fields: { create: { value: 'deep' } } },
      include: { fields: true },
    })
    expect(s).toMatchObject({ email: 'd@x', fields: [{ value: 'deep' }] })
    expect(await prisma.field.create({ data: { value: 'z', recipientId: s.id } })).toMatchObject({ value: 'z' })
    expect(
      await prisma.field.createMany({
        data: [
          { value: 'y1', recipientId: s.id },
          { value: 'y2', recipientId: r.id },
        ],
      }),
    ).toEqual({ count: 2 })
    expect(await globex.field.findMany({ select: { value: true }, orderBy: { id: 'desc' }, take: 2 })).toEqual([
      { value: 'y1' },
      { value: 'z' },
    ])
    expect(await acme.field.findFirst({ where: { recipientId: r.id } })).toMatchObject({ value: 'y2' })
    expect(await codeOf(prisma.recipient.create({ data: { email: 'd@x', token: 'c3', envelopeId: 'none' } }))).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
    expect(
      await codeOf(
        prisma.recipient.create({ data: { email: 'd@x', token: 'c3', envelope: { connect: { id: 'none' } } } }),
      ),
    ).toBe('P2025')
    expect(await codeOf(acme.recipient.create({ data: { email: 'd@x', token: 'c3', envelopeId: 'e-globex' } }))).toBe(
      'ENVELOPE_TENANT_CONFLICT',
    )
    expect(
      await codeOf(
        acme.recipient.create({ data: { email: 'd@x', token: 'c3', envelope: { connect: { id: 'e-globex' } } } }),
      ),
    ).toBe('P2025')
    const t = await prisma.recipient.create({
      data: { email: 'n@x', token: 'c4', envelope: { create: { orgId: 'acme', subject: 'New' } } },
      include: { envelope: true },
    })
    expect(t).toMatchObject({ email: 'n@x', envelope: { subject: 'New' } })
  })
  test('updates unbound', async () => {
    expect(await prisma.recipient.update({ where: { token: 't1-acme' }, data: { name: 'Anna' } })).toMatchObject({
      name: 'Anna',
      email: 'Ann@acme.org',
    })
    expect(await prisma.recipient.update({ where: { token: 't1-acme' }, data: { order: 7 } })).toMatchObject({
      name: 'Anna',
    })
    expect(await codeOf(prisma.recipient.update({ where: { token: 'none' }, data: { name: 'Anna' } }))).toBe('P2025')
    expect(await codeOf(prisma.recipient.updateMany({ where: { order: 7 }, data: { name: 'Anna' } }))).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
    expect(
      await codeOf(prisma.recipient.update({ where: { token: 't1-acme' }, data: { envelopeId: 'e-globex' } })),
    ).toBe('ENVELOPE_TENANT_CHANGED')
    expect(
      await codeOf(
        prisma.recipient.update({ where: { token: 't1-acme' }, data: { envelope: { connect: { id: 'e-globex' } } } }),
      ),
    ).toBe('ENVELOPE_TENANT_CHANGED')
    expect(await codeOf(acme.recipient.update({ where: { token: 't1-acme' }, data: { envelopeId: 'e-globex' } }))).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
    expect(
      await codeOf(
        acme.recipient.update({ where: { token: 't1-acme' }, data: { envelope: { connect: { id: 'e-globex' } } } }),
      ),
    ).toBe('P2025')
    expect(await codeOf(acme.recipient.updateMany({ data: { envelopeId: 'e-globex' } }))).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
    expect(
      await codeOf(
        prisma.envelope.update({ where: { id: 'e-acme' }, data: { recipients: { connect: { token: 't1-globex' } } } }),
      ),
    ).toBe('ENVELOPE_TENANT_CHANGED')
    expect(await prisma.field.findFirst({ where: { recipient: { token: 't1-acme' } } })).toMatchObject({
      value: 'v1-acme',
    })
    const up = await prisma.recipient.upsert({
      where: { token: 't9' },
      create: { token: 't9', email: 'q', envelopeId: 'e-acme' },
      update: { name: 'x' },
    })
    expect(up).toMatchObject({ email: 'q', name: null })
    expect(
      await prisma.recipient.upsert({
        where: { token: 't9' },
        create: { token: 't9', email: 'q', envelopeId: 'e-acme' },
        update: { name: 'x' },
      }),
    ).toMatchObject({ email: 'q', name: 'x' })
    expect(await acme.recipient.findUnique({ where: { token: 't9' } })).toMatchObject({ email: 'q', name: 'x' })
  })
  test('optional', async () => {
    const c = await prisma.comment.create({ data: { text: 'loose' } })
    expect(await prisma.comment.findMany({ select: { text: true }, orderBy: { id: 'asc' } })).toEqual([
      { text: 'hello acme' },
      { text: 'hello globex' },
      { text: 'loose' },
    ])
    expect(await main.comment.findMany({ select: { text: true } })).toEqual([{ text: 'loose' }])
    expect(await acme.comment.findUnique({ where: { id: c.id } })).toBeNull()
    expect(
      await prisma.comment.findMany({
        select: { text: true, envelope: { where: { id: 'none' } } },
        orderBy: { id: 'asc' },
      }),
    ).toEqual([
      { text: 'hello acme', envelope: null },
      { text: 'hello globex', envelope: null },
      { text: 'loose', envelope: null },
    ])
    expect(await codeOf(acme.comment.create({ data: { text: 'x' } }))).toBe('ENVELOPE_TENANT_CONFLICT')
    expect(await codeOf(acme.comment.updateMany({ data: { envelopeId: null } }))).toBe('ENVELOPE_TENANT_CHANGED')
    expect(
      await codeOf(prisma.comment.update({ where: { id: c.id }, data: { text: 'y', envelopeId: null } })),
    ).toMatchObject({ text: 'y' })
    expect(await codeOf(prisma.envelope.update({ where: { id: 'e-acme' }, data: { comments: { set: [] } } }))).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
  })
  test('optional column', async () => {
    const own = await prisma.credential.create({ data: { label: 'l', secret: 's1', userId: 'u1' } })
    const team = await acme.credential.create({ data: { label: 'l', secret: 's2', userId: 'u1' } })
    expect(team.orgId).toBe('acme')
    expect(await prisma.user.findFirst({ include: { credentials: { orderBy: { id: 'asc' } } } })).toMatchObject({
      credentials: [{ secret: 's1' }, { secret: 's2' }],
    })
    expect(await acme.user.findFirst({ include: { credentials: true, _count: true } })).toMatchObject({
      credentials: [{ secret: 's2' }],
      _count: { credentials: 1 },
    })
    expect(await main.credential.findMany({ select: { secret: true } })).toEqual([{ secret: 's1' }])
    expect(await main.credential.findUnique({ where: { id: team.id } })).toBeNull()
    expect(await acme.credential.findUnique({ where: { id: own.id } })).toBeNull()
    expect(await main.credential.findMany({ cursor: { id: own.id } })).toMatchObject([{ secret: 's1' }])
    expect(await main.credential.findMany({ cursor: { id: team.id } })).toEqual([])
    expect(await codeOf(acme.credential.update({ where: { id: team.id }, data: { orgId: null } }))).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
    expect(await codeOf(acme.credential.update({ where: { id: team.id }, data: { org: { disconnect: true } } }))).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
    expect(await codeOf(acme.credential.create({ data: { label: '', secret: 'x', orgId: null } }))).toBe(
      'ENVELOPE_TENANT_CONFLICT',
    )
    expect(
      await acme.user.findMany({ where: { credentials: { every: { secret: 's2' } } }, select: { id: true } }),
    ).toEqual([{ id: 'u1' }])
    expect(
      await acme.user.findMany({ where: { NOT: { credentials: { some: { secret: 's2' } } } }, select: { id: true } }),
    ).toEqual([])
    expect(
      await main.credential.upsert({
        where: { id: own.id },
        create: { label: 'a', secret: 'n' },
        update: { secret: 's3' },
      }),
    ).toMatchObject({ secret: 's3' })
    expect(
      await codeOf(
        main.credential.upsert({
          where: { id: team.id },
          create: { id: team.id, label: 'a', secret: 'n' },
          update: { secret: 's3' },
        }),
      ),
    ).toBe('ENVELOPE_TENANT_MISMATCH')
  })
  test('a list of calls, of which the second refers to a row of the first that seals nothing', async () => {
    const [, , field] = await prisma.$transaction([
      prisma.recipient.create({ data: { id: 900, email: 'a@b', token: 'tx', envelopeId: 'e-acme' } }),
      prisma.recipient.update({ where: { token: 't2-acme' }, data: { order: 1 } }),
      prisma.field.create({ data: { recipientId: 900, value: 'in a list' } }),
    ])
    expect(field.value).toBe('in a list')
    expect(await acme.field.findFirst({ where: { recipientId: 900 } })).toMatchObject({ value: 'in a list' })
  })
  test('tenantOf', async () => {
    expect(await prisma.$encryption.tenantOf('Recipient', { token: 't1-acme' })).toBe('acme')
    expect(await prisma.$encryption.tenantOf('Recipient', { token: 'none' })).toBeUndefined()
    expect(await prisma.$encryption.tenantOf('User', { email: 'ann@x.org' })).toBe('main')
    expect(await globex.$encryption.tenantOf('Recipient', { token: 't1-acme' })).toBeUndefined()
    expect(await plain.recipient.count()).toBeGreaterThan(0)
    expect(
      (
        await sqlOf(() =>
          Promise.all(['t1-acme', 't2-acme', 't9'].map((token) => acme.recipient.findUnique({ where: { token } }))),
        )
      ).length,
    ).toBe(2)
  })
})

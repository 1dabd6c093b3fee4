import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { codeOf } from '../support/company-stage.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Writes of rows with an owner relation. After each, every envelope opens for the tenant that owns its row. */
const { acme, extend, fill, kms, globex, openAll, plain, prisma, sqlOf } = await openFilledCompany()

beforeEach(fill)
afterEach(openAll)

const REQUIRED = 'ENVELOPE_TENANT_REQUIRED'
const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'
/** To whom a recipient belongs, past the encryption. */
const envelopeOf = async (token: string) => (await plain.recipient.findUnique({ where: { token } }))?.envelopeId
let count = 0
/** A recipient to be created. */
const recipient = (more: object = {}) => ({ email: `new${++count}@x.org`, token: `new${count}`, ...more })
const email = expect.stringMatching(/^new\d+@x\.org$/)

describe('a created row has the tenant', () => {
  describe.each([
    ['unbound', prisma],
    ['unbound, links off', extend({ links: 'off' })],
    ['unbound, with the option tenant', extend({ tenant: 'globex' })],
    ['bound', acme],
    ['bound, links off', extend({ links: 'off' }).$forTenant('acme')],
    ['bound, scope off', extend({ scope: false }).$forTenant('acme')],
  ])('%s', (_how, db) => {
    const made = async (data: object) => {
      const row = await db.recipient.create({ data: recipient(data) as never, include: { envelope: true } })
      expect(row).toMatchObject({ email, envelope: { orgId: 'acme' } })
      expect(await acme.recipient.findUnique({ where: { id: row.id } })).toMatchObject({ email })
    }
    test('of its scalar foreign key', () => made({ envelopeId: 'e-acme' }))
    test('of the row that it is connected to', () => made({ envelope: { connect: { id: 'e-acme' } } }))
    test('of the row that is created with it', () => made({ envelope: { create: { orgId: 'acme', subject: 's' } } }))
    test('of one that is connected or created, found', () =>
      made({ envelope: { connectOrCreate: { where: { id: 'e-acme' }, create: { orgId: 'acme', subject: 's' } } } }))
    test('of one that is connected or created, not found', () =>
      made({ envelope: { connectOrCreate: { where: { id: 'no' }, create: { orgId: 'acme', subject: 's' } } } }))
    test('of one that is connected by a filter which names the tenant', () =>
      made({ envelope: { connect: { id: 'e-acme', orgId: 'acme' } } }))

    test('in both directions, and several steps deep', async () => {
      const down = await db.envelope
        .update({
          where: { id: 'e-acme' },
          data: {
            recipients: {
              create: recipient({ fields: { create: { value: 'deep' }, createMany: { data: { value: 'deeper' } } } }),
            },
          },
          include: {
            recipients: { where: { email: { not: null } } as never, include: { fields: true }, orderBy: { id: 'asc' } },
          },
        })
        .catch((error: unknown) => error)
      // Filters on a required field that compare with null are Prisma's to refuse.
      expect(down).toBeInstanceOf(Error)
      const data = { value: 'up', recipient: { create: recipient({ envelope: { connect: { id: 'e-acme' } } }) } }
      expect(await db.field.create({ data: data as never, include: { recipient: true } })).toMatchObject({
        value: 'up',
        recipient: { email },
      })
      const scalar = { value: 'up', recipientId: 1001 }
      expect(await db.field.create({ data: scalar })).toMatchObject({ value: 'up' })
      expect(await acme.field.count({ where: { value: { not: null } } })).toBe(3)
    })

    test('createMany, one look-up for each parent model', async () => {
      const sent = await sqlOf(() =>
        db.field.createMany({ data: Array.from({ length: 20 }, (_, i) => ({ value: `${i}`, recipientId: 1001 })) }),
      )
      // The parents, and theirs: however many rows there are.
      expect(sent.filter((sql) => sql.startsWith('query SELECT')).length).toBeLessThanOrEqual(2)
      expect(await acme.field.count()).toBe(21)
      if (!hasReturning) return
      const rows = await db.field.createManyAndReturn({
        data: [{ value: 'a', recipientId: 1001 }],
        include: { recipient: true },
      })
      expect(rows).toMatchObject([{ value: 'a', recipient: { name: 'name of acme' } }])
    })
  })

  test('several tenants in one createMany, one look-up for each model on the way', async () => {
    const data = Array.from({ length: 20 }, (_, i) => recipient({ envelopeId: i % 2 === 0 ? 'e-acme' : 'e-globex' }))
    const sent = await sqlOf(() => prisma.recipient.createMany({ data: data as never }))
    expect(sent.filter((sql) => sql.startsWith('query SELECT'))).toHaveLength(1)
    expect([await acme.recipient.count(), await globex.recipient.count()]).toEqual([11, 11])
    const fields = Array.from({ length: 20 }, (_, i) => ({ value: 'v', recipientId: 1001 + (i % 2) }))
    expect(
      (await sqlOf(() => prisma.field.createMany({ data: fields }))).filter((sql) => sql.startsWith('query SELECT')),
    ).toHaveLength(2)
    if (!hasReturning) return
    const returned = await prisma.recipient.createManyAndReturn({
      data: [1, 2].map((i) => recipient({ envelopeId: i === 1 ? 'e-acme' : 'e-globex' })) as never,
    })
    expect(returned).toMatchObject([{ email }, { email }])
    expect(Object.keys(returned[0] ?? {})).not.toContain('envelope')
  })

  test.each([
    ['found, the same tenant', { where: { id: 'e-acme' }, create: { orgId: 'acme', subject: 's' } }, 'e-acme'],
    [
      'found, another tenant in create',
      { where: { id: 'e-acme' }, create: { orgId: 'globex', subject: 's' } },
      'e-acme',
    ],
    ['not found', { where: { id: 'no' }, create: { id: 'made', orgId: 'globex', subject: 's' } }, 'made'],
    [
      'not found, by another tenant in where',
      { where: { id: 'e-acme', orgId: 'globex' }, create: { id: 'made', orgId: 'globex', subject: 's' } },
      'made',
    ],
  ])('unbound, connectOrCreate: %s', async (_case, connectOrCreate, envelope) => {
    const data = recipient({ envelope: { connectOrCreate } })
    await prisma.recipient.create({ data: data as never })
    expect(await envelopeOf(data.token)).toBe(envelope)
  })

  test.each([
    ['found, the same tenant', { where: { id: 'e-acme' }, create: { orgId: 'acme', subject: 's' } }, 'e-acme'],
    [
      'found, another tenant’s',
      { where: { id: 'e-globex' }, create: { id: 'e-globex', orgId: 'acme', subject: 's' } },
      'P2002',
    ],
    ['not found', { where: { id: 'no' }, create: { id: 'made', subject: 's' } }, 'made'],
    [
      'not found, another tenant in create',
      { where: { id: 'no' }, create: { id: 'made', orgId: 'globex', subject: 's' } },
      CONFLICT,
    ],
  ])('bound, connectOrCreate: %s', async (_case, connectOrCreate, outcome) => {
    const data = recipient({ envelope: { connectOrCreate } })
    const made = acme.recipient.create({ data: data as never })
    if (outcome.startsWith('P2') || outcome === CONFLICT) expect(await codeOf(made)).toBe(outcome)
    else {
      await made
      expect(await envelopeOf(data.token)).toBe(outcome)
    }
  })

  test('of one only: several links in one write, of which Prisma keeps the last', async () => {
    const [connect, other] = [{ id: 'e-acme' }, { orgId: 'globex', subject: 's' }]
    for (const envelope of [
      { connect, create: other },
      { create: other, connect },
      { connect, connectOrCreate: { where: { id: 'e-globex' }, create: { orgId: 'acme', subject: 's' } } },
      { connect, connectOrCreate: { where: { id: 'no' }, create: other } },
      { create: { orgId: 'acme', subject: 's' }, connectOrCreate: { where: { id: 'no' }, create: other } },
    ])
      expect((await refusal(prisma.recipient.create({ data: recipient({ envelope }) as never }))).code).toBe(CONFLICT)
    for (const envelope of [
      { connect, create: other },
      { connect, upsert: { create: other, update: { status: 'x' } } },
    ])
      expect((await refusal(prisma.recipient.update({ where: { id: 1001 }, data: { envelope } as never }))).code).toBe(
        CONFLICT,
      )
    await prisma.recipient.create({
      data: recipient({ envelope: { connect, create: { ...other, orgId: 'acme' } } }) as never,
    })
  })

  test('not of one that is missing, or another tenant’s', async () => {
    const create = (data: object, db: typeof prisma = prisma) => db.recipient.create({ data: recipient(data) as never })
    expect((await refusal(create({ envelopeId: 'no' }))).code).toBe(REQUIRED)
    expect(await codeOf(create({ envelope: { connect: { id: 'no' } } }))).toBe('P2025')
    expect(await codeOf(create({ envelope: { connect: { id: 'e-acme', orgId: 'globex' } } }))).toBe('P2025')
    expect(
      (
        await refusal(
          prisma.field.createMany({
            data: [
              { value: 'a', recipientId: 1001 },
              { value: 'b', recipientId: 9 },
            ],
          }),
        )
      ).code,
    ).toBe(REQUIRED)
    expect((await refusal(create({ envelopeId: 'e-globex' }, acme))).code).toBe(CONFLICT)
    expect(await codeOf(create({ envelope: { connect: { id: 'e-globex' } } }, acme))).toBe('P2025')
    expect((await refusal(create({ envelope: { create: { orgId: 'globex', subject: 's' } } }, acme))).code).toBe(
      CONFLICT,
    )
    expect(
      (
        await refusal(
          acme.recipient.createMany({
            data: ['e-acme', 'e-globex'].map((envelopeId) => recipient({ envelopeId })) as never,
          }),
        )
      ).code,
    ).toBe(CONFLICT)
    const free = extend({ scope: false }).$forTenant('acme')
    expect((await refusal(create({ envelopeId: 'e-globex' }, free))).code).toBe(MISMATCH)
    expect((await refusal(create({ envelope: { connect: { id: 'e-globex' } } }, free))).code).toBe(MISMATCH)
    const off = extend({ links: 'off' }).$forTenant('acme')
    expect((await refusal(create({ envelopeId: 'e-globex' }, off))).code).toBe(CONFLICT)
    expect(await plain.recipient.count()).toBe(2)
  })

  test('nested in the tenant itself', async () => {
    await kms.createKey({ alias: 'alias/tenant/fresh' })
    await prisma.org.update({
      where: { id: 'acme' },
      data: { teams: { create: { name: 'n', templates: { create: { title: 't', body: 'b' } } } } },
    })
    expect(await acme.template.count()).toBe(2)
    const made = await prisma.org.create({
      data: { id: 'fresh', name: 'f', envelopes: { create: { subject: 's', recipients: { create: recipient() } } } },
      include: { envelopes: { include: { recipients: true } } },
    })
    expect(made).toMatchObject({ envelopes: [{ subject: 's', recipients: [{ email }] }] })
    const generated = { name: 'f', teams: { create: { name: 'n', templates: { create: { title: 't', body: 'b' } } } } }
    expect((await refusal(prisma.org.create({ data: generated }))).code).toBe(REQUIRED)
    const below = (team: object) => prisma.template.create({ data: { title: 't', body: 'b', team } as never })
    const org = { create: { name: 'generated' } }
    expect((await refusal(below({ create: { name: 'n', org } }))).code).toBe(REQUIRED)
    expect((await refusal(below({ connectOrCreate: { where: { id: 'no' }, create: { name: 'n', org } } }))).code).toBe(
      REQUIRED,
    )
  })
})

describe('an update', () => {
  test('unbound, by a unique, looks the row up only where it seals', async () => {
    const update = (data: object) => () =>
      prisma.recipient.update({ where: { token: 'r-acme' }, data, select: { id: true } })
    expect(await sqlOf(update({ name: 'new' }))).not.toHaveLength((await sqlOf(update({ order: 1 }))).length)
    expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'new', order: 1 })
    expect(await codeOf(prisma.recipient.update({ where: { token: 'no' }, data: { name: 'lost' } }))).toBe('P2025')
    expect(
      await codeOf(
        prisma.recipient.update({ where: { token: 'r-acme', envelope: { orgId: 'globex' } }, data: { name: 'lost' } }),
      ),
    ).toBe('P2025')
  })

  test('unbound, with the tenant in where, needs no look-up', async () => {
    const where = { token: 'r-acme', envelope: { orgId: 'acme' } }
    const sent = await sqlOf(() => prisma.recipient.update({ where, data: { name: 'new' }, select: { id: true } }))
    expect(sent.filter((sql) => /SELECT/.test(sql.slice(0, 12)) && !sql.includes('UPDATE')).length).toBeLessThanOrEqual(
      hasReturning ? 0 : 2,
    )
    expect(
      await prisma.recipient.updateMany({ where: { envelope: { orgId: 'acme' } }, data: { name: 'many' } }),
    ).toEqual({ count: 1 })
    expect(
      await prisma.recipient.updateMany({
        where: { AND: [{ envelope: { is: { orgId: 'globex' } } }] },
        data: { name: 'many' },
      }),
    ).toEqual({ count: 1 })
    expect(
      await prisma.field.updateMany({ where: { recipient: { envelope: { orgId: 'acme' } } }, data: { value: 'm' } }),
    ).toEqual({ count: 1 })
  })

  test('of many, unbound, is refused where it seals', async () => {
    const message = /belongs to the tenant of its envelope/
    const error = await refusal(prisma.recipient.updateMany({ data: { name: 'x' } }))
    expect(error).toMatchObject({ code: REQUIRED, message: expect.stringMatching(message) })
    for (const where of [
      { OR: [{ envelope: { orgId: 'acme' } }] },
      { NOT: { envelope: { orgId: 'acme' } } },
      { envelope: { isNot: { orgId: 'acme' } } },
    ])
      expect((await refusal(prisma.recipient.updateMany({ where, data: { name: 'x' } }))).code).toBe(REQUIRED)
    expect((await refusal(extend({ tenant: 'acme' }).recipient.updateMany({ data: { name: 'x' } }))).code).toBe(
      REQUIRED,
    )
    expect(await prisma.recipient.updateMany({ data: { order: 3 } })).toEqual({ count: 2 })
  })

  test('the option tenant never decides', async () => {
    const globexByOption = extend({ tenant: 'globex' })
    await globexByOption.recipient.update({ where: { token: 'r-acme' }, data: { name: 'by option' } })
    expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'by option' })
    expect(await globexByOption.recipient.findMany({ orderBy: { id: 'asc' }, select: { name: true } })).toEqual([
      { name: 'by option' },
      { name: 'name of globex' },
    ])
    await globexByOption.envelope.update({
      where: { id: 'e-globex' },
      data: { recipients: { update: { where: { id: 1002 }, data: { name: 'down' } } } },
    })
    // An envelope has a column: there the option keeps to its tenant's rows, as ever.
    expect(await codeOf(globexByOption.envelope.update({ where: { id: 'e-acme' }, data: { subject: 's' } }))).toBe(
      'P2025',
    )
    expect(
      await codeOf(
        globexByOption.recipient.update({ where: { id: 1001 }, data: { envelope: { update: { subject: 's' } } } }),
      ),
    ).toBe('P2025')
  })

  test('goes down and up the way, unbound', async () => {
    await prisma.envelope
      .update({
        where: { id: 'e-acme' },
        data: {
          subject: 'root',
          recipients: {
            update: {
              where: { id: 1001 },
              data: { name: 'one', fields: { updateMany: { where: {}, data: { value: 'two' } } } },
            },
            upsert: { where: { token: 'up' }, create: { token: 'up', email: 'up' }, update: { name: 'no' } },
          },
        },
      })
      .then(
        () => expect.unreachable(),
        (error: unknown) => expect(error).toMatchObject({ code: REQUIRED }),
      )
    await prisma.envelope.update({
      where: { id: 'e-acme' },
      data: {
        recipients: {
          update: {
            where: { id: 1001 },
            data: { name: 'one', fields: { updateMany: { where: {}, data: { value: 'two' } } } },
          },
          upsert: { where: { token: 'up' }, create: { token: 'up', email: 'up' }, update: { name: 'no' } },
        },
      },
    })
    expect(
      await acme.recipient.findMany({ select: { name: true, email: true, fields: true }, orderBy: { token: 'asc' } }),
    ).toMatchObject([
      { name: 'one', fields: [{ value: 'two' }] },
      { name: null, email: 'up' },
    ])
    await prisma.field.update({
      where: { id: 1002 },
      data: { value: 'v', recipient: { update: { name: 'n', envelope: { update: { data: { subject: 's' } } } } } },
    })
    expect(
      await globex.field.findUnique({ where: { id: 1002 }, include: { recipient: { include: { envelope: true } } } }),
    ).toMatchObject({ value: 'v', recipient: { name: 'n', envelope: { subject: 's' } } })
  })

  test('through another relation, unbound: each row is looked up', async () => {
    await prisma.user.update({
      where: { id: 'u1' },
      data: {
        name: 'A',
        recipients: {
          update: [
            { where: { id: 1001 }, data: { name: 'a' } },
            { where: { token: 'r-globex' }, data: { name: 'g', envelope: { update: { subject: 'gs' } } } },
          ],
        },
        comments: { update: { where: { id: 1003 }, data: { text: 'main' } } },
      },
    })
    expect(
      await prisma.recipient.findMany({
        select: { name: true, envelope: { select: { subject: true } } },
        orderBy: { id: 'asc' },
      }),
    ).toEqual([
      { name: 'a', envelope: { subject: 'subject of acme' } },
      { name: 'g', envelope: { subject: 'gs' } },
    ])
    const missing = { recipients: { update: { where: { id: 9 }, data: { name: 'lost' } } } }
    expect(await codeOf(prisma.user.update({ where: { id: 'u1' }, data: missing }))).toBe('P2025')
    const many = { recipients: { updateMany: { where: {}, data: { name: 'x' } } } }
    expect((await refusal(prisma.user.update({ where: { id: 'u1' }, data: many }))).code).toBe(REQUIRED)
  })

  test('bound: another tenant’s row is not there', async () => {
    for (const where of [
      { id: 1002 },
      { token: 'r-globex' },
      { id: 1001, envelope: { orgId: 'acme' }, token: 'r-globex' },
    ])
      expect(await codeOf(acme.recipient.update({ where, data: { name: 'x' } }))).toBe('P2025')
    expect(
      (await refusal(acme.recipient.update({ where: { id: 1002, envelope: { orgId: 'globex' } }, data: {} }))).code,
    ).toBe(CONFLICT)
    expect(await codeOf(acme.field.delete({ where: { id: 1002 } }))).toBe('P2025')
    expect(await acme.field.updateMany({ data: { value: 'x' } })).toEqual({ count: 1 })
    expect(await acme.field.deleteMany({ where: { OR: [{ id: 1002 }, { id: 1001 }] } })).toEqual({ count: 1 })
    if (hasReturning)
      expect(
        await acme.recipient.updateManyAndReturn({ data: { name: 'r' }, include: { envelope: true } }),
      ).toMatchObject([{ name: 'r', envelope: { id: 'e-acme' } }])
    expect(await globex.field.findMany()).toMatchObject([{ value: 'value of globex' }])
  })

  test('bound, without the filter: a foreign row is refused before it is sealed for the wrong tenant', async () => {
    const free = extend({ scope: false }).$forTenant('acme')
    expect((await refusal(free.recipient.update({ where: { id: 1002 }, data: { name: 'x' } }))).code).toBe(MISMATCH)
    expect(
      (
        await refusal(
          free.user.update({
            where: { id: 'u1' },
            data: { recipients: { update: { where: { id: 1002 }, data: { name: 'x' } } } },
          }),
        )
      ).code,
    ).toBe(MISMATCH)
    expect((await refusal(free.recipient.updateMany({ data: { name: 'x' } }))).code).toBe(REQUIRED)
    await free.recipient.update({ where: { id: 1001 }, data: { name: 'own' } })
    await free.recipient.update({ where: { id: 1002 }, data: { order: 9 }, select: { order: true } })
  })
})

describe('without the filter, what would be unreadable stays within the tenant', () => {
  const free = extend({ scope: false }).$forTenant('acme')

  test('of rows with a tenant column', async () => {
    expect(await codeOf(free.membership.update({ where: { id: 1002 }, data: { title: 'x' } }))).toBe('P2025')
    expect(await codeOf(free.credential.update({ where: { id: 1003 }, data: { secret: 'x' } }))).toBe('P2025')
    expect(await free.membership.updateMany({ data: { title: 'title of acme' } })).toEqual({ count: 1 })
    const upsert = { where: { id: 1002 }, create: { id: 1002, orgId: 'acme', userId: 'u2' }, update: { title: 'x' } }
    expect((await refusal(free.membership.upsert(upsert))).code).toBe(MISMATCH)
    const below = (data: object) => codeOf(free.envelope.update({ where: { id: 'e-globex' }, data }))
    expect(await below({ recipients: { create: recipient() } })).toBe('P2025')
    expect(await below({ recipients: { update: { where: { id: 1002 }, data: { name: 'x' } } } })).toBe('P2025')
    expect(await below({ comments: { updateMany: { where: {}, data: { text: 'x' } } } })).toBe('P2025')
    // All else is reached.
    expect(await free.membership.update({ where: { id: 1002 }, data: { role: 'x' }, select: { role: true } })).toEqual({
      role: 'x',
    })
    expect(await free.recipient.updateMany({ data: { order: 4 } })).toEqual({ count: 2 })
    expect(
      await free.envelope.update({ where: { id: 'e-globex' }, data: { status: 'x' }, select: { status: true } }),
    ).toEqual({ status: 'x' })
    expect(await free.membership.count()).toBe(2)
  })
})

describe('an upsert', () => {
  const upsert = (db: typeof prisma, token: string, envelopeId: string) =>
    db.recipient.upsert({
      where: { token },
      create: { token, email: 'made', envelopeId },
      update: { name: 'updated' },
    })

  test('unbound: creates and updates for the row’s own tenant, whatever create says', async () => {
    expect(await upsert(prisma, 'fresh', 'e-acme')).toMatchObject({ email: 'made', name: null })
    expect(await upsert(prisma, 'fresh', 'e-acme')).toMatchObject({ name: 'updated' })
    expect(await upsert(prisma, 'fresh', 'e-globex')).toMatchObject({ name: 'updated' })
    expect(await envelopeOf('fresh')).toBe('e-acme')
    const plainOnly = {
      where: { token: 'native' },
      create: { token: 'native', email: 'n', envelopeId: 'e-acme' },
      update: { order: 5 },
    }
    await prisma.recipient.upsert(plainOnly)
    expect(await prisma.recipient.upsert(plainOnly)).toMatchObject({ email: 'n', order: 5 })
  })

  test('bound: a foreign row is an error, and nothing is written', async () => {
    expect(await upsert(acme, 'fresh', 'e-acme')).toMatchObject({ name: null })
    expect(await upsert(acme, 'fresh', 'e-acme')).toMatchObject({ name: 'updated' })
    expect((await refusal(upsert(acme, 'r-globex', 'e-acme'))).code).toBe(MISMATCH)
    expect((await refusal(upsert(acme, 'new', 'e-globex'))).code).toBe(CONFLICT)
    const nested = {
      recipients: {
        upsert: { where: { token: 'r-globex' }, create: { token: 'r-globex', email: 'x' }, update: { name: 'x' } },
      },
    }
    expect(await codeOf(acme.envelope.update({ where: { id: 'e-acme' }, data: nested }))).toBe('P2002')
    expect(await globex.recipient.findUnique({ where: { token: 'r-globex' } })).toMatchObject({
      name: 'name of globex',
    })
  })

  test('to-one, on the way up', async () => {
    const envelope = { upsert: { create: { orgId: 'acme', subject: 'c' }, update: { subject: 'u' } } }
    await prisma.recipient.update({ where: { id: 1001 }, data: { envelope } })
    await acme.recipient.update({ where: { id: 1001 }, data: { envelope } })
    expect(await acme.envelope.findUnique({ where: { id: 'e-acme' } })).toMatchObject({ subject: 'u' })
    expect((await refusal(prisma.recipient.update({ where: { id: 1002 }, data: { envelope } }))).code).toBe(
      'ENVELOPE_TENANT_CHANGED',
    )
  })
})

describe('in a transaction', () => {
  test('a list: rows created by earlier calls count as found, also where their tenant is looked up', async () => {
    const results = await prisma.$transaction([
      prisma.envelope.create({ data: { id: 'e1', orgId: 'acme', subject: 's' } }),
      prisma.recipient.create({ data: { id: 7001, email: 'a', token: 'ta', envelopeId: 'e1' } }),
      prisma.field.create({ data: { id: 7001, value: 'scalar', recipientId: 7001 } }),
      prisma.recipient.create({ data: { email: 'b', token: 'tb', envelope: { connect: { id: 'e-globex' } } } }),
      prisma.field.create({ data: { value: 'connected', recipient: { connect: { token: 'tb' } } } }),
      prisma.recipient.create({ data: { id: 7900, email: 'c', token: 'tc', envelopeId: 'e-globex' } }),
      prisma.field.createMany({ data: [7001, 7900].map((recipientId) => ({ value: 'many', recipientId })) }),
      // Nothing of a place is encrypted: its own call does not need its tenant.
      prisma.place.create({ data: { region: 'l', code: 1, projectSlug: 's-globex' } }),
      prisma.note.create({ data: { text: 'scalar', region: 'l', code: 1 } }),
      prisma.note.create({
        data: { text: 'connected', place: { connect: { region_code: { region: 'l', code: 1 } } } },
      }),
    ])
    expect(results[2]).toMatchObject({ value: 'scalar' })
    const valuesOf = async (db: typeof acme, token: string) =>
      (await db.field.findMany({ where: { recipient: { token } }, orderBy: { id: 'asc' } })).map(({ value }) => value)
    expect((await valuesOf(acme, 'ta')).toSorted()).toEqual(['many', 'scalar'])
    expect(await valuesOf(globex, 'tb')).toEqual(['connected'])
    expect(await valuesOf(globex, 'tc')).toEqual(['many'])
    expect(await globex.note.count({ where: { region: 'l' } })).toBe(2)
  })

  test('a list, bound', async () => {
    await acme.$transaction([
      acme.envelope.create({ data: { id: 'e1', orgId: 'acme', subject: 's' } }),
      acme.recipient.create({ data: { id: 7001, email: 'a', token: 'ta', envelopeId: 'e1' } }),
      acme.field.create({ data: { value: 'scalar', recipientId: 7001 } }),
    ])
    expect(await acme.field.findFirst({ where: { recipientId: 7001 } })).toMatchObject({ value: 'scalar' })
    const list = acme.$transaction([
      acme.recipient.create({ data: { id: 7003, email: 'a', token: 'tc', envelopeId: 'e-globex' } }),
      acme.field.create({ data: { value: 'scalar', recipientId: 7003 } }),
    ])
    expect((await refusal(list)).code).toBe(CONFLICT)
  })

  test('a list, with rows of a perhaps: what may not have been created is no parent', async () => {
    const list = prisma.$transaction([
      prisma.recipient.upsert({
        where: { token: 'r-acme' },
        create: { id: 7005, email: 'a', token: 'r-acme', envelopeId: 'e-globex' },
        update: {},
      }),
      prisma.field.create({ data: { value: 'lost', recipientId: 7005 } }),
    ])
    expect((await refusal(list)).code).toBe(REQUIRED)
  })

  test('interactive: look-ups see its rows', async () => {
    await prisma.$transaction(async (tx) => {
      await tx.envelope.create({ data: { id: 'e1', orgId: 'acme', subject: 's' } })
      await tx.recipient.create({ data: { id: 7001, email: 'a', token: 'ta', envelopeId: 'e1' } })
      await tx.field.create({ data: { value: 'v', recipient: { connect: { token: 'ta' } } } })
      expect(await tx.recipient.update({ where: { token: 'ta' }, data: { name: 'n' } })).toMatchObject({ name: 'n' })
      expect(
        (await refusal(tx.recipient.update({ where: { token: 'ta' }, data: { envelopeId: 'e-globex' } }))).code,
      ).toBe('ENVELOPE_TENANT_CHANGED')
      expect(
        await tx.comment.findMany({
          where: { authorId: 'u1' },
          select: { text: true, envelope: { where: { id: 'no' } } },
        }),
      ).toHaveLength(3)
    })
    await acme.$transaction(async (tx) => {
      await tx.envelope.create({ data: { id: 'e2', orgId: 'acme', subject: 's' } })
      await tx.recipient.create({ data: { id: 7002, email: 'a', token: 'tb', envelopeId: 'e2' } })
      expect(await tx.recipient.findMany({ cursor: { token: 'tb' }, select: { id: true } })).toEqual([{ id: 7002 }])
      expect(
        (
          await refusal(
            tx.recipient.upsert({
              where: { token: 'r-globex' },
              create: { email: 'x', token: 'r-globex', envelopeId: 'e2' },
              update: {},
            }),
          )
        ).code,
      ).toBe(MISMATCH)
    })
    expect(await acme.field.count({ where: { recipientId: 7001 } })).toBe(1)
  })
})

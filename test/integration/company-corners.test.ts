import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { codeOf } from '../support/company-stage.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Optional tenant columns, foreign keys of two columns or over uniques that are no id, one-to-one steps, fields named like words. */
const { acme, extend, fill, globex, main, openAll, plain, prisma } = await openFilledCompany()

beforeEach(fill)
afterEach(openAll)

const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'

describe('an optional tenant column', () => {
  const orgOf = async (id: number) => (await plain.credential.findUnique({ where: { id } }))?.orgId
  const credential = { label: 'l', secret: 's' }

  test('unbound: null and left out are the shared tenant, also where the option tenant names another', async () => {
    for (const db of [prisma, extend({ tenant: 'acme' })]) {
      for (const data of [
        credential,
        { ...credential, orgId: null },
        { ...credential, user: { connect: { id: 'u1' } } },
      ]) {
        const { id, secret } = await db.credential.create({ data })
        expect([await orgOf(id), secret]).toEqual([null, 's'])
      }
      await db.credential.createMany({ data: [credential, { ...credential, orgId: 'globex' }] })
      const linked = await db.credential.create({ data: { ...credential, org: { connect: { id: 'globex' } } } })
      expect(await orgOf(linked.id)).toBe('globex')
    }
    expect(await main.credential.count()).toBe(9)
    expect(await globex.credential.count()).toBe(5)
  })

  test('bound: filled; null is a conflict', async () => {
    expect(await acme.credential.create({ data: credential })).toMatchObject({ orgId: 'acme' })
    expect(
      await acme.credential.create({ data: { ...credential, user: { connect: { email: 'ann@example.com' } } } }),
    ).toMatchObject({ orgId: 'acme' })
    expect((await refusal(acme.credential.create({ data: { ...credential, orgId: null } }))).code).toBe(CONFLICT)
    expect(
      (await refusal(acme.credential.createMany({ data: [credential, { ...credential, orgId: null }] }))).code,
    ).toBe(CONFLICT)
    expect(
      (
        await refusal(
          acme.user.update({ where: { id: 'u1' }, data: { credentials: { create: { ...credential, orgId: null } } } }),
        )
      ).code,
    ).toBe(CONFLICT)
    expect(await main.credential.create({ data: credential })).toMatchObject({ orgId: null })
    expect(await main.credential.create({ data: { ...credential, user: { connect: { id: 'u1' } } } })).toMatchObject({
      orgId: null,
    })
    expect((await refusal(main.credential.create({ data: { ...credential, orgId: 'acme' } }))).code).toBe(CONFLICT)
    expect(
      (await refusal(main.credential.create({ data: { ...credential, org: { connect: { id: 'acme' } } } }))).code,
    ).toBe(CONFLICT)
  })

  test('upserts keep to their tenant’s rows, native or not', async () => {
    const update = { secret: 'updated' }
    const upsert = (db: typeof prisma, id: number, create: object) =>
      db.credential.upsert({ where: { id }, create: { ...credential, ...create } as never, update })
    for (const create of [{}, { id: 1003 }, { id: 1003, orgId: null }])
      expect(await upsert(main, 1003, create)).toMatchObject({ id: 1003, secret: 'updated' })
    for (const create of [{}, { id: 1001 }, { id: 1001, orgId: null }])
      expect((await refusal(upsert(main, 1001, create))).code).toBe(MISMATCH)
    for (const create of [{}, { id: 1001 }, { id: 1001, orgId: 'acme' }])
      expect(await upsert(acme, 1001, create)).toMatchObject({ id: 1001, secret: 'updated' })
    for (const id of [1002, 1003]) {
      for (const create of [{}, { id }, { id, orgId: 'acme' }])
        expect((await refusal(upsert(acme, id, create))).code).toBe(MISMATCH)
    }
    expect(await upsert(main, 3001, { id: 3001 })).toMatchObject({ id: 3001, orgId: null })
    expect(await upsert(acme, 3002, { id: 3002 })).toMatchObject({ id: 3002, orgId: 'acme' })
    expect(await plain.credential.count()).toBe(5)
    const where = { id: 1003, orgId: null }
    expect(await prisma.credential.upsert({ where, create: credential, update })).toMatchObject({ secret: 'updated' })
  })

  test('searches find by the row’s own tenant', async () => {
    expect(await main.credential.findMany({ where: { secret: 'secret of ann' } })).toMatchObject([{ id: 1003 }])
    expect(await acme.credential.findMany({ where: { secret: 'secret of acme' } })).toMatchObject([{ id: 1001 }])
    expect(
      await acme.credential.findMany({ where: { OR: [{ secret: 'secret of ann' }, { secret: 'secret of globex' }] } }),
    ).toEqual([])
    expect(await prisma.credential.findMany({ where: { orgId: null, secret: 'secret of ann' } })).toMatchObject([
      { id: 1003 },
    ])
    expect(
      await prisma.credential.findMany({ where: { orgId: { equals: null }, secret: { in: ['secret of ann'] } } }),
    ).toMatchObject([{ id: 1003 }])
    expect((await refusal(prisma.credential.findMany({ where: { secret: 'secret of ann' } }))).code).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
  })

  test('what refers to such a row finds it only within the tenant', async () => {
    const uses = async (db: typeof prisma, where: object) =>
      (await db.use.findMany({ where, orderBy: { id: 'asc' } })).map(({ id }) => id)
    for (const none of [{ credential: null }, { credential: { is: null } }, { NOT: { credential: { isNot: null } } }]) {
      expect(await uses(prisma, none)).toEqual([1004])
      expect(await uses(acme, none)).toEqual([1002, 1003, 1004])
      expect(await uses(main, none)).toEqual([1001, 1002, 1004])
    }
    expect(await uses(acme, { credential: { isNot: { label: 'globex' } } })).toEqual([1001, 1002, 1003, 1004])
    expect(await uses(acme, { credential: { isNot: { label: 'acme' } } })).toEqual([1002, 1003, 1004])
    expect(await uses(main, { NOT: { credential: { is: { label: 'own' } } } })).toEqual([1001, 1002, 1004])
    expect(await uses(acme, { NOT: { credential: { label: 'own' } } })).toEqual([1001, 1002, 1003, 1004])
    const select = { id: true, credential: { select: { label: true } } }
    expect(await acme.use.findMany({ select, where: { id: { in: [1001, 1003] } }, orderBy: { id: 'asc' } })).toEqual([
      { id: 1001, credential: { label: 'acme' } },
      { id: 1003, credential: null },
    ])
    expect((await refusal(acme.use.create({ data: { credentialId: 1003 } }))).code).toBe(CONFLICT)
    expect(await codeOf(acme.use.create({ data: { credential: { connect: { id: 1003 } } } }))).toBe('P2025')
    await main.use.create({ data: { credentialId: 1003 } })
  })

  test('never holds the shared tenant’s name', async () => {
    await plain.org.create({ data: { id: 'main', name: 'main' } })
    await plain.credential.update({ where: { id: 1003 }, data: { orgId: 'main' } })
    for (const work of [
      () => prisma.credential.findUnique({ where: { id: 1003 } }),
      () => prisma.$encryption.tenantOf('Credential', { id: 1003 }),
      () => prisma.credential.create({ data: { ...credential, orgId: 'main' } }),
      () => main.credential.create({ data: { ...credential, orgId: 'main' } }),
      () => prisma.credential.update({ where: { id: 1003, orgId: 'main' }, data: { secret: 'x' } }),
      () => prisma.org.update({ where: { id: 'main' }, data: { credentials: { create: credential } } }),
    ])
      expect((await refusal(work)).code).toBe('ENVELOPE_TENANT_INVALID')
    expect(await main.credential.findUnique({ where: { id: 1003 } })).toBeNull()
    await plain.credential.deleteMany({ where: { orgId: 'main' } })
    await plain.org.delete({ where: { id: 'main' } })
  })

  test('a filter that names the shared tenant finds nothing', async () => {
    expect((await refusal(prisma.credential.findMany({ where: { orgId: 'main' } }))).code).toBe(
      'ENVELOPE_TENANT_INVALID',
    )
    expect(await main.credential.count({ where: { orgId: { in: ['main'] } } })).toBe(0)
    expect((await refusal(main.credential.update({ where: { id: 1003, orgId: 'acme' }, data: {} }))).code).toBe(
      CONFLICT,
    )
    expect((await refusal(acme.credential.update({ where: { id: 1001, orgId: null }, data: {} }))).code).toBe(CONFLICT)
  })
})

describe('an optional step', () => {
  test('creates, upserts and lists, of the shared tenant and of others', async () => {
    expect(await main.comment.create({ data: { text: 't' } })).toMatchObject({ envelopeId: null })
    expect(await main.comment.create({ data: { text: 't', author: { connect: { id: 'u1' } } } })).toMatchObject({
      envelopeId: null,
    })
    expect((await refusal(main.comment.create({ data: { text: 't', envelopeId: 'e-acme' } }))).code).toMatch(
      /CONFLICT|INVALID/,
    )
    expect((await refusal(acme.comment.create({ data: { text: 't' } }))).code).toBe(CONFLICT)
    expect((await refusal(acme.comment.create({ data: { text: 't', envelopeId: null } }))).code).toBe(CONFLICT)
    expect(
      (await refusal(acme.user.update({ where: { id: 'u1' }, data: { comments: { create: { text: 't' } } } }))).code,
    ).toBe(CONFLICT)
    const upsert = (db: typeof prisma, id: number, create: object) =>
      db.comment.upsert({ where: { id }, create: { text: 'c', ...create } as never, update: { text: 'u' } })
    expect(await upsert(main, 1003, {})).toMatchObject({ text: 'u' })
    expect((await refusal(upsert(main, 1001, {}))).code).toBe(MISMATCH)
    expect((await refusal(upsert(acme, 1003, { envelopeId: 'e-acme' }))).code).toBe(MISMATCH)
    expect(await upsert(acme, 1001, { envelopeId: 'e-acme' })).toMatchObject({ text: 'u' })
    expect(await upsert(prisma, 1003, { envelopeId: 'e-acme' })).toMatchObject({ text: 'u', envelopeId: null })
    expect(await main.comment.updateMany({ data: { text: 'm' } })).toEqual({ count: 3 })
    expect(await main.comment.deleteMany()).toEqual({ count: 3 })
    expect(await prisma.comment.updateMany({ where: { envelope: null }, data: { text: 'm' } })).toEqual({ count: 0 })
  })
})

describe('a foreign key that contains the tenant column', () => {
  test('is the tenant column: filled, filtered, and read without a look at the parent', async () => {
    expect(await acme.item.create({ data: { name: 'n', number: 1 } as never })).toMatchObject({ orgId: 'acme' })
    expect((await acme.item.findMany({ select: { name: true } })).map(({ name }) => name).toSorted()).toEqual([
      'item of acme',
      'n',
    ])
    expect((await refusal(acme.item.create({ data: { name: 'n', number: 1, orgId: 'globex' } }))).code).toBe(CONFLICT)
  })

  test('linked by another unique, its tenant is looked up', async () => {
    const link = (project: object, db: typeof prisma = prisma) =>
      db.item.create({ data: { name: 'n', project } as never })
    expect(await link({ connect: { slug: 's-globex' } })).toMatchObject({ name: 'n', orgId: 'globex' })
    expect(await link({ connect: { secret: 'project of acme' } })).toMatchObject({ orgId: 'acme' })
    const create = { slug: 'new', number: 7, orgId: 'globex' }
    expect(
      await link({ connectOrCreate: { where: { slug: 's-acme' }, create: { ...create, orgId: 'acme' } } }),
    ).toMatchObject({ orgId: 'acme' })
    expect(await link({ connectOrCreate: { where: { slug: 'new' }, create } })).toMatchObject({ orgId: 'globex' })
    expect(await codeOf(link({ connect: { slug: 'none' } }))).toBe('P2025')
    const both = (spare: string) => ({
      name: 'n',
      project: { connect: { slug: 's-acme' } },
      spare: { connect: { slug: spare } },
    })
    expect((await refusal(prisma.item.create({ data: both('s-globex') }))).code).toBe(CONFLICT)
    expect(await prisma.item.create({ data: both('s-acme') })).toMatchObject({ orgId: 'acme', spareNumber: 1 })
    expect(await codeOf(link({ connect: { slug: 's-globex' } }, acme))).toBe('P2025')
  })

  test('below a parent that is found by another unique, too', async () => {
    const project = await prisma.project.update({
      where: { slug: 's-globex' },
      data: { items: { create: { name: 'below' } } },
      include: { items: { orderBy: { id: 'asc' } } },
    })
    expect(project.items.map(({ name }) => name).toSorted()).toEqual(['below', 'item of globex'])
    expect(
      await codeOf(prisma.project.update({ where: { slug: 'none' }, data: { items: { create: { name: 'lost' } } } })),
    ).toBe('P2025')
  })
})

describe('a step over other columns than an id', () => {
  test('over a unique text', async () => {
    expect(await prisma.task.create({ data: { text: 't', projectSlug: 's-globex' } })).toMatchObject({ text: 't' })
    expect(
      await prisma.task.create({
        data: { text: 't', project: { connect: { orgId_number: { orgId: 'globex', number: 1 } } } },
      }),
    ).toMatchObject({ projectSlug: 's-globex' })
    expect(
      await prisma.task.create({ data: { text: 't', project: { connect: { secret: 'project of globex' } } } }),
    ).toMatchObject({ projectSlug: 's-globex' })
    const connectOrCreate = {
      where: { secret: 'of nobody' },
      create: { slug: 'new', number: 8, secret: 'of nobody', orgId: 'globex' },
    }
    for (const _ of [1, 2])
      expect(await prisma.task.create({ data: { text: 't', project: { connectOrCreate } } })).toMatchObject({
        projectSlug: 'new',
      })
    expect(await globex.task.count()).toBe(6)
    expect(
      await codeOf(acme.task.create({ data: { text: 't', project: { connect: { secret: 'project of globex' } } } })),
    ).toBe('P2025')
    await prisma.project.update({ where: { slug: 'new', orgId: 'globex' }, data: { slug: 'renamed', secret: 'other' } })
    expect(await globex.task.count({ where: { project: { slug: 'renamed' } } })).toBe(2)
  })

  test('over two columns', async () => {
    expect(await prisma.note.create({ data: { text: 't', region: 'r', code: 2 } })).toMatchObject({ text: 't' })
    expect(
      await prisma.note.create({ data: { text: 't', place: { connect: { region_code: { region: 'r', code: 2 } } } } }),
    ).toMatchObject({ text: 't' })
    const create = { region: 'r', code: 3, projectSlug: 's-acme' }
    expect(
      await prisma.note.create({
        data: { text: 't', place: { connectOrCreate: { where: { region_code: { region: 'r', code: 3 } }, create } } },
      }),
    ).toMatchObject({ code: 3 })
    await prisma.note.createMany({ data: [1, 2, 3].map((code) => ({ text: `${code}`, region: 'r', code })) })
    expect([await acme.note.count(), await globex.note.count()]).toEqual([4, 4])
    expect((await refusal(acme.note.create({ data: { text: 't', region: 'r', code: 2 } }))).code).toBe(CONFLICT)
    if (hasReturning)
      expect(
        await prisma.note.updateManyAndReturn({
          where: { place: { project: { orgId: 'acme' } } },
          data: { text: 'all' },
        }),
      ).toHaveLength(4)
    await prisma.place.create({
      data: {
        region: 'q',
        code: 1,
        projectSlug: 's-globex',
        notes: { create: { text: 'deep' }, createMany: { data: [{ text: 'deeper' }] } },
      },
    })
    expect(await globex.note.count({ where: { region: 'q', text: { not: '' } as never } }).catch(() => 2)).toBe(2)
  })
})

describe('beside the step', () => {
  test('another relation to the same model links any rows that the tenant has', async () => {
    await prisma.project.update({ where: { slug: 's-globex' }, data: { reviews: { connect: { id: 1001 } } } })
    expect(await prisma.task.findUnique({ where: { id: 1001 } })).toMatchObject({
      text: 'task of acme',
      reviewSlug: 's-globex',
    })
    expect(await acme.task.findUnique({ where: { id: 1001 }, include: { review: true, project: true } })).toMatchObject(
      { review: null, project: { id: 'p-acme' } },
    )
    expect(
      await globex.project.findUnique({
        where: { slug: 's-globex' },
        include: { reviews: true, tasks: true, _count: true },
      }),
    ).toMatchObject({
      reviews: [],
      tasks: [{ id: 1002 }],
      _count: { reviews: 0, tasks: 1 },
    })
    expect((await refusal(acme.task.update({ where: { id: 1001 }, data: { reviewSlug: 's-globex' } }))).code).toBe(
      CONFLICT,
    )
    expect(
      await codeOf(acme.task.update({ where: { id: 1001 }, data: { review: { connect: { slug: 's-globex' } } } })),
    ).toBe('P2025')
    await acme.task.update({ where: { id: 1001 }, data: { review: { disconnect: true } } })
    // Sealed for the row's own tenant, not that of the row around it.
    await prisma.project.update({
      where: { slug: 's-globex' },
      data: {
        reviews: { create: { text: 'of acme', projectSlug: 's-acme' } },
        tasks: { create: { text: 'of globex' } },
      },
    })
    expect(await acme.task.findMany({ where: { id: { not: 1001 } } })).toMatchObject([{ text: 'of acme' }])
    expect(
      (
        await refusal(
          prisma.project.create({
            data: { slug: 'x', number: 9, orgId: 'acme', reviews: { create: { text: 't' } as never } },
          }),
        )
      ).code,
    ).toBe('ENVELOPE_TENANT_REQUIRED')
  })

  test('a relation to the same model', async () => {
    await prisma.task.update({
      where: { id: 1001 },
      data: {
        parts: {
          create: [
            { text: 'own', projectSlug: 's-acme' },
            { text: 'other', projectSlug: 's-globex' },
          ],
        },
      },
    })
    expect(
      await prisma.task
        .findUnique({ where: { id: 1001 }, include: { parts: { orderBy: { text: 'asc' } as never } } })
        .catch(() => 'encrypted'),
    ).toBe('encrypted')
    expect(
      (await prisma.task.findUniqueOrThrow({ where: { id: 1001 }, include: { parts: true } })).parts
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['other', 'own'])
    expect(await acme.task.findUnique({ where: { id: 1001 }, include: { parts: true } })).toMatchObject({
      parts: [{ text: 'own' }],
    })
    expect(await globex.task.findMany({ where: { partOf: null } })).toHaveLength(2)
    await plain.task.updateMany({ data: { partOfId: null } })
  })
})

describe('one to one', () => {
  test('below, above, and by the other side', async () => {
    await prisma.task.create({
      data: {
        text: 't',
        projectSlug: 's-globex',
        badge: { create: { code: 'c' } },
        slot: { create: { data: 'd', pins: { create: { text: 'p' } } } },
      },
    })
    expect(await globex.badge.findMany({ orderBy: { id: 'asc' } })).toHaveLength(2)
    await prisma.task.update({
      where: { id: 1001 },
      data: {
        badge: { update: { code: 'new' } },
        slot: { upsert: { create: { data: 'no' }, update: { data: 'yes' } } },
      },
    })
    expect(
      await acme.task.findUnique({ where: { id: 1001 }, include: { badge: true, slot: { include: { pins: true } } } }),
    ).toMatchObject({
      badge: { code: 'new' },
      slot: { data: 'yes', pins: [{ text: 'pin of acme' }] },
    })
    await prisma.badge.update({ where: { id: 1002 }, data: { task: { update: { text: 'up' } } } })
    expect(await globex.task.findUnique({ where: { id: 1002 } })).toMatchObject({ text: 'up' })
    await prisma.task.update({ where: { id: 1001 }, data: { badge: { delete: true } } })
    expect(await acme.badge.count()).toBe(0)
    await prisma.badge.update({ where: { id: 1002 }, data: { task: { delete: true } } })
    expect(await globex.badge.count({ where: { id: 1002 } })).toBe(0)
  })
})

test('a parent whose fields have the names of Prisma’s words', async () => {
  for (const [db, found] of [
    [prisma, 2],
    [acme, 1],
    [globex, 1],
  ] as const) {
    expect(await db.pin.findMany({ where: { slot: { is: 'is' } } })).toHaveLength(found)
    expect(await db.pin.findMany({ where: { slot: { is: { is: 'is' } } } })).toHaveLength(found)
    expect(await db.pin.findMany({ where: { slot: { isNot: { is: 'other' } } } })).toHaveLength(found)
    expect(await db.pin.findMany({ where: { slot: { isNot: null } } })).toHaveLength(found)
    expect(await db.pin.findMany({ where: { slot: { is: 'other' } } })).toEqual([])
    expect(await db.slot.count({ where: { pins: { some: { slot: { is: 'is' } } } } })).toBe(found)
  }
  await prisma.pin.update({ where: { id: 1001 }, data: { slot: { update: { where: 'w', data: 'd', isNot: 3 } } } })
  await acme.task.update({
    where: { id: 1001 },
    data: { slot: { update: { where: { is: 'is' }, data: { data: 'e' } } } },
  })
  expect(await acme.slot.findUnique({ where: { taskId: 1001 } })).toMatchObject({ where: 'w', data: 'e', isNot: 3 })
  expect(await codeOf(acme.pin.update({ where: { id: 1002 }, data: { slot: { update: { data: 'x' } } } }))).toBe(
    'P2025',
  )
  expect(
    await prisma.pin.updateMany({ where: { slot: { task: { project: { orgId: 'acme' } } } }, data: { text: 'n' } }),
  ).toEqual({ count: 1 })
  expect((await refusal(prisma.pin.updateMany({ where: { slot: { is: 'is' } }, data: { text: 'n' } }))).code).toBe(
    'ENVELOPE_TENANT_REQUIRED',
  )
})

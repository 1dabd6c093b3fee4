import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../support/company-stage.js'
import { testProvider } from '../support/database.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** What other programs do to the rows that say whose others are: before a call, and between its statements. */
const kept = await openFilledCompany()
const loose = await openFilledCompany({}, { withoutForeignKeys: true })

beforeEach(async () => {
  await kept.fill()
  await loose.fill()
})

const REQUIRED = 'ENVELOPE_TENANT_REQUIRED'
const MISMATCH = 'ENVELOPE_TENANT_MISMATCH'
/** No value was stored that is no envelope. */
async function allSealed({ plain }: typeof kept): Promise<void> {
  for (const { text } of await plain.note.findMany()) expect(text).toMatch(/^pe1:/)
  for (const { value } of await plain.field.findMany()) expect(value).toMatch(/^pe1:/)
  for (const { email } of await plain.recipient.findMany()) expect(email).toMatch(/^pe1:/)
}

describe('a row that was moved past Prisma', () => {
  test('below another tenant’s parent opens for nobody', async () => {
    const { acme, globex, plant, prisma } = kept
    await plant('Recipient', 'envelopeId', 1001, 'e-globex')
    expect(await acme.recipient.findMany()).toEqual([])
    expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toBeNull()
    expect(await acme.field.count()).toBe(0)
    for (const db of [globex, prisma]) {
      expect((await refusal(db.recipient.findUnique({ where: { id: 1001 } }))).code).toBe(MISMATCH)
      expect((await refusal(db.recipient.findMany())).code).toBe(MISMATCH)
      expect(
        (await refusal(db.envelope.findUnique({ where: { id: 'e-globex' }, include: { recipients: true } }))).code,
      ).toBe(MISMATCH)
      expect((await refusal(db.field.findUnique({ where: { id: 1001 } }))).code).toBe(MISMATCH)
      expect((await refusal(db.user.findMany({ include: { recipients: true } }))).code).toBe(MISMATCH)
    }
    expect(await prisma.$encryption.tenantOf('Recipient', { id: 1001 })).toBe('globex')
  })

  test('out of a tenant: SET NULL, written in the database', async () => {
    const { acme, database, main, plain, prisma } = kept
    await database.execute(
      `UPDATE ${testProvider() === 'mysql' ? '`Comment` SET `envelopeId`' : '"Comment" SET "envelopeId"'} = NULL WHERE id = 1001`,
    )
    await database.execute(
      `UPDATE ${testProvider() === 'mysql' ? '`Credential` SET `orgId`' : '"Credential" SET "orgId"'} = NULL WHERE id = 1001`,
    )
    for (const db of [main, prisma]) {
      expect((await refusal(db.comment.findUnique({ where: { id: 1001 } }))).code).toBe(MISMATCH)
      expect((await refusal(db.credential.findUnique({ where: { id: 1001 } }))).code).toBe(MISMATCH)
      expect((await refusal(db.user.findMany({ include: { comments: true } }))).code).toBe(MISMATCH)
    }
    expect(await acme.comment.findUnique({ where: { id: 1001 } })).toBeNull()
    expect(await acme.credential.findUnique({ where: { id: 1001 } })).toBeNull()
    // Nothing is lost: once the row is back, it opens.
    await plain.comment.update({ where: { id: 1001 }, data: { envelopeId: 'e-acme' } })
    expect(await acme.comment.findUnique({ where: { id: 1001 } })).toMatchObject({ text: 'comment of acme' })
  })

  test('a foreign row that an own one refers to', async () => {
    const { acme, main, plain, prisma } = kept
    await plain.task.update({ where: { id: 1001 }, data: { reviewSlug: 's-globex', partOfId: 1002 } })
    const include = { review: true, partOf: true, project: true } as const
    expect(await acme.task.findUnique({ where: { id: 1001 }, include })).toMatchObject({
      review: null,
      partOf: null,
      project: { id: 'p-acme' },
    })
    expect(await acme.task.findMany({ where: { partOf: null } })).toHaveLength(1)
    expect(await acme.task.count({ where: { review: { isNot: null } } })).toBe(0)
    expect(await acme.task.count({ where: { partOf: { text: { not: null } as never } } }).catch(() => 0)).toBe(0)
    expect(await prisma.task.findUnique({ where: { id: 1001 }, include })).toMatchObject({
      text: 'task of acme',
      review: { secret: 'project of globex' },
      partOf: { text: 'task of globex' },
    })
    expect(await main.$encryption.tenantOf('Task', { id: 1001 })).toBeUndefined()
    expect(await acme.task.findUnique({ where: { id: 1001 } }).partOf()).toBeNull()
    expect(
      await acme.task
        .findUnique({ where: { id: 1001 } })
        .partOf()
        .project(),
    ).toBeNull()
    expect(
      await prisma.task
        .findUnique({ where: { id: 1001 } })
        .partOf()
        .badge(),
    ).toMatchObject({ code: 'badge of globex' })
    expect(await prisma.project.findUnique({ where: { slug: 's-globex' }, include: { reviews: true } })).toMatchObject({
      reviews: [{ text: 'task of acme' }],
    })
    expect((await refusal(acme.task.findMany({ orderBy: { partOf: { id: 'asc' } } }))).code).toBe(
      'ENVELOPE_TENANT_UNPROTECTED',
    )
  })
})

describe('between the look-up and the write', () => {
  const INSERT = /^INSERT/
  const BEGIN = /^BEGIN/

  test('the parent vanishes: the foreign key refuses the row', async () => {
    const { interrupt, plain, prisma } = kept
    interrupt(INSERT, () => plain.recipient.delete({ where: { id: 1001 } }))
    expect(await codeOf(prisma.field.create({ data: { value: 'v', recipientId: 1001 } }))).toBe('P2003')
    await kept.openAll()
  })

  test('the parent gets another owner: what is connected is not there any more', async () => {
    const { interrupt, plain, prisma } = kept
    interrupt(BEGIN, () => plain.envelope.update({ where: { id: 'e-acme' }, data: { orgId: 'globex' } }))
    const data = { email: 'x', token: 'x', envelope: { connect: { id: 'e-acme' } } }
    expect(await codeOf(prisma.recipient.create({ data }))).toBe('P2025')
    expect(await plain.recipient.count()).toBe(2)
  })

  test('a row gets another owner: the update does not find it', async () => {
    const { interrupt, plant, prisma, stored } = kept
    const before = await stored('Recipient', 'name', 1001)
    interrupt(/^(BEGIN|UPDATE)/, () => plant('Recipient', 'envelopeId', 1001, 'e-globex'))
    expect(await codeOf(prisma.recipient.update({ where: { id: 1001 }, data: { name: 'x' } }))).toBe('P2025')
    expect(await stored('Recipient', 'name', 1001)).toBe(before)
  })

  test('the row of an upsert appears: it is not updated with what could not be sealed', async () => {
    const { interrupt, plain, prisma, stored } = kept
    const appear = () =>
      plain.recipient.create({ data: { id: 5, email: 'plain', token: 'late', envelopeId: 'e-globex' } })
    interrupt(BEGIN, appear)
    const upsert = {
      where: { token: 'late' },
      create: { token: 'late', email: 'e', envelopeId: 'e-acme' },
      update: { name: 'name' },
    }
    expect(await codeOf(prisma.recipient.upsert(upsert))).toBe('P2002')
    expect(await stored('Recipient', 'name', 5)).toBeNull()
    await plain.recipient.delete({ where: { id: 5 } })
  })

  test('the row of a connectOrCreate appears: it is not the one whose tenant was looked up', async () => {
    const { interrupt, openAll, plain, prisma } = kept
    interrupt(BEGIN, () => plain.envelope.create({ data: { id: 'late', orgId: 'globex', subject: 'plain' } }))
    const envelope = { connectOrCreate: { where: { id: 'late' }, create: { id: 'late', orgId: 'acme', subject: 's' } } }
    const outcome = await prisma.recipient.create({ data: { email: 'e', token: 'n', envelope } }).then(
      () => 'created',
      (error: unknown) => Reflect.get(error as object, 'code'),
    )
    expect(['P2002', 'created']).toContain(outcome)
    if (outcome === 'P2002') await plain.envelope.delete({ where: { id: 'late' } })
    await openAll()
  })
})

describe('a database without foreign keys', () => {
  test('a row without its parent is refused, not written with an empty value', async () => {
    const { prisma, plain } = loose
    const place = {
      connectOrCreate: {
        where: { region_code: { region: 'x', code: 1 } },
        create: { region: 'x', code: 1, projectSlug: 'missing' },
      },
    }
    for (const work of [
      () => prisma.note.create({ data: { text: 'lost', region: 'no', code: 1 } }),
      () => prisma.note.create({ data: { text: 'lost', place } }),
      () =>
        prisma.note.createMany({
          data: [
            { text: 'lost', region: 'r', code: 1 },
            { text: 'lost', region: 'no', code: 1 },
          ],
        }),
      () => prisma.field.createMany({ data: [{ value: 'lost', recipientId: 9 }] }),
      () => prisma.recipient.create({ data: { email: 'lost', token: 'n', envelopeId: 'no' } }),
      () =>
        prisma.place.create({
          data: { region: 'x', code: 2, projectSlug: 'missing', notes: { create: { text: 'lost' } } },
        }),
      () =>
        prisma.project.update({
          where: { slug: 'missing' },
          data: { places: { create: { region: 'x', code: 3, notes: { create: { text: 'lost' } } } } },
        }),
      () =>
        prisma.$transaction([
          prisma.place.create({ data: { region: 'x', code: 4, projectSlug: 'missing' } }),
          prisma.note.create({ data: { text: 'lost', region: 'x', code: 4 } }),
        ]),
    ])
      expect(await codeOf(work)).toMatch(/ENVELOPE_TENANT_REQUIRED|P2025/)
    expect(await plain.place.count()).toBe(2)
    await allSealed(loose)
    await loose.openAll()
  })

  test('a row is not moved to a parent that is missing, which anybody may create', async () => {
    const { acme, prisma, plain } = loose
    const move = { where: { id: 1001 }, data: { projectSlug: 'missing' } }
    expect((await refusal(prisma.task.update(move))).code).toBe(REQUIRED)
    expect((await refusal(acme.task.update(move))).code).toBe('ENVELOPE_TENANT_CHANGED')
    expect((await refusal(prisma.comment.update({ where: { id: 1001 }, data: { envelopeId: 'missing' } }))).code).toBe(
      REQUIRED,
    )
    expect(await plain.task.findUnique({ where: { id: 1001 } })).toMatchObject({ projectSlug: 's-acme' })
  })

  test('a row whose parent is gone says so', async () => {
    const { acme, prisma, plain } = loose
    await plain.envelope.delete({ where: { id: 'e-acme' } })
    expect(await refusal(prisma.comment.findUnique({ where: { id: 1001 } }))).toMatchObject({
      code: REQUIRED,
      message: expect.stringContaining('is missing'),
    })
    expect(await acme.comment.findMany()).toEqual([])
    expect(await prisma.$encryption.tenantOf('Comment', { id: 1001 })).toBeUndefined()
    expect(await codeOf(prisma.comment.update({ where: { id: 1001 }, data: { text: 'lost' } }))).toBe('P2025')
    await plain.comment.delete({ where: { id: 1001 } })
  })

  test('the parent vanishes between the look-up and the write', async () => {
    const { interrupt, plain, prisma } = loose
    interrupt(/^INSERT/, () => plain.place.delete({ where: { region_code: { region: 'r', code: 1 } } }))
    await prisma.note.create({ data: { text: 'sealed all the same', region: 'r', code: 1 }, select: { id: true } })
    await allSealed(loose)
  })
})

import { beforeAll, expect, test } from 'vitest'
import { testProvider } from '../support/database.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Rows on the way to the tenant that one statement loads with the rest: the preview feature `relationJoins`. */
const { acme, fill, globex, main, plant, prisma, sqlOf } = await openFilledCompany({}, { joins: true })
// MariaDB has no lateral joins, and SQLite none that Prisma uses.
const joins = testProvider() === 'postgresql'

beforeAll(fill)

test('the tenant is found in the same statement', async () => {
  const find = (db: typeof prisma) =>
    db.field.findUnique({ where: { id: 1001 }, include: { recipient: { select: { name: true } } } })
  for (const db of [prisma, acme]) {
    expect(await find(db)).toEqual({
      id: 1001,
      kind: 'text',
      page: 1,
      value: 'value of acme',
      recipientId: 1001,
      recipient: { name: 'name of acme' },
    })
    if (joins) expect(await sqlOf(() => find(db))).toHaveLength(1)
  }
  expect(await find(globex)).toBeNull()
})

test('lists, optional parents and what a filter hides', async () => {
  const hiding = {
    select: { text: true, envelope: { where: { status: 'none' }, select: { id: true } } },
    orderBy: { id: 'asc' },
  } as const
  const all = ['acme', 'globex', 'nobody'].map((of) => ({ text: `comment of ${of}`, envelope: null }))
  expect(await prisma.comment.findMany(hiding as never)).toEqual(all)
  expect(await acme.comment.findMany(hiding as never)).toEqual(all.slice(0, 1))
  expect(await main.comment.findMany(hiding as never)).toEqual(all.slice(2))
  const user = {
    where: { id: 'u1' },
    include: {
      recipients: { include: { fields: true } },
      comments: true,
      memberships: true,
      credentials: true,
      _count: true,
    },
  } as const
  expect(await acme.user.findUnique(user)).toMatchObject({
    recipients: [{ name: 'name of acme', fields: [{ value: 'value of acme' }] }],
    comments: [{ text: 'comment of acme' }],
    memberships: [{ title: 'title of acme' }],
    credentials: [{ secret: 'secret of acme' }],
    _count: { recipients: 1, comments: 1 },
  })
  expect((await prisma.user.findUniqueOrThrow(user)).comments).toHaveLength(3)
  expect(
    await acme.recipient.update({ where: { id: 1001 }, data: { name: 'new' }, include: { envelope: true } }),
  ).toMatchObject({ name: 'new', envelope: { subject: 'subject of acme' } })
  expect(await prisma.task.findUnique({ where: { id: 1001 } }).badge()).toMatchObject({ code: 'badge of acme' })
  expect(
    await acme.badge
      .findUnique({ where: { id: 1002 } })
      .task()
      .slot(),
  ).toBeNull()
})

test('a row that was moved past Prisma opens for nobody', async () => {
  await plant('Recipient', 'envelopeId', 1001, 'e-globex')
  for (const db of [globex, prisma]) {
    expect((await refusal(db.recipient.findUnique({ where: { id: 1001 } }))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    expect((await refusal(db.envelope.findMany({ include: { recipients: true } }))).code).toBe(
      'ENVELOPE_TENANT_MISMATCH',
    )
  }
  expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toBeNull()
})

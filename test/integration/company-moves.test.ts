import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasReturning } from '../support/client.js'
import { codeOf } from '../support/company-stage.js'
import { openFilledCompany } from './company-rows.js'

/**
 * Writes that would give a row to another owner, in each form, through each kind of client. Its values are sealed for the owner
 * that it has: it must be where it was afterwards. A bound client's filter does not stop them, since it compares the owner that
 * the row has before.
 */
const { extend, fill, openAll, plain, prisma, sqlOf } = await openFilledCompany()

/** All that determines which tenant owns a row. */
async function owners() {
  return {
    envelopes: await plain.envelope.findMany({ select: { id: true, orgId: true }, orderBy: { id: 'asc' } }),
    recipients: await plain.recipient.findMany({ select: { id: true, envelopeId: true }, orderBy: { id: 'asc' } }),
    fields: await plain.field.findMany({ select: { id: true, recipientId: true }, orderBy: { id: 'asc' } }),
    comments: await plain.comment.findMany({ select: { id: true, envelopeId: true }, orderBy: { id: 'asc' } }),
    credentials: await plain.credential.findMany({ select: { id: true, orgId: true }, orderBy: { id: 'asc' } }),
    tasks: await plain.task.findMany({ select: { id: true, projectSlug: true }, orderBy: { id: 'asc' } }),
    places: await plain.place.findMany({ select: { code: true, projectSlug: true }, orderBy: { code: 'asc' } }),
    notes: await plain.note.findMany({ select: { id: true, code: true }, orderBy: { id: 'asc' } }),
    items: await plain.item.findMany({ select: { id: true, orgId: true, number: true }, orderBy: { id: 'asc' } }),
    badges: await plain.badge.findMany({ select: { id: true, taskId: true }, orderBy: { id: 'asc' } }),
    slots: await plain.slot.findMany({ select: { id: true, taskId: true }, orderBy: { id: 'asc' } }),
    teams: await plain.team.findMany({ select: { id: true, orgId: true }, orderBy: { id: 'asc' } }),
  }
}

let before: Awaited<ReturnType<typeof owners>>
beforeEach(async () => {
  await fill()
  before = await owners()
})
afterEach(async () => {
  expect(await owners()).toEqual(before)
  await openAll()
})

const id = 1001
const other = { orgId: 'globex', subject: 's' }
const project = { slug: 'q', number: 3, orgId: 'globex' }

type Client = typeof prisma

/** Of acme’s rows, to globex. */
const MOVES: [string, (db: Client) => PromiseLike<unknown>][] = [
  ['a scalar foreign key', (db) => db.recipient.update({ where: { id }, data: { envelopeId: 'e-globex' } })],
  ['a scalar in set', (db) => db.recipient.update({ where: { id }, data: { envelopeId: { set: 'e-globex' } } })],
  [
    'a scalar beside a value',
    (db) => db.recipient.update({ where: { id }, data: { name: 'x', envelopeId: 'e-globex' } }),
  ],
  ['connect', (db) => db.recipient.update({ where: { id }, data: { envelope: { connect: { id: 'e-globex' } } } })],
  [
    'connect by a filter that names the tenant',
    (db) =>
      db.recipient.update({ where: { id }, data: { envelope: { connect: { id: 'e-globex', orgId: 'globex' } } } }),
  ],
  ['create', (db) => db.recipient.update({ where: { id }, data: { envelope: { create: other } } })],
  [
    'connectOrCreate, found',
    (db) =>
      db.recipient.update({
        where: { id },
        data: { envelope: { connectOrCreate: { where: { id: 'e-globex' }, create: other } } },
      }),
  ],
  [
    'connectOrCreate, not found',
    (db) =>
      db.recipient.update({
        where: { id },
        data: { envelope: { connectOrCreate: { where: { id: 'no' }, create: other } } },
      }),
  ],
  [
    'an upsert',
    (db) =>
      db.recipient.upsert({
        where: { id },
        create: { email: 'x', token: 'x', envelopeId: 'e-acme' },
        update: { envelopeId: 'e-globex' },
      }),
  ],
  [
    'the list’s side',
    (db) => db.envelope.update({ where: { id: 'e-globex' }, data: { recipients: { connect: { id } } } }),
  ],
  [
    'the list’s side, by several',
    (db) =>
      db.envelope.update({
        where: { id: 'e-globex' },
        data: { recipients: { connect: [{ id: 1002 }, { token: 'r-acme' }] } },
      }),
  ],
  [
    'the list’s side, connectOrCreate',
    (db) =>
      db.envelope.update({
        where: { id: 'e-globex' },
        data: { recipients: { connectOrCreate: { where: { id }, create: { email: 'x', token: 'r-acme' } } } },
      }),
  ],
  [
    'the list of a new parent',
    (db) => db.envelope.create({ data: { orgId: 'globex', subject: 's', recipients: { connect: { id } } } }),
  ],
  [
    'nested in another row',
    (db) =>
      db.user.update({
        where: { id: 'u1' },
        data: { recipients: { update: { where: { id }, data: { envelopeId: 'e-globex' } as never } } },
      }),
  ],
  [
    'nested in its parent',
    (db) =>
      db.envelope.update({
        where: { id: 'e-acme' },
        data: { recipients: { update: { where: { id }, data: { envelopeId: 'e-globex' } as never } } },
      }),
  ],
  [
    'nested, of many',
    (db) =>
      db.envelope.update({
        where: { id: 'e-acme' },
        data: { recipients: { updateMany: { where: {}, data: { envelopeId: 'e-globex' } as never } } },
      }),
  ],
  ['of many', (db) => db.recipient.updateMany({ where: { id }, data: { envelopeId: 'e-globex' } })],
  [
    'of many, whose tenant where names',
    (db) => db.recipient.updateMany({ where: { envelope: { orgId: 'acme' } }, data: { envelopeId: 'e-globex' } }),
  ],
  ['two steps from the tenant', (db) => db.field.update({ where: { id }, data: { recipientId: 1002 } })],
  [
    'two steps, by connect',
    (db) => db.field.update({ where: { id }, data: { recipient: { connect: { token: 'r-globex' } } } }),
  ],
  [
    'of a parent on the way',
    (db) => db.field.update({ where: { id }, data: { recipient: { update: { envelopeId: 'e-globex' } } } }),
  ],
  [
    'of the parent, in which only others are sealed',
    (db) => db.place.update({ where: { region_code: { region: 'r', code: 1 } }, data: { projectSlug: 's-globex' } }),
  ],
  ['of the tenant column', (db) => db.envelope.update({ where: { id: 'e-acme' }, data: { orgId: 'globex' } })],
  [
    'of the tenant column, by connect',
    (db) => db.envelope.update({ where: { id: 'e-acme' }, data: { org: { connect: { id: 'globex' } } } }),
  ],
  [
    'of the tenant column, from below',
    (db) => db.recipient.update({ where: { id }, data: { envelope: { update: { orgId: 'globex' } } } }),
  ],
  ['of the tenant’s id', (db) => db.org.update({ where: { id: 'acme' }, data: { id: 'renamed' } })],
  ['a key over a unique that is no id', (db) => db.task.update({ where: { id }, data: { projectSlug: 's-globex' } })],
  [
    'connect over another unique',
    (db) =>
      db.task.update({
        where: { id },
        data: { project: { connect: { orgId_number: { orgId: 'globex', number: 1 } } } },
      }),
  ],
  [
    'connect over an encrypted unique',
    (db) => db.task.update({ where: { id }, data: { project: { connect: { secret: 'project of globex' } } } }),
  ],
  [
    'connectOrCreate over another unique',
    (db) =>
      db.task.update({
        where: { id },
        data: { project: { connectOrCreate: { where: { slug: 'no' }, create: project } } },
      }),
  ],
  ['a key of two columns', (db) => db.note.update({ where: { id }, data: { region: 'r', code: 2 } })],
  ['a part of a key', (db) => db.note.update({ where: { id }, data: { code: 2 } })],
  ['arithmetic on a key', (db) => db.note.update({ where: { id }, data: { region: 'r', code: { increment: 1 } } })],
  [
    'a key that contains the tenant column',
    (db) => db.item.update({ where: { id }, data: { orgId: 'globex', number: 1 } }),
  ],
  ['its relation', (db) => db.item.update({ where: { id }, data: { project: { connect: { slug: 's-globex' } } } })],
  ['to the shared tenant: a key of null', (db) => db.comment.update({ where: { id }, data: { envelopeId: null } })],
  [
    'to the shared tenant: null in set',
    (db) => db.comment.update({ where: { id }, data: { envelopeId: { set: null } } }),
  ],
  [
    'to the shared tenant: disconnect',
    (db) => db.comment.update({ where: { id }, data: { envelope: { disconnect: true } } }),
  ],
  [
    'to the shared tenant: disconnect by a filter',
    (db) => db.comment.update({ where: { id }, data: { envelope: { disconnect: { status: 'draft' } } } }),
  ],
  [
    'to the shared tenant: disconnect from the list',
    (db) => db.envelope.update({ where: { id: 'e-acme' }, data: { comments: { disconnect: { id } } } }),
  ],
  [
    'to the shared tenant: set of the list',
    (db) => db.envelope.update({ where: { id: 'e-acme' }, data: { comments: { set: [] } } }),
  ],
  [
    'to the shared tenant: set of the list, to others',
    (db) => db.envelope.update({ where: { id: 'e-acme' }, data: { comments: { set: [{ id: 1003 }] } } }),
  ],
  ['to the shared tenant: many', (db) => db.comment.updateMany({ where: { id }, data: { envelopeId: null } })],
  [
    'to the shared tenant: nested many',
    (db) =>
      db.envelope.update({
        where: { id: 'e-acme' },
        data: { comments: { updateMany: { where: {}, data: { envelopeId: null } as never } } },
      }),
  ],
  [
    'from the shared tenant: a key',
    (db) => db.comment.update({ where: { id: 1003 }, data: { envelopeId: 'e-globex' } }),
  ],
  [
    'from the shared tenant: connect',
    (db) => db.comment.update({ where: { id: 1003 }, data: { envelope: { connect: { id: 'e-globex' } } } }),
  ],
  [
    'from the shared tenant: the list',
    (db) => db.envelope.update({ where: { id: 'e-globex' }, data: { comments: { connect: { id: 1003 } } } }),
  ],
  [
    'from the shared tenant: the list of a new parent',
    (db) => db.envelope.create({ data: { orgId: 'globex', subject: 's', comments: { connect: { id: 1003 } } } }),
  ],
  [
    'from the shared tenant: an upsert of the parent',
    (db) => db.comment.update({ where: { id: 1003 }, data: { envelope: { upsert: { create: other, update: {} } } } }),
  ],
  ['a column: null', (db) => db.credential.update({ where: { id }, data: { orgId: null } })],
  ['a column: disconnect', (db) => db.credential.update({ where: { id }, data: { org: { disconnect: true } } })],
  [
    'a column: disconnect from the list',
    (db) => db.org.update({ where: { id: 'acme' }, data: { credentials: { disconnect: { id } } } }),
  ],
  ['a column: set of the list', (db) => db.org.update({ where: { id: 'acme' }, data: { credentials: { set: [] } } })],
  [
    'a column: another tenant',
    (db) => db.credential.update({ where: { id, orgId: 'acme' }, data: { orgId: 'globex' } }),
  ],
  ['a column: from NULL', (db) => db.credential.update({ where: { id: 1003 }, data: { orgId: 'globex' } })],
  [
    'a column: from NULL, by connect',
    (db) => db.credential.update({ where: { id: 1003 }, data: { org: { connect: { id: 'globex' } } } }),
  ],
  [
    'a column: the list of the tenant',
    (db) => db.org.update({ where: { id: 'globex' }, data: { credentials: { connect: { id } } } }),
  ],
  [
    'a column: the list of the tenant, from NULL',
    (db) => db.org.update({ where: { id: 'globex' }, data: { credentials: { connect: { id: 1003 } } } }),
  ],
  [
    'a column: nested',
    (db) =>
      db.user.update({
        where: { id: 'u1' },
        data: { credentials: { update: { where: { id }, data: { orgId: null } } } },
      }),
  ],
  [
    'a column: nested many',
    (db) =>
      db.user.update({
        where: { id: 'u1' },
        data: { credentials: { updateMany: { where: {}, data: { orgId: null } } } },
      }),
  ],
  ['a column: many', (db) => db.credential.updateMany({ where: { id }, data: { orgId: null } })],
  ['one to one: a key', (db) => db.badge.update({ where: { id: 1003 }, data: { taskId: 1002 } })],
  ['one to one: null', (db) => db.badge.update({ where: { id }, data: { taskId: null } })],
  ['one to one: disconnect', (db) => db.task.update({ where: { id }, data: { badge: { disconnect: true } } })],
  [
    'one to one: connect, from the other side',
    (db) => db.task.update({ where: { id: 1002 }, data: { badge: { connect: { id } } } }),
  ],
  [
    'one to one: connect of a new row, from the other side',
    (db) => db.task.create({ data: { text: 't', projectSlug: 's-globex', badge: { connect: { id } } } }),
  ],
  [
    'one to one: create, which takes the link from another row',
    (db) => db.task.update({ where: { id }, data: { badge: { create: { code: 'new' } } } }),
  ],
  [
    'one to one: connectOrCreate, from the other side',
    (db) =>
      db.task.update({
        where: { id },
        data: { badge: { connectOrCreate: { where: { id: 9 }, create: { code: 'new' } } } },
      }),
  ],
  [
    'one to one: connect to a row that another is linked to',
    (db) => db.badge.update({ where: { id: 1003 }, data: { task: { connect: { id } } } }),
  ],
  ['one to one, required: a key', (db) => db.slot.update({ where: { id }, data: { taskId: 1002 } })],
]

/** Ours; or Prisma’s, where a bound client’s filter leaves nothing to be found, or there is no such argument. */
const REFUSED =
  /^(ENVELOPE_TENANT_(CHANGED|CONFLICT|INVALID|REQUIRED|MISMATCH|UNPROTECTED)|P20(25|18|17|02|14)|PrismaClientValidationError)$/
const CLIENTS: [string, Client][] = [
  ['unbound', prisma],
  ['unbound, links off', extend({ links: 'off' })],
  ['by the option tenant', extend({ tenant: 'acme' })],
  ['bound', prisma.$forTenant('acme')],
  ['bound to the other', prisma.$forTenant('globex')],
  ['bound to the shared tenant', prisma.$forTenant('main')],
  ['bound, links off', extend({ links: 'off' }).$forTenant('acme')],
  ['bound, scope off', extend({ scope: false }).$forTenant('acme')],
  ['bound to the other, scope off', extend({ scope: false }).$forTenant('globex')],
  ['bound to the shared tenant, scope off', extend({ scope: false }).$forTenant('main')],
]

describe.each(MOVES)('%s', (form, move) => {
  test('is refused, whoever calls', async () => {
    const outcomes: string[] = []
    for (const [how, db] of CLIENTS) {
      const outcome = await Promise.resolve(move(db)).then(
        (result) => `did ${JSON.stringify(result)}`,
        (error: Error) => String(Reflect.get(error, 'code') ?? error.name),
      )
      // What reaches none of the rows has moved none.
      const reached = !how.startsWith('bound to the shared tenant') || !/nested many/.test(form)
      if (reached && !REFUSED.test(outcome) && outcome !== 'did {"count":0}')
        outcomes.push(`${how}: ${outcome.slice(-300)}`)
    }
    expect(outcomes).toEqual([])
  })
})

test('an unbound move is refused as such, before any write', async () => {
  const changed = MOVES.filter(([form]) => !/tenant’s id|part of a key|arithmetic|its relation/.test(form))
  for (const [form, move] of changed) {
    let code = ''
    const sent = await sqlOf(async () => {
      code = await codeOf(move(prisma))
    })
    expect(`${form}: ${code}`).toMatch(/ENVELOPE_TENANT_(CHANGED|REQUIRED)|P2025|P2018/)
    expect(sent.filter((sql) => /^\w+ (INSERT|UPDATE|DELETE)/.test(sql) && code.startsWith('ENVELOPE'))).toEqual([])
  }
})

describe('what stays with its owner is no move', () => {
  const clients: [string, Client][] = [
    ['unbound', prisma],
    ['bound', prisma.$forTenant('acme')],
    ['bound, links off', extend({ links: 'off' }).$forTenant('acme')],
    ['bound, scope off', extend({ scope: false }).$forTenant('acme')],
  ]
  test.each(clients)('%s', async (_how, db) => {
    await prisma.envelope.create({ data: { id: 'second', orgId: 'acme', subject: 's' } })
    const envelopeOf = async () => (await plain.recipient.findUnique({ where: { id } }))?.envelopeId
    await db.recipient.update({ where: { id }, data: { envelopeId: 'second' } })
    expect(await envelopeOf()).toBe('second')
    await db.recipient.update({ where: { id }, data: { envelope: { connect: { id: 'e-acme' } } } })
    expect(await envelopeOf()).toBe('e-acme')
    await db.envelope.update({ where: { id: 'second' }, data: { recipients: { connect: { id } } } })
    expect(await envelopeOf()).toBe('second')
    await db.recipient.updateMany({ where: { id, envelope: { orgId: 'acme' } }, data: { envelopeId: 'e-acme' } })
    expect(await envelopeOf()).toBe('e-acme')
    await db.recipient.update({
      where: { id },
      data: { name: 'moved', envelope: { create: { id: 'third', orgId: 'acme', subject: 's' } } },
    })
    expect(await envelopeOf()).toBe('third')
    await db.recipient.update({ where: { id }, data: { name: 'name of acme', envelopeId: 'e-acme' } })
    await db.task.update({ where: { id }, data: { project: { connect: { slug: 's-acme' } } } })
    await db.note.update({ where: { id }, data: { region: 'r', code: 1 } })
    if (hasReturning)
      expect(
        await db.recipient.updateManyAndReturn({
          where: { id, envelope: { orgId: 'acme' } },
          data: { envelopeId: 'e-acme' },
        }),
      ).toMatchObject([{ name: 'name of acme' }])
    await plain.envelope.deleteMany({ where: { id: { in: ['second', 'third'] } } })
  })

  test('of shared rows', async () => {
    await prisma.comment.update({ where: { id: 1003 }, data: { text: 'comment of nobody', envelopeId: null } })
    await prisma.comment.update({ where: { id: 1003 }, data: { envelope: { disconnect: true } } })
    const main = prisma.$forTenant('main')
    await main.comment.update({ where: { id: 1003 }, data: { envelopeId: null } })
    await main.credential.update({ where: { id: 1003 }, data: { orgId: null, secret: 'secret of ann' } })
    await prisma.credential.update({ where: { id: 1003, orgId: null }, data: { orgId: null, secret: 'secret of ann' } })
    // Shared rows have one owner, whichever of them they belong to.
    await prisma.account.update({ where: { id: 'a1' }, data: { userId: 'u2' } })
    await prisma
      .$forTenant('acme')
      .account.update({ where: { id: 'a1' }, data: { user: { connect: { email: 'ann@example.com' } } } })
  })
})

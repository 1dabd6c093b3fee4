import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from '../support/company-stage.js'
import { openFilledCompany } from './company-rows.js'

/**
 * Scalar foreign keys of rows that are created only where they are not there yet: they may be refused if they are written, and
 * must never be written unchecked. `1001` and `e-acme` are acme's, `e-globex` is not.
 */
const { acme, fill, interrupt, openAll, plain, prisma } = await openFilledCompany()

beforeEach(fill)
afterEach(openAll)

const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'
const changed = { text: 'changed' }
/** A comment that refers to another tenant's row. */
const foreign = (id: number) => ({ id, text: 'new', envelopeId: 'e-globex' })
const there = { where: { id: 1001 }, create: foreign(1001) }
const missing = { where: { id: 5001 }, create: foreign(5001) }
const textOf = async (id: number) => (await acme.comment.findUnique({ where: { id } }))?.text
/** How many rows a call may have created. */
const foreigners = () => plain.comment.count({ where: { envelopeId: 'e-globex', id: { not: 1002 } } })

const CALLS: readonly [string, (comment: { where: { id: number }; create: ReturnType<typeof foreign> }) => unknown][] =
  [
    ['upsert', (comment) => acme.comment.upsert({ ...comment, update: changed })],
    [
      'upsert, in an interactive transaction',
      (comment) => prisma.$transaction((tx) => tx.$forTenant('acme').comment.upsert({ ...comment, update: changed })),
    ],
    [
      'upsert, in a list of calls',
      (comment) => acme.$transaction([acme.org.findMany(), acme.comment.upsert({ ...comment, update: changed })]),
    ],
    [
      'nested upsert',
      (comment) =>
        acme.user.update({
          where: { id: 'u1' },
          data: { comments: { upsert: { ...comment, update: changed } } },
        }),
    ],
    [
      'several nested upserts, beside updates',
      (comment) =>
        acme.user.update({
          where: { id: 'u1' },
          data: {
            comments: {
              update: [],
              upsert: [
                { where: { id: 1001 }, create: { text: 'no', envelopeId: 'e-acme' }, update: { pinned: false } },
                { ...comment, update: changed },
              ],
            },
          },
        }),
    ],
    [
      'upsert inside an upsert',
      (comment) =>
        acme.user.upsert({
          where: { id: 'u1' },
          create: { email: 'no@x.org' },
          update: { comments: { upsert: { ...comment, update: changed } } },
        }),
    ],
  ]

describe.each(CALLS)('%s', (name, call) => {
  test('of a row that is there: it is updated', async () => {
    await call(there)
    expect(await textOf(1001)).toBe('changed')
    expect(await foreigners()).toBe(0)
  })

  test('of a row that is not there: refused', async () => {
    expect(await codeOf(() => call(missing) as Promise<unknown>)).toBe(CONFLICT)
    expect(await foreigners()).toBe(0)
  })

  // Nobody comes in between in an interactive transaction on SQLite, which has one connection.
  test.skipIf(name.includes('interactive'))(
    'of a row that is deleted before the write: nothing is created',
    async () => {
      interrupt(/^(BEGIN|UPDATE)/, () => plain.comment.delete({ where: { id: 1001 } }))
      expect(await codeOf(() => call(there) as Promise<unknown>)).toMatch(/^P20/)
      expect(await foreigners()).toBe(0)
    },
  )
})

const linking = (comment: { where: { id: number }; create: object }) =>
  acme.user.update({ where: { id: 'u2' }, data: { comments: { connectOrCreate: comment as never } } })

test('connectOrCreate of a row that is there connects it; of one that is not is refused', async () => {
  await linking(there)
  expect(await plain.comment.findUnique({ where: { id: 1001 } })).toMatchObject({ authorId: 'u2' })
  expect(await codeOf(linking(missing))).toBe(CONFLICT)
  expect(await foreigners()).toBe(0)
})

test('connectOrCreate of a row that is deleted between the look-up and the write creates nothing', async () => {
  interrupt(/^(BEGIN|UPDATE)/, () => plain.comment.delete({ where: { id: 1001 } }))
  expect(await codeOf(linking(there))).toMatch(/^P20/)
  expect(await foreigners()).toBe(0)
})

test('a nested upsert creates a row that is there, but not its parent’s: refused', async () => {
  const upsert = { where: { id: 1001 }, create: foreign(5001), update: changed }
  expect(await codeOf(acme.user.update({ where: { id: 'u2' }, data: { comments: { upsert } } }))).toBe(CONFLICT)
  expect(await textOf(1001)).toBe('comment of acme')
})

test('what is nested in the create of a row that is there is not written either', async () => {
  const comments = { create: [{ text: 'new', envelopeId: 'e-globex' }] }
  const user = await acme.user.upsert({
    where: { email: 'ann@example.com' } as never,
    create: { id: 'u1', email: 'ann@example.com', comments },
    update: { name: 'Anna' },
    select: { name: true, comments: { select: { id: true } } },
  })
  expect(user).toEqual({ name: 'Anna', comments: expect.arrayContaining([{ id: 1001 }]) })
  const other = { where: { id: 'u9' }, create: { id: 'u9', email: 'x@x.org', comments }, update: {} }
  expect(await codeOf(acme.user.upsert(other))).toBe(CONFLICT)
  expect(await foreigners()).toBe(0)
})

describe('upsert of a row that there is one of', () => {
  const recipient = { email: 'n@x.org', token: 'n', envelopeId: 'e-globex' }
  const upsert = (id: number, where?: object) => ({
    where: { id },
    data: { recipient: { upsert: { ...(where && { where }), create: recipient, update: { name: 'changed' } } } },
  })
  const created = () => plain.recipient.count({ where: { token: 'n' } })

  test('that is there: it is updated', async () => {
    await acme.field.update(upsert(1001))
    expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'changed' })
  })

  test('that the filter does not find: refused', async () => {
    expect(await codeOf(acme.field.update(upsert(1001, { order: 7 })))).toBe(CONFLICT)
    expect(await created()).toBe(0)
  })

  test('that is deleted before the write: nothing is created', async () => {
    interrupt(/^(BEGIN|UPDATE)/, () => plain.recipient.delete({ where: { id: 1001 } }))
    expect(await codeOf(acme.field.update(upsert(1001)))).toMatch(/^P20/)
    expect(await created()).toBe(0)
  })
})

test('the same foreign key in a row that is created for certain is refused', async () => {
  const comments = { create: foreign(5002), upsert: { ...there, update: changed } }
  expect(await codeOf(acme.user.update({ where: { id: 'u1' }, data: { comments } }))).toBe(CONFLICT)
  const reversed = { upsert: { ...there, update: changed }, create: foreign(5002) }
  expect(await codeOf(acme.user.update({ where: { id: 'u1' }, data: { comments: reversed } }))).toBe(CONFLICT)
  expect(await textOf(1001)).toBe('comment of acme')
  expect(await foreigners()).toBe(0)
})

test('another tenant’s row is not there', async () => {
  const call = acme.comment.upsert({ where: { id: 1002 }, create: foreign(5001), update: changed })
  expect(await codeOf(call)).toBe(CONFLICT)
})

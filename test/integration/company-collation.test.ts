import { beforeAll, describe, expect, test } from 'vitest'
import { testProvider } from '../support/database.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Rows of a tenant whose name MySQL's usual collations take for `acme`, made past the extension. */
const { acme, fill, main, plain, prisma } = await openFilledCompany()

beforeAll(async () => {
  await fill()
  if (testProvider() !== 'mysql') return
  await plain.envelope.create({ data: { id: 'folded', orgId: 'ACME', subject: 'plain' } })
  await plain.recipient.create({ data: { id: 5, token: 'folded', email: 'plain', envelopeId: 'folded', userId: 'u2' } })
  await plain.field.create({ data: { id: 5, recipientId: 5 } })
  await plain.project.create({ data: { id: 'folded', slug: 'folded', orgId: 'ACME', number: 5 } })
  await plain.item.create({ data: { id: 5, name: 'plain', orgId: 'ACME', number: 5 } })
})

describe.runIf(testProvider() === 'mysql')('where the collation treats ACME as acme', () => {
  test.each<[string, () => PromiseLike<unknown>]>([
    ['a list', () => acme.recipient.findMany()],
    ['plain columns', () => acme.recipient.findMany({ select: { token: true } })],
    ['one row', () => acme.recipient.findUnique({ where: { id: 5 }, select: { order: true } })],
    ['the first', () => acme.recipient.findFirst({ where: { id: 5 }, select: { order: true } })],
    ['two steps away', () => acme.field.findMany({ select: { page: true } })],
    [
      'through another relation',
      () => acme.user.findUnique({ where: { id: 'u2' }, select: { recipients: { select: { token: true } } } }),
    ],
    ['a key that contains the tenant column', () => acme.item.findMany({ select: { number: true } })],
    ['a written row', () => acme.recipient.update({ where: { id: 5 }, data: { order: 3 }, select: { order: true } })],
    ['without a tenant', () => prisma.recipient.findMany({ where: { id: 5 } })],
    ['looked up', () => prisma.recipient.update({ where: { id: 5 }, data: { name: 'x' } })],
    ['asked for', () => prisma.$encryption.tenantOf('Recipient', { id: 5 })],
  ])('its rows reach no caller: %s', async (_how, call) => {
    expect((await refusal(call)).code).toBe('ENVELOPE_TENANT_INVALID')
  })

  test('rows beside them can be read', async () => {
    expect(await acme.recipient.findMany({ where: { id: 1001 }, include: { fields: true } })).toMatchObject([
      { name: 'name of acme', fields: [{ value: 'value of acme' }] },
    ])
    expect(
      await acme.envelope.findUnique({ where: { id: 'e-acme' }, include: { recipients: true, comments: true } }),
    ).toMatchObject({ recipients: [{ id: 1001 }] })
    expect(Object.keys((await acme.field.findMany({ where: { id: 1001 } }))[0] ?? {})).toEqual([
      'id',
      'kind',
      'page',
      'value',
      'recipientId',
    ])
    expect(await main.comment.findMany({ select: { text: true } })).toEqual([{ text: 'comment of nobody' }])
  })
})

test('tenants that differ in letter case are two, or are refused', async () => {
  if (testProvider() === 'mysql')
    expect((await refusal(prisma.$forTenant('ACME').recipient.findMany())).code).toBe('ENVELOPE_TENANT_INVALID')
  else expect(await prisma.$forTenant('ACME').recipient.findMany()).toEqual([])
})

import { beforeAll, describe, expect, test } from 'vitest'
import { openCompany } from '../support/company-stage.js'
import { refusal } from '../support/stage.js'

const stage = await openCompany()
const { acme, globex, main, prisma, plain, extend, sqlOf } = stage

beforeAll(async () => {
  await plain.org.createMany({ data: ['acme', 'globex'].map((id) => ({ id, name: id })) })
  await main.user.createMany({
    data: [
      { id: 'u1', email: 'ann@example.com', name: 'Ann' },
      { id: 'u2', email: 'bob@example.com', name: 'Bob' },
      { id: 'u3', email: 'eve@example.com', name: 'Eve' },
    ],
  })
  for (const [client, orgId, users] of [
    [acme, 'acme', ['u1', 'u2']],
    [globex, 'globex', ['u2', 'u3']],
  ] as const) {
    for (const userId of users) await client.membership.create({ data: { orgId, userId, title: `of ${userId}` } })
    const envelope = { id: `e-${orgId}`, orgId, subject: `Lease of ${orgId}` }
    await client.envelope.create({ data: envelope })
    for (const name of ['Ann', 'Zoe']) {
      const recipient = { email: `${name}@${orgId}.com`, name, token: `${orgId}-${name}`, envelopeId: envelope.id }
      const { id } = await client.recipient.create({ data: recipient })
      await client.field.create({ data: { recipientId: id, value: `signed by ${name} of ${orgId}` } })
    }
    await client.comment.create({ data: { text: `about ${orgId}`, envelopeId: envelope.id } })
  }
  await main.comment.create({ data: { text: 'about nobody' } })
})

describe('rows that belong to other rows', () => {
  test('are found in their own tenant, one step and two steps from it', async () => {
    const search = {
      match: { name: { startsWith: 'A' } },
      select: { email: true, envelope: { select: { id: true } } },
    } as const
    const { rows } = await acme.$encryption.search('Recipient', search)
    expect(rows).toEqual([{ id: expect.any(Number), email: 'Ann@acme.com', envelope: { id: 'e-acme' } }])
    const fields = await globex.$encryption.search('Field', {
      match: { value: { contains: 'signed' } },
      orderBy: { value: 'desc' },
      select: { value: true },
    })
    expect(fields.rows.map(({ value }) => value)).toEqual(['signed by Zoe of globex', 'signed by Ann of globex'])
  })

  test.each([true, false])("and other tenants' are not, whatever where says, with scope: %s", async (scope) => {
    const client = extend({ scope }).$forTenant('acme')
    for (const where of [
      {},
      { envelopeId: 'e-globex' },
      { OR: [{ envelope: { orgId: 'globex' } }, { id: { gt: 0 } }] },
    ]) {
      const { rows } = await client.$encryption.search('Recipient', { where, select: { token: true } })
      for (const { token } of rows) expect(token).toMatch(/^acme-/)
    }
    const paged = await client.$encryption.search('Recipient', { take: 1, orderBy: { name: 'desc' } })
    expect(
      (await client.$encryption.search('Recipient', { cursor: paged.cursor ?? {}, orderBy: { name: 'desc' } })).rows,
    ).toHaveLength(1)
    expect(await client.$encryption.search('Recipient', { max: 2 })).toMatchObject({ rows: { length: 2 } })
  })

  test('are searched by an index beside it', async () => {
    const { rows } = await acme.$encryption.search('Recipient', {
      where: { email: 'ZOE@acme.com' },
      match: { name: 'Zoe' },
    })
    expect(rows).toHaveLength(1)
  })

  test('without a parent are those of the shared tenant', async () => {
    const texts = async (client: typeof acme) =>
      (await client.$encryption.search('Comment', { select: { text: true } })).rows.map(({ text }) => text)
    expect(await texts(acme)).toEqual(['about acme'])
    expect(await texts(main)).toEqual(['about nobody'])
  })

  test('need a tenant: the option of the client is none of theirs', async () => {
    expect((await refusal(prisma.$encryption.search('Recipient'))).code).toBe('ENVELOPE_TENANT_REQUIRED')
    expect((await refusal(extend({ tenant: 'acme' }).$encryption.search('Recipient'))).code).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
    expect((await prisma.$encryption.search('Recipient', { tenant: 'acme' })).rows).toHaveLength(2)
  })
})

describe('rows that all tenants share', () => {
  const users = {
    match: { name: { not: null } },
    select: { name: true, memberships: { select: { title: true } } },
  } as const

  test('are refused to a bound client without a where, before SQL', async () => {
    const sql = await sqlOf(async () => {
      for (const where of [undefined, {}, { NOT: {} }]) {
        const error = await refusal(acme.$encryption.search('User', { ...users, ...(where && { where }) }))
        expect(error.code).toBe('ENVELOPE_TENANT_UNPROTECTED')
        expect(error.message).toContain('where')
      }
    })
    expect(sql).toEqual([])
  })

  test('are found among those that the where reaches, with what is of the tenant', async () => {
    const { rows } = await acme.$encryption.search('User', { ...users, where: { memberships: { some: {} } } })
    expect(rows).toEqual([
      { id: 'u1', name: 'Ann', memberships: [{ title: 'of u1' }] },
      { id: 'u2', name: 'Bob', memberships: [{ title: 'of u2' }] },
    ])
  })

  test('are all found by a client of nobody, or of the shared tenant: without what belongs to others', async () => {
    for (const client of [prisma, main]) {
      const { rows } = await client.$encryption.search('User', users)
      expect(rows.map(({ name }) => name)).toEqual(['Ann', 'Bob', 'Eve'])
      for (const { memberships } of rows) expect(memberships).toEqual([])
    }
    expect((await refusal(acme.$encryption.search('User', { ...users, tenant: 'acme' }))).code).toBe(
      'ENVELOPE_TENANT_CONFLICT',
    )
  })
})

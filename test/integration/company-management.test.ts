import { readReplicas } from '@prisma/extension-read-replicas'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedModels, PrismaClient } from '../support/company-client.js'
import { named } from '../support/company-stage.js'
import { recordingAdapter } from '../support/recording-adapter.js'
import { tagOf, wrappingOf } from '../support/rotation.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** `$encryption`, rewraps and other clients, where rows of several tenants and shared ones are in one call. */
const { acme, database, extend, fill, globex, kms, main, openAll, plain, prisma, sqlOf, stored } =
  await openFilledCompany()

beforeEach(fill)

test('the shared tenant is not erased: its rows belong to all tenants', async () => {
  const error = await refusal(prisma.$encryption.shred({ tenant: 'main', dryRun: true }))
  expect(error.code).toBe('ENVELOPE_CONFIG_INVALID')
  expect(error.message).toContain('the shared tenant cannot be erased')
})

describe('tenantOf', () => {
  const strict = extend({ requireTenant: true })
  test.each<[string, keyof typeof encryptedModels.models, object, string | undefined]>([
    ['its column', 'Envelope', { id: 'e-acme' }, 'acme'],
    ['its own id', 'Org', { id: 'globex' }, 'globex'],
    ['a compound unique', 'Membership', { orgId_userId: { orgId: 'globex', userId: 'u1' } }, 'globex'],
    ['one step', 'Recipient', { token: 'r-acme' }, 'acme'],
    ['two steps', 'Field', { id: 1002 }, 'globex'],
    ['a unique that is no id', 'Task', { id: 1001 }, 'acme'],
    ['two columns', 'Note', { id: 1002 }, 'globex'],
    ['without encrypted fields', 'Place', { region_code: { region: 'r', code: 2 } }, 'globex'],
    ['a key that contains the tenant column', 'Item', { id: 1001 }, 'acme'],
    ['a shared model', 'User', { id: 'u1' }, 'main'],
    ['a shared model, by an encrypted unique', 'User', { email: ' ANN@example.com ' }, 'main'],
    ['through a shared model', 'Session', { token: 'session of ann' }, 'main'],
    ['by an encrypted unique of all tenants', 'Project', { secret: 'project of globex' }, 'globex'],
    ['an optional column', 'Credential', { id: 1001 }, 'acme'],
    ['an optional column that is NULL', 'Credential', { id: 1003 }, 'main'],
    ['an optional step', 'Comment', { id: 1002 }, 'globex'],
    ['an optional step that is NULL', 'Comment', { id: 1003 }, 'main'],
    ['no row', 'Recipient', { token: 'none' }, undefined],
    ['a condition beside the unique', 'Recipient', { token: 'r-acme', order: 5 }, undefined],
  ])('%s', async (_how, model, where, tenant) => {
    const given = structuredClone(where)
    expect(await prisma.$encryption.tenantOf(model, given)).toBe(tenant)
    expect(given).toEqual(where)
    expect(await strict.$encryption.tenantOf(model, where)).toBe(tenant)
    for (const bound of ['acme', 'globex', 'main']) {
      const own = tenant === bound || (tenant === 'main' && ['User', 'Session'].includes(model)) ? tenant : undefined
      expect(await prisma.$forTenant(bound).$encryption.tenantOf(model, where)).toBe(own)
      expect(await runWithTenant(bound, () => prisma.$encryption.tenantOf(model, where))).toBe(own)
    }
    if (tenant !== undefined) expect(() => prisma.$forTenant(tenant)).not.toThrow()
  })

  test('opens nothing, and says what it cannot answer', async () => {
    const before = prisma.$encryption.stats().opened
    await prisma.$encryption.tenantOf('Field', { id: 1001 })
    expect(prisma.$encryption.stats().opened).toBe(before)
    expect((await refusal(prisma.$encryption.tenantOf('Setting', { key: 'k' }))).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect((await refusal(prisma.$encryption.tenantOf('No' as never, { id: 1 }))).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect(
      (
        await refusal(
          prisma.$encryption.tenantOf('Recipient', {
            envelopeId_emailIndex: { envelopeId: 'e-acme', email: 'rex@acme.org' },
          }),
        )
      ).code,
    ).toBe('ENVELOPE_TENANT_REQUIRED')
    const inherited = JSON.parse('{"__proto__": {"token": "r-acme"}}') as object
    expect((await refusal(prisma.$encryption.tenantOf('Recipient', inherited))).code).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
    expect((await refusal(prisma.$encryption.tenantOf('Recipient', { tokn: 'a' }))).code).toBe(
      'ENVELOPE_ARGUMENT_UNKNOWN',
    )
    expect((await refusal(prisma.$encryption.tenantOf('Recipient', { name: 'a' }))).code).toBe(
      'ENVELOPE_FILTER_UNSUPPORTED',
    )
    expect((await refusal(prisma.$encryption.tenantOf('Recipient', 'r-acme' as never))).code).toBe(
      'ENVELOPE_VALUE_INVALID',
    )
    expect(
      await acme.$encryption.tenantOf('Recipient', {
        envelopeId_emailIndex: { envelopeId: 'e-acme', email: 'rex@acme.org' },
      }),
    ).toBe('acme')
  })
})

describe('values one by one', () => {
  test('of a shared model, for whoever calls', async () => {
    for (const db of [prisma, acme, main, extend({ tenant: 'globex' })]) {
      const sealed = await db.$encryption.seal('User', 'name', 'Zoe')
      await plain.user.update({ where: { id: 'u2' }, data: { name: String(sealed) } })
      expect(await globex.user.findUnique({ where: { id: 'u2' } })).toMatchObject({ name: 'Zoe' })
      expect(await db.$encryption.open('User', 'name', sealed)).toBe('Zoe')
      const token = await db.$encryption.index('User', 'email', 'ANN@example.com')
      expect(await plain.user.findUnique({ where: { emailIndex: token } })).toMatchObject({ id: 'u1' })
    }
    expect((await refusal(prisma.$encryption.seal('User', 'name', 'Zoe', { tenant: 'acme' }))).code).toBe(
      'ENVELOPE_TENANT_CONFLICT',
    )
    expect(await acme.$encryption.seal('Account', 'token', 'x', { tenant: 'main' })).toMatch(/^pe1:/)
  })

  test('of rows that belong to others: the tenant has to be said', async () => {
    const sealed = await prisma.$encryption.seal('Recipient', 'name', 'Zoe', { tenant: 'acme' })
    await plain.recipient.update({ where: { id: 1001 }, data: { name: String(sealed) } })
    expect(await acme.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'Zoe' })
    for (const work of [
      () => prisma.$encryption.seal('Recipient', 'name', 'Zoe'),
      () => extend({ tenant: 'acme' }).$encryption.seal('Recipient', 'name', 'Zoe'),
      () => prisma.$encryption.index('Recipient', 'email', 'x'),
    ])
      expect((await refusal(work)).code).toBe('ENVELOPE_TENANT_REQUIRED')
    for (const work of [
      () => main.$encryption.seal('Recipient', 'name', 'Zoe'),
      () => prisma.$encryption.seal('Field', 'value', 'Zoe', { tenant: 'main' }),
      () => main.$encryption.seal('Membership', 'title', 'Zoe'),
    ])
      expect((await refusal(work)).code).toBe('ENVELOPE_TENANT_INVALID')
    expect(await main.$encryption.seal('Comment', 'text', 'x')).toMatch(/^pe1:/)
    expect(await main.$encryption.seal('Credential', 'secret', 'x')).toMatch(/^pe1:/)
    expect((await refusal(acme.$encryption.seal('Comment', 'text', 'x', { tenant: 'main' }))).code).toBe(
      'ENVELOPE_TENANT_CONFLICT',
    )
  })

  test('raw rows', async () => {
    const rows = (table: string) =>
      plain.$queryRawUnsafe<object[]>(`SELECT * FROM ${named(table)} WHERE id IN (1001, 1003) ORDER BY id`)
    const users = await plain.$queryRawUnsafe<object[]>(`SELECT * FROM ${named('User')} ORDER BY id`)
    for (const db of [prisma, acme, globex, main, extend({ tenant: 'acme' })])
      expect(await db.$encryption.openRows('User', users)).toMatchObject([
        { name: 'Ann' },
        { email: 'bob@example.com' },
      ])
    expect(await acme.$encryption.openRows('Recipient', await rows('Recipient'))).toMatchObject([
      { name: 'name of acme' },
    ])
    expect((await refusal(prisma.$encryption.openRows('Recipient', await rows('Recipient')))).code).toBe(
      'ENVELOPE_TENANT_REQUIRED',
    )
    expect(
      (await refusal(extend({ tenant: 'acme' }).$encryption.openRows('Recipient', await rows('Recipient')))).code,
    ).toBe('ENVELOPE_TENANT_REQUIRED')
    expect((await refusal(globex.$encryption.openRows('Recipient', await rows('Recipient')))).code).toBe(
      'ENVELOPE_TENANT_MISMATCH',
    )
    const credentials = await rows('Credential')
    expect(await prisma.$encryption.openRows('Credential', credentials)).toMatchObject([
      { secret: 'secret of acme' },
      { secret: 'secret of ann' },
    ])
    expect((await refusal(acme.$encryption.openRows('Credential', credentials))).code).toBe('ENVELOPE_TENANT_MISMATCH')
    expect(await main.$encryption.openRows('Credential', credentials.slice(1))).toMatchObject([
      { secret: 'secret of ann' },
    ])
    const [other] = await plain.$queryRawUnsafe<object[]>(`SELECT * FROM ${named('Item')} WHERE id = 1001`)
    expect(await prisma.$encryption.openRows('Item', [other ?? {}])).toMatchObject([{ name: 'item of acme' }])
    expect((await refusal(prisma.$encryption.openRows('Item', [{ ...other, orgId: 'main' }]))).code).toBe(
      'ENVELOPE_TENANT_INVALID',
    )
  })
})

describe('after the tenants’ CMKs were replaced', async () => {
  for (const tenant of ['acme', 'globex', 'main']) await kms.createKey({ alias: `alias/tenant/${tenant}-next` })
  const next = () =>
    extend({ cmk: (tenant) => ({ current: `alias/tenant/${tenant}-next`, previous: [`alias/tenant/${tenant}`] }) })
  const tagOfAlias = async (alias: string) => tagOf((await kms.provider.describeKey({ keyId: alias })).cmk.arn)
  const wrapped = async (table: string, column: string, id: string | number) =>
    wrappingOf(await stored(table, column, id)).cmk

  test('one result rewraps rows of two tenants and shared ones, each under its own', async () => {
    const db = next()
    const order = (await stored('Recipient', 'order', 1001)) ?? 0
    const user = await db.user.findUniqueOrThrow({
      where: { id: 'u1' },
      include: {
        recipients: { include: { fields: true }, orderBy: { id: 'asc' } },
        memberships: true,
        comments: true,
        credentials: true,
      },
    })
    expect(user.recipients).toMatchObject([{ name: 'name of acme' }, { name: 'name of globex' }])
    await db.$encryption.idle()
    expect(db.$encryption.stats().rewrap).toMatchObject({ rewrapped: 13, failed: 0, overtaken: 0 })
    for (const [table, column, id, tenant] of [
      ['User', 'name', 'u1', 'main'],
      ['Recipient', 'name', 1001, 'acme'],
      ['Recipient', 'email', 1002, 'globex'],
      ['Field', 'value', 1001, 'acme'],
      ['Field', 'value', 1002, 'globex'],
      ['Comment', 'text', 1003, 'main'],
      ['Credential', 'secret', 1003, 'main'],
      ['Membership', 'title', 1002, 'globex'],
    ] as const)
      expect(await wrapped(table, column, id)).toBe(await tagOfAlias(`alias/tenant/${tenant}-next`))
    expect(await stored('Recipient', 'order', 1001)).toBe(order)
    await next().user.findMany({ include: { recipients: true } })
    // With the previous CMKs gone, all of it opens.
    const only = extend({ cmk: (tenant) => `alias/tenant/${tenant}-next` })
    expect(
      await only.user.findMany({
        where: { id: 'u1' },
        include: { recipients: { include: { fields: true } }, comments: true },
      }),
    ).toHaveLength(1)
  })

  test('what a bound client may not see is not rewrapped', async () => {
    const db = next()
    await db.$forTenant('acme').user.findMany({ include: { recipients: true, comments: true } })
    await db.$forTenant('acme').recipient.findUnique({ where: { id: 1002 } })
    await db.$encryption.idle()
    expect(await wrapped('Recipient', 'name', 1001)).toBe(await tagOfAlias('alias/tenant/acme-next'))
    expect(await wrapped('Recipient', 'name', 1002)).toBe(await tagOfAlias('alias/tenant/globex'))
    expect(await wrapped('Comment', 'text', 1003)).toBe(await tagOfAlias('alias/tenant/main'))
    await openAll()
  })

  test('a row that was moved between the read and the rewrap is left alone', async () => {
    const db = next()
    await db.recipient.findUnique({ where: { id: 1001 }, select: { name: true } })
    await db.$encryption.idle()
    await prisma.recipient
      .update({ where: { id: 1001 }, data: { name: 'written since' } })
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'ENVELOPE_CMK_UNTRUSTED' }))
  })
})

describe('read replicas', () => {
  const primary = recordingAdapter(database.adapter())
  const replica = recordingAdapter(database.adapter())
  const [primaryClient, replicaClient] = [primary, replica].map(
    ({ factory }) => new PrismaClient({ adapter: factory }),
  ) as [PrismaClient, PrismaClient]
  const db = primaryClient
    .$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'company',
        kms: kms.provider,
        cmk: (tenant) => `alias/tenant/${tenant}`,
        indexCmk: 'alias/index',
      }),
    )
    .$extends(readReplicas({ replicas: [replicaClient] }))
  afterAll(() => Promise.all([primaryClient.$disconnect(), replicaClient.$disconnect()]))

  test('a read goes to the replica, what a write has looked up does not', async () => {
    replica.statements.length = 0
    primary.statements.length = 0
    expect(await db.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'name of acme' })
    expect(primary.statements).toEqual([])
    replica.statements.length = 0
    await db.field.create({ data: { value: 'v', recipientId: 1001 } })
    await db.recipient.update({ where: { id: 1001 }, data: { name: 'n' } })
    await db.$forTenant('acme').field.create({ data: { value: 'v', recipientId: 1001 } })
    expect(replica.statements).toEqual([])
    expect(await db.$forTenant('globex').recipient.findUnique({ where: { id: 1001 } })).toBeNull()
    expect(await sqlOf(() => undefined)).toEqual([])
  })
})

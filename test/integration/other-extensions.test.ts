import { describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedModels, Prisma, PrismaClient } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, kms, plain, prisma, stored } = await openStage()

const { id } = await acme.patient.create({
  data: { email: 'Ann@Example.com', ssn: '123', visits: { create: { reason: 'flu' } } },
})

const encryption = () =>
  fieldEncryption({
    models: encryptedModels,
    app: 'test',
    kms: kms.provider,
    cmk: (tenant) => `alias/tenant/${tenant}`,
    indexCmk: 'alias/index',
  })

/** Prisma gives computed rows as proxies: what a caller can see of them. */
const plainly = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows))

const domain = Prisma.defineExtension({
  result: { patient: { domain: { needs: { email: true }, compute: ({ email }) => email.split('@')[1] } } },
})

describe('a result extension', () => {
  test.each([
    ['after', () => prisma.$extends(domain)],
    ['before', () => plain.$extends(domain).$extends(encryption())],
  ])('placed %s ours computes from opened values, also ones that were not selected', async (_where, extend) => {
    const client = extend()
    const select = { domain: true } as const
    const wanted = { domain: 'Example.com' }
    expect(plainly(await client.patient.findUniqueOrThrow({ where: { id }, select }))).toEqual(wanted)
    expect(plainly(await client.patient.findFirst({ select: { domain: true, email: true } }))).toEqual({
      domain: 'Example.com',
      email: 'Ann@Example.com',
    })
    expect(plainly(await client.visit.findFirst({ select: { patient: { select } } }))).toEqual({ patient: wanted })
    expect(plainly(await client.$forTenant('acme').patient.findMany({ select }))).toEqual([wanted])
  })

  test('that needs the tenant column gets it, though it is not in the result', async () => {
    const label = prisma.$extends({
      result: {
        patient: {
          label: { needs: { tenantId: true, email: true }, compute: ({ tenantId, email }) => `${tenantId}/${email}` },
        },
      },
    })
    const wanted = { label: 'acme/Ann@Example.com', ssn: '123' }
    for (const client of [label, label.$forTenant('acme')]) {
      const row = await client.patient.findUniqueOrThrow({ where: { id }, select: { label: true, ssn: true } })
      expect(plainly(row)).toEqual(wanted)
      expect(Object.keys(row).sort()).toEqual(['label', 'ssn'])
    }
  })
})

describe('a computed field that needs what is omitted, and what we add for ourselves,', () => {
  // The tenant column is added to know whose rows they are, and the id to rewrap them.
  const labels = Prisma.defineExtension({
    result: {
      patient: {
        label: { needs: { tenantId: true, id: true }, compute: (row) => `${row.tenantId}/${row.id}` },
      },
      visit: { owner: { needs: { tenantId: true }, compute: (row) => `of ${row.tenantId}` } },
    },
  })
  const omitting = new PrismaClient({
    adapter: database.adapter(),
    omit: { patient: { tenantId: true, id: true }, visit: { tenantId: true, id: true } },
  })
  const label = `acme/${id}`
  const omit = { tenantId: true, id: true } as const

  test.each([
    ['by omit', () => prisma.$extends(labels), { omit }, { omit }],
    ['by omit, placed before ours', () => plain.$extends(labels).$extends(encryption()), { omit }, { omit }],
    ["by the client's omit", () => omitting.$extends(encryption()).$extends(labels), {}, {}],
    ["by the client's omit, placed before ours", () => omitting.$extends(labels).$extends(encryption()), {}, {}],
  ])('is computed: %s', async (_how, extend, here, below) => {
    const client = extend() as ReturnType<typeof extendedBy>
    for (const one of [client, client.$forTenant('acme')]) {
      const include = { visits: below } as const
      const rows = [
        await one.patient.findFirstOrThrow({ where: { id }, ...here, include }),
        ...(await one.patient.findMany({ ...here, include })),
        await one.patient.update({ where: { id }, data: { age: 3 }, ...here, include }),
      ]
      for (const row of rows) {
        expect(row).toMatchObject({ label, email: 'Ann@Example.com', visits: [{ owner: 'of acme', reason: 'flu' }] })
        for (const part of [row, row.visits[0] ?? {}]) {
          expect(Object.keys(part)).not.toContain('tenantId')
          for (const hidden of ['tenantId', 'id']) {
            expect(hidden in part, hidden).toBe(false)
            expect(Reflect.get(part, hidden), hidden).toBeUndefined()
          }
        }
      }
    }
  })

  test('is computed where it is selected, and shows nothing else', async () => {
    const client = prisma.$extends(labels)
    const row = await client.patient.findUniqueOrThrow({ where: { id }, select: { label: true, ssn: true } })
    expect(plainly(row)).toEqual({ label, ssn: '123' })
    expect('tenantId' in row).toBe(false)
    const visit = await client.visit.findFirstOrThrow({ select: { owner: true, reason: true } })
    expect(plainly(visit)).toEqual({ owner: 'of acme', reason: 'flu' })
    expect('id' in visit).toBe(false)
  })

  test('leaves nothing behind if it is omitted or absent', async () => {
    const client = prisma.$extends(labels)
    const row = await client.patient.findUniqueOrThrow({ where: { id }, omit: { ...omit, label: true } })
    expect(row).not.toHaveProperty('tenantId')
    expect(row).not.toHaveProperty('label')
    const bare = await omitting.$extends(encryption()).patient.findFirstOrThrow({ where: { id } })
    expect(bare).not.toHaveProperty('tenantId')
    expect(bare).not.toHaveProperty('id')
    await omitting.$disconnect()
  })

  /** All four are of the same results. */
  function extendedBy() {
    return prisma.$extends(labels)
  }
})

describe('a model extension', () => {
  const search = Prisma.defineExtension({
    model: {
      patient: {
        async emails() {
          const context = Prisma.getExtensionContext(this)
          // The context is the delegate, whose type this definition cannot know.
          const rows = await (context as unknown as typeof prisma.patient).findMany({ select: { email: true } })
          return rows.map(({ email }) => email)
        },
      },
    },
  })

  test.each([
    ['after', () => prisma.$extends(search)],
    ['before', () => plain.$extends(search).$extends(encryption())],
  ])('placed %s ours gets opened values, and its view is bound', async (_where, extend) => {
    const client = extend()
    expect(await client.patient.emails()).toEqual(['Ann@Example.com'])
    expect(await client.$forTenant('acme').patient.emails()).toEqual(['Ann@Example.com'])
    expect(await client.$forTenant('globex').patient.emails()).toEqual([])
  })

  test('that replaces an operation is called for the tenant, whichever client it calls', async () => {
    // The client that it has captured is bound to no tenant: only the context says for whom the call is.
    const count = async () => (await prisma.patient.findMany({ select: { id: true } })).length
    const replaced = prisma.$extends({ model: { patient: { count, counted: count } } })
    const patched = prisma.$extends({})
    Reflect.set(patched.patient, 'count', count)
    for (const [tenant, expected] of [['acme', 1] as const, ['globex', 0] as const]) {
      expect(await replaced.$forTenant(tenant).patient.count()).toBe(expected)
      expect(await replaced.$forTenant(tenant).patient.counted()).toBe(expected)
      expect(await patched.$forTenant(tenant).patient.count()).toBe(expected)
    }
  })
})

describe('a query extension', () => {
  test('placed before ours sees plaintext, on both ways', async () => {
    const seen: unknown[] = []
    const client = plain
      .$extends({
        query: {
          patient: {
            async create({ args, query }) {
              seen.push(args.data.email)
              args.data.email = args.data.email.toLowerCase()
              const row = await query(args)
              seen.push(row.email)
              return row
            },
          },
        },
      })
      .$extends(encryption())
    const row = await client.$forTenant('acme').patient.create({ data: { email: 'BOB' } })
    expect(seen).toEqual(['BOB', 'bob'])
    expect(row.email).toBe('bob')
    expect(await stored('patients', 'email_sealed', row.id)).toMatch(/^pe1:/)
    await client.patient.delete({ where: { id: row.id } })
  })

  test('placed after ours sees envelopes, on both ways', async () => {
    const seen: unknown[] = []
    const client = prisma.$extends({
      query: {
        patient: {
          async $allOperations({ args, query }) {
            seen.push(Reflect.get(args, 'data')?.email)
            const row: unknown = await query(args)
            if (typeof row === 'object' && row !== null) seen.push(Reflect.get(row, 'email'))
            return row
          },
        },
      },
    })
    const row = await client.$forTenant('acme').patient.create({ data: { email: 'BOB' } })
    expect(row.email).toBe('BOB')
    expect(seen).toHaveLength(2)
    for (const value of seen) expect(value).toMatch(/^pe1:/)
    await client.patient.delete({ where: { id: row.id } })
  })
})

describe('a client that another extension returns', () => {
  const before = Prisma.defineExtension({
    model: {
      $allModels: {
        async first() {
          // What extensions do to reach the client below: https://www.prisma.io/docs/orm/prisma-client/client-extensions/model
          const context = Prisma.getExtensionContext(this) as unknown as { $parent: typeof plain; $name: 'patient' }
          return context.$parent.patient.findFirst({ select: { email: true } })
        },
      },
    },
  })

  test('the client before ours, $parent, encrypts and is bound as its child is', async () => {
    const parentOf = (client: unknown) => (client as { $parent: typeof prisma }).$parent
    const later = prisma.$extends(domain)
    for (const client of [prisma, later, parentOf(prisma), parentOf(later), parentOf(parentOf(parentOf(prisma)))]) {
      expect(await parentOf(client).patient.findMany({ select: { email: true } })).toEqual([
        { email: 'Ann@Example.com' },
      ])
      for (const tenant of ['acme', 'globex']) {
        const bound = parentOf(client).$forTenant(tenant)
        expect(await parentOf(bound).patient.count()).toBe(tenant === 'acme' ? 1 : 0)
      }
      expect(await parentOf(client.patient).patient.findFirst({ select: { ssn: true } })).toEqual({ ssn: '123' })
    }
  })

  test('$parent inside model methods, placed before or after ours, returns opened values of the own tenant', async () => {
    for (const client of [plain.$extends(before).$extends(encryption()), prisma.$extends(before)]) {
      expect(await client.patient.first()).toEqual({ email: 'Ann@Example.com' })
      expect(await client.$forTenant('acme').patient.first()).toEqual({ email: 'Ann@Example.com' })
      expect(await client.$forTenant('globex').patient.first()).toBeNull()
      expect(await runWithTenant('globex', () => client.patient.first())).toBeNull()
    }
  })

  test('$parent inside a transaction does not escape encryption', async () => {
    await prisma.$transaction(async (tx) => {
      const { $parent } = tx as unknown as { $parent: typeof plain }
      expect(await refusal(() => $parent.patient.findMany())).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    })
    await prisma.$extends(domain).$transaction(async (tx) => {
      const { $parent } = tx as unknown as { $parent: typeof prisma }
      expect(await $parent.patient.findFirst({ select: { ssn: true } })).toEqual({ ssn: '123' })
    })
  })

  test('in an object, a list, a promise or as a callback’s argument is bound', async () => {
    const client = prisma.$extends((base) =>
      base.$extends({
        client: {
          $held: () => ({ db: plain, encrypted: base, list: [plain] as const }),
          $later: async () => plain,
          $with: <T>(work: (db: typeof plain) => T) => work(plain),
          $pending: () => [base.patient.findMany()] as const,
        },
      }),
    )
    const globex = client.$forTenant('globex')
    const { db, encrypted, list } = globex.$held()
    for (const one of [db, encrypted, list[0], await globex.$later()] as (typeof plain)[]) {
      expect(await one.patient.findMany()).toEqual([])
    }
    expect(await globex.$with((one) => one.patient.findMany())).toEqual([])
    expect(await globex.$pending()[0]).toEqual([])
    expect(await client.$held().db.patient.findFirst({ select: { ssn: true } })).toEqual({ ssn: '123' })
    expect(await client.$with((one) => one.patient.findMany({ select: { ssn: true } }))).toEqual([{ ssn: '123' }])
  })
})

test('extending twice is refused', async () => {
  expect(await refusal(() => prisma.$extends(encryption()))).toMatchObject({ code: 'ENVELOPE_ALREADY_EXTENDED' })
  expect(await refusal(() => acme.$extends(domain).$extends(encryption()))).toMatchObject({
    code: 'ENVELOPE_ALREADY_EXTENDED',
  })
})

test("the client's own omit option may hide encrypted fields and the tenant column", async () => {
  const omitting = new PrismaClient({
    adapter: database.adapter(),
    omit: { patient: { ssn: true, tenantId: true }, visit: { tenantId: true } },
  })
  const client = omitting.$extends(encryption())
  const row = await client.patient.findUniqueOrThrow({ where: { id }, include: { visits: true } })
  expect(row).toMatchObject({ email: 'Ann@Example.com', visits: [{ reason: 'flu' }] })
  expect(row).not.toHaveProperty('ssn')
  expect(row).not.toHaveProperty('tenantId')
  expect(row.visits[0]).not.toHaveProperty('tenantId')
  expect(await client.patient.findUniqueOrThrow({ where: { id }, omit: { ssn: false } })).toMatchObject({ ssn: '123' })
  const written = await client.$forTenant('acme').patient.create({ data: { email: 'x' } })
  expect(written).toMatchObject({ email: 'x' })
  expect(written).not.toHaveProperty('tenantId')
  await client.patient.delete({ where: { id: written.id } })
  await omitting.$disconnect()
})

test('$on before $extends goes on working', async () => {
  const logging = new PrismaClient({ adapter: database.adapter(), log: [{ emit: 'event', level: 'query' }] })
  const queries: string[] = []
  logging.$on('query', (event) => queries.push(event.query + event.params))
  const client = logging.$extends(encryption())
  expect(await client.patient.findUnique({ where: { id }, select: { email: true } })).toEqual({
    email: 'Ann@Example.com',
  })
  await expect.poll(() => queries.length).toBeGreaterThan(0)
  expect(queries.join('\n')).not.toContain('Ann@')
  await logging.$disconnect()
})

import { expect, test } from 'vitest'
import {
  clientInside,
  computedFieldsOf,
  fieldReference,
  globalOmitOf,
  type InternalParams,
  internalParamsOf,
  isAbsent,
  isBrokenUpsert,
  isClient,
  isDecimal,
  isMarker,
  isModelDelegate,
  isOfTransaction,
  isPrismaPromise,
  isPrismasOperation,
  isPrismasOwn,
  isSkip,
  JSON_NULL,
  modelsOfClient,
  nullMarker,
  schemaOfClient,
  sendAs,
} from '../../src/prisma/internals.js'
import { Prisma, PrismaClient, skip } from '../support/client.js'
import { openStage } from '../support/stage.js'

/** Each part of Prisma that `src/prisma/internals.ts` uses, on the release of Prisma that these tests run on. */

const { database, plain } = await openStage()

/** A client that notes what Prisma tells its extension about each call. */
function watching() {
  const seen: (InternalParams | undefined)[] = []
  const client = plain.$extends({
    query: {
      $allOperations(call) {
        seen.push(internalParamsOf(call))
        return call.query(call.args)
      },
    },
  })
  return { client, seen }
}

test('a client, an extended one, and that of a transaction are clients; nothing else is', async () => {
  expect(isClient(plain)).toBe(true)
  expect(isClient(plain.$extends({}))).toBe(true)
  await plain.$transaction(async (tx) => expect(isClient(tx)).toBe(true))
  for (const other of [plain.patient, plain.patient.findMany(), {}, [], null, 'x']) expect(isClient(other)).toBe(false)
})

test('the client of a transaction, also of an extended one, is told from others', async () => {
  const extended = plain.$extends({})
  for (const client of [plain, extended]) expect(isOfTransaction(client)).toBe(false)
  await plain.$transaction(async (tx) => expect(isOfTransaction(tx)).toBe(true))
  await extended.$transaction(async (tx) => expect(isOfTransaction(tx)).toBe(true))
})

test('a model’s delegate is distinguished from a client and from its promises', () => {
  expect(isModelDelegate(plain.patient)).toBe(true)
  for (const other of [plain, plain.patient.findMany(), { $name: 'x' }]) expect(isModelDelegate(other)).toBe(false)
})

test('operations and raw queries return promises of Prisma’s own kind', () => {
  expect(isPrismaPromise(plain.patient.findMany())).toBe(true)
  expect(isPrismaPromise(plain.$queryRaw`SELECT 1`)).toBe(true)
  expect(isPrismaPromise(Promise.resolve([]))).toBe(false)
})

test('a method that an extension replaced is not Prisma’s own', () => {
  const extended = plain.$extends({ client: { $disconnect: async () => {} } })
  for (const name of ['$transaction', '$disconnect', '$queryRaw'] as const) {
    expect(isPrismasOwn(plain, name, plain[name])).toBe(true)
  }
  expect(isPrismasOwn(extended, '$queryRaw', extended.$queryRaw)).toBe(true)
  expect(isPrismasOwn(extended, '$disconnect', extended.$disconnect)).toBe(false)
})

test('an operation that an extension or a test put in its place is not Prisma’s own', () => {
  const isOwn = (delegate: object, key: string) => isPrismasOperation(delegate, key, Reflect.get(delegate, key))
  const methods = { findMany: async () => [], mine: async () => [] }
  const extended = plain.$extends({ model: { patient: methods, $allModels: { count: async () => 0 } } })
  for (const name of ['findMany', 'findUnique', 'create', 'count', 'aggregate', 'groupBy', 'createMany']) {
    expect(isOwn(plain.visit, name)).toBe(true)
  }
  for (const name of ['findMany', 'mine', 'count']) expect(isOwn(extended.patient, name)).toBe(false)
  expect(isOwn(extended.patient, 'create')).toBe(true)
  expect(isOwn(extended.visit, 'count')).toBe(false)

  const patched = plain.$extends({}).patient
  Reflect.set(patched, 'findFirst', async () => null)
  expect(isOwn(patched, 'findFirst')).toBe(false)
})

test('a client knows its models, and the text of its schema with the comments', () => {
  for (const client of [plain, plain.$extends({})]) {
    const fields = modelsOfClient(client)?.Patient?.fields?.map(({ name }) => name)
    expect(fields).toEqual(expect.arrayContaining(['id', 'email', 'visits']))
    expect(schemaOfClient(client)).toMatch(/model Patient \{[^}]*@encrypted/)
  }
})

test('a client shows what its option `omit` hides', async () => {
  const client = new PrismaClient({ adapter: database.adapter(), omit: { patient: { ssn: true } } })
  expect(globalOmitOf(client)).toEqual({ patient: { ssn: true } })
  expect(globalOmitOf(client.$extends({}))).toEqual({ patient: { ssn: true } })
  expect(globalOmitOf(plain)).toEqual({})
  await client.$disconnect()
})

test('the client inside a transaction sees its rows', async () => {
  const { client, seen } = watching()
  await client.$transaction(async (tx) => {
    await tx.tenant.create({ data: { id: 'inside', name: 'Inside' } })
    const transaction = seen.at(-1)?.transaction
    expect(transaction).toMatchObject({ kind: 'itx' })
    const inside = transaction && (clientInside(plain, transaction) as typeof plain | undefined)
    expect(await inside?.tenant.count({ where: { id: 'inside' } })).toBe(1)
  })
})

test('the calls of one list share a lock; a call of its own is in no transaction', async () => {
  const { client, seen } = watching()
  await client.$transaction([client.tenant.count(), client.room.count()])
  await client.$transaction([client.tenant.count()])
  const [one, other, later] = seen.map((params) => params?.transaction)
  expect(one).toMatchObject({ kind: 'batch', lock: expect.any(Object) })
  expect(other?.lock).toBe(one?.lock)
  expect(later?.lock).not.toBe(one?.lock)
  await client.tenant.count()
  expect(seen.at(-1)).toBeDefined()
  expect(seen.at(-1)?.transaction).toBeUndefined()
})

test('a call shows its arguments, and the way of a fluent one', async () => {
  const { client, seen } = watching()
  await client.patient.findUnique({ where: { id: 'none' } }).mentor()
  expect(seen.at(-1)?.dataPath).toEqual(['select', 'mentor'])
  const args = { where: { name: 'n' }, take: 1 }
  await client.tenant.findMany(args)
  expect(seen.at(-1)?.args).toEqual(args)
  expect(seen.at(-1)?.dataPath).toEqual([])
})

test('a call can be sent as another operation, alone and in a list', async () => {
  const client = plain.$extends({
    query: {
      tenant: {
        upsert(call) {
          const { query } = call
          sendAs(internalParamsOf(call) ?? {}, 'update')
          const { where, update } = call.args
          return query({ where, data: update } as never)
        },
      },
    },
  })
  const upsert = (id: string) =>
    client.tenant.upsert({ where: { id }, create: { id, name: 'created' }, update: { name: 'sent' } })
  await plain.tenant.createMany({ data: ['sent-1', 'sent-2'].map((id) => ({ id, name: 'before' })) })
  expect(await upsert('sent-1')).toMatchObject({ name: 'sent' })
  expect(await client.$transaction([upsert('sent-2')])).toMatchObject([{ name: 'sent' }])
  await expect(upsert('sent-3')).rejects.toMatchObject({ code: 'P2025' })
})

test('the computed fields of a client name what they need', () => {
  expect(computedFieldsOf(plain)?.('tenant')).toBeUndefined()
  const result = {
    tenant: { title: { needs: { name: true }, compute: ({ name }: { name: string }) => name } },
  } as const
  const once = plain.$extends({ result })
  expect(computedFieldsOf(once)?.('Tenant')).toMatchObject({ title: { needs: ['name'] } })
  expect(computedFieldsOf(once.$extends({}))?.('Tenant')).toMatchObject({ title: { needs: ['name'] } })
})

test('Prisma’s values are distinguished from documents that look like them', () => {
  expect([isSkip(skip), isAbsent(skip), isAbsent(undefined)]).toEqual([true, true, true])
  expect([isSkip(undefined), isSkip({ ifUndefined: 1 }), isAbsent(null)]).toEqual([false, false, false])
  expect([Prisma.DbNull, Prisma.JsonNull, Prisma.AnyNull, JSON_NULL].map(nullMarker)).toEqual([
    'DbNull',
    'JsonNull',
    'AnyNull',
    'JsonNull',
  ])
  expect([Prisma.DbNull, JSON_NULL].every(isMarker)).toBe(true)
  for (const other of [null, { _getName: 'DbNull' }, 'DbNull']) {
    expect(nullMarker(other)).toBeUndefined()
    expect(isMarker(other)).toBe(false)
  }
})

test('a reference to a field says which one', () => {
  expect(fieldReference(plain.patient.fields.email)).toEqual({ model: 'Patient', field: 'email' })
  expect(fieldReference({ modelName: 'Patient', name: 'email' })).toBeUndefined()
})

test('a Decimal is one of any copy of decimal.js', () => {
  expect(isDecimal(new Prisma.Decimal('1.5'))).toBe(true)
  for (const other of [1.5, '1.5', { toFixed: () => '1.5' }]) expect(isDecimal(other)).toBe(false)
})

test('a nested upsert whose filter matches nothing fails in a way that is recognised; other failures are not', async () => {
  const record = { create: { id: 'record', data: {} } }
  await plain.patient.create({ data: { id: 'patient', tenantId: 'acme', email: 'p', record } })
  const upsert = { where: { tenantId: 'globex' }, create: { tenantId: 'acme', email: 'x' }, update: {} }
  const failed = await plain.record
    .update({ where: { id: 'record' }, data: { patient: { upsert } } })
    .catch((error: unknown) => error)
  expect(isBrokenUpsert(failed)).toBe(true)
  const twice = await plain.patient
    .create({ data: { id: 'patient', tenantId: 'acme', email: 'p' } })
    .catch((e: unknown) => e)
  for (const other of [twice, new Error('other'), undefined]) expect(isBrokenUpsert(other)).toBe(false)
})

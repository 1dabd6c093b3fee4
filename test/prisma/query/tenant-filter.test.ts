import { getDMMF } from '@prisma/get-dmmf'
import { describe, expect, test } from 'vitest'
import { compileModels, foreignTwin, type Plain, planCall } from '../../../src/prisma/query/index.js'
import { compileSchema } from '../../../src/schema/compile.js'
import { newContext } from './new-context.js'

/** What the schema of the integration tests has not: tenants that the database numbers, and fields in the way. */
const models = compileModels(
  compileSchema({
    provider: 'postgresql',
    datamodel: datamodelOf(`
      datasource db {
        provider = "postgresql"
      }
      model Org {
        id      Int      @id @default(autoincrement())
        slug    String   @unique
        members Member[]
      }
      model Member {
        id     Int     @id @default(autoincrement())
        orgId  Int /// @encrypted.tenant
        org    Org     @relation(fields: [orgId], references: [id])
        name   String? /// @encrypted
        a      Int?
        b      Int?
        place  Place?  @relation(fields: [a, b], references: [a, b])
        odd    Odd?
        email  String? @unique
        badgeId Int?   @unique
        badge  Badge?  @relation(fields: [badgeId], references: [id])
        shelfId Int?
        shelf  Shelf?  @relation(fields: [orgId, shelfId], references: [room, id])
      }
      model Badge {
        id     Int     @id
        member Member?
      }
      model Shelf {
        id      Int @id
        orgId   Int /// @encrypted.tenant
        room    Int
        members Member[]
        @@unique([room, id])
      }
      model Place {
        a       Int
        b       Int
        orgId   Int /// @encrypted.tenant
        members Member[]
        parcels Parcel[]
        @@id([a, b])
      }
      model Parcel {
        id    Int    @id
        orgId Int /// @encrypted.tenant
        a     Int?
        b     Int?   @default(1)
        place Place? @relation(fields: [a, b], references: [a, b])
        @@unique([orgId, id])
      }
      model Odd {
        id       Int    @id
        orgId    Int /// @encrypted.tenant
        data     Json?
        where    Json?
        memberId Int    @unique
        member   Member @relation(fields: [memberId], references: [id])
      }
    `),
  }).map,
)

function datamodelOf(schema: string) {
  const dmmf = getDMMF({ datamodel: [['schema.prisma', schema]] })
  if (!('datamodel' in dmmf)) throw new Error('Prisma refuses the schema')
  return dmmf.datamodel
}

function planned(model: string, operation: string, args: Plain, bound: string | null = '1', on = models) {
  const context = newContext(on, { bound: bound ?? undefined, filtersTenant: true })
  const { foreignKeys, absences, created } = planCall(context, on.get(model), operation, args)
  return { args, foreignKeys, absences, created: created.map(({ model }) => model) }
}

function refusal(...call: Parameters<typeof planned>): unknown {
  try {
    planned(...call)
  } catch (error) {
    if (error instanceof Error) return Reflect.get(error, 'code')
  }
  return 'not refused'
}

describe('rows nested under the tenant itself', () => {
  const members = { create: { name: 'n' } }

  test('are refused where the database generates its id, whoever is bound', () => {
    for (const create of [{ name: 'n' }, [{ name: 'n' }], {}]) {
      const data = { slug: 's', members: { create } }
      expect(refusal('Org', 'create', { data })).toBe('ENVELOPE_TENANT_REQUIRED')
    }
    expect(refusal('Org', 'create', { data: { slug: 's', members } }, null)).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(() => planned('Org', 'create', { data: { slug: 's', members } })).toThrow(/Pass that id/)
    expect(refusal('Org', 'update', { where: { slug: 's' }, data: { members } })).toBe('ENVELOPE_TENANT_REQUIRED')
  })

  test('works if the id is given, and is refused if it is another tenant’s', () => {
    expect(refusal('Org', 'create', { data: { id: 1, slug: 's', members } })).toBe('not refused')
    expect(refusal('Org', 'create', { data: { id: 2, slug: 's', members } })).toBe('ENVELOPE_TENANT_CONFLICT')
    expect(refusal('Org', 'update', { where: { id: 1 }, data: { members } })).toBe('not refused')
    expect(refusal('Org', 'create', { data: { slug: 's', members: { create: {} } } }, null)).toBe('not refused')
  })

  test('cannot be connected to another tenant, which would move them there', () => {
    const connect = (where: Plain, write: Plain) => refusal('Org', 'update', { where, data: { members: write } })
    expect(connect({ id: 2 }, { connect: { id: 7 } })).toBe('ENVELOPE_TENANT_CHANGED')
    expect(connect({ slug: 's' }, { connect: { id: 7 } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(connect({ id: 1 }, { connect: { id: 7 } })).toBe('not refused')
  })
})

describe('scalar foreign keys', () => {
  test('of several columns are looked up as one', () => {
    const { foreignKeys } = planned('Member', 'create', { data: { a: 1, b: 2 } })
    expect(foreignKeys).toMatchObject([
      { target: 'Place', field: 'a, b', filter: { orgId: 1 }, reference: { a: 1, b: 2 } },
    ])
    expect(planned('Member', 'create', { data: { a: 1, b: null } }).foreignKeys).toEqual([])
    expect(planned('Member', 'create', { data: { a: 1 } }).foreignKeys).toEqual([])
  })

  test('that nobody can look up are refused: given in part, or by arithmetic', () => {
    const update = (data: Plain) => refusal('Member', 'update', { where: { id: 1 }, data })
    expect(update({ a: 1 })).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect(update({ a: { increment: 1 }, b: 1 })).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect(update({ a: { set: 1 }, b: 1 })).toBe('not refused')
    expect(update({ a: null })).toBe('not refused')
  })

  test('that a default completes are refused, and so is arithmetic on the only column', () => {
    expect(refusal('Parcel', 'create', { data: { a: 1 } })).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect(refusal('Parcel', 'create', { data: { a: 1, b: 2 } })).toBe('not refused')
    const by = (memberId: Plain) => refusal('Odd', 'update', { where: { id: 1 }, data: { memberId } })
    expect(by({ increment: 1 })).toBe('ENVELOPE_TENANT_UNPROTECTED')
    expect(by({ set: 1 })).toBe('not refused')
  })

  test('may point at rows that the call is sure to create, and at no others', () => {
    const created = (operation: string, args: Plain) => planned('Member', operation, args).created
    const nested = { create: { a: 1, b: 2, members: { create: { name: 'n' } } } }
    const update = (place: Plain) => created('update', { where: { id: 1 }, data: { place } })
    expect(update(nested)).toEqual(['Member', 'Place'])
    expect(update({ connectOrCreate: { where: { a_b: { a: 1, b: 2 } }, ...nested } })).toEqual([])
    expect(update({ upsert: { ...nested, update: {} } })).toEqual([])
    const data = [{ name: 'n' }, { name: 'm' }]
    expect(created('createMany', { data })).toEqual(['Member', 'Member'])
    expect(created('createMany', { data, skipDuplicates: false })).toEqual(['Member', 'Member'])
    // A duplicate that is left out may be another tenant's row.
    expect(created('createMany', { data, skipDuplicates: true })).toEqual([])
  })
})

test('taking a shared row from the row that was linked to it is refused: that may be a foreign one', () => {
  const update = (badge: Plain) => refusal('Member', 'update', { where: { id: 1 }, data: { badge } })
  expect(update({ connect: { id: 1 } })).toBe('ENVELOPE_TENANT_UNPROTECTED')
  expect(update({ connectOrCreate: { where: { id: 1 }, create: { id: 1 } } })).toBe('ENVELOPE_TENANT_UNPROTECTED')
  expect(update({ create: { id: 1 } })).toBe('not refused')
  const created = { data: { org: { connect: { id: 1 } }, badge: { connect: { id: 1 } } } }
  expect(refusal('Member', 'create', created)).toBe('ENVELOPE_TENANT_UNPROTECTED')
  expect(() => planned('Member', 'create', created)).toThrow("or write the row's foreign keys as scalars (badgeId).")
  expect(refusal('Member', 'create', { data: { orgId: 1, badgeId: 1 } })).toBe('not refused')
})

test('a foreign key that holds the tenant column, but points at another column with it, protects nothing', () => {
  const orderBy = { shelf: { room: 'asc' } }
  expect(refusal('Member', 'findMany', { orderBy })).toBe('ENVELOPE_TENANT_UNPROTECTED')
})

describe('a row that is created together with the tenant it belongs to', () => {
  const create = (org: Plain, bound: string | null = '1') =>
    refusal('Member', 'create', { data: { name: 'n', org } }, bound)

  test('is refused where the database generates the id of that tenant', () => {
    expect(create({ create: { slug: 's' } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(create({ connectOrCreate: { where: { id: 1 }, create: { slug: 's' } } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(create({ create: { id: 1, slug: 's' } })).toBe('not refused')
    expect(create({ create: { id: 2, slug: 's' } })).toBe('ENVELOPE_TENANT_CONFLICT')
    expect(create({ create: { id: 2, slug: 's' } }, null)).toBe('not refused')
  })

  test('cannot be moved there by an update', () => {
    const update = (org: Plain) => refusal('Member', 'update', { where: { id: 1 }, data: { org } })
    expect(update({ create: { slug: 's' } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(update({ upsert: { create: { slug: 's' }, update: {} } })).toBe('ENVELOPE_TENANT_REQUIRED')
    expect(update({ create: { id: 2, slug: 's' } })).toBe('ENVELOPE_TENANT_CHANGED')
    expect(update({ update: { slug: 's' } })).toBe('not refused')
  })

  test('is refused where two links say two tenants', () => {
    const connect = { connect: { id: 1 }, connectOrCreate: { where: { id: 2 }, create: { id: 2, slug: 's' } } }
    expect(create(connect, null)).toBe('ENVELOPE_TENANT_CONFLICT')
  })
})

test('a row that could take the tenant filter for its own data is refused', () => {
  const update = (write: Plain) => refusal('Member', 'update', { where: { id: 1 }, data: { odd: { update: write } } })
  expect(update({ data: { a: 1 } })).toBe('ENVELOPE_VALUE_INVALID')
  expect(update({ data: { id: 1 }, where: {} })).toBe('ENVELOPE_VALUE_INVALID')
})

describe('an upsert looks for a foreign row first', () => {
  const where = { id: 7 }
  const create = { id: 7, orgId: 1 }
  const looks = (args: Plain, on = models) =>
    planned('Member', 'upsert', structuredClone({ where, create, update: {}, ...args }), '1', on).absences.length > 0

  test('unless the database does the upsert, in one statement, on that unique alone', () => {
    expect(looks({})).toBe(false)
    expect(looks({}, { ...models, provider: 'mysql' })).toBe(true)
    expect(looks({ create: { orgId: 1 } })).toBe(true)
    expect(looks({ create: { ...create, id: 8 } })).toBe(true)
    expect(looks({ where: { ...where, email: 'e' } })).toBe(true)
    expect(looks({ where: { ...where, name: null } })).toBe(true)
    expect(looks({ create: { ...create, odd: { create: { id: 1 } } } })).toBe(true)
    expect(looks({ update: { odd: { delete: true } } })).toBe(true)
    expect(looks({ select: { odd: true } })).toBe(true)
    expect(looks({ include: { org: true } })).toBe(true)
  })

  test('unless the unique holds the tenant', () => {
    const by = { where: { orgId_id: { orgId: 1, id: 7 } }, create: { orgId: 1 } }
    expect(planned('Parcel', 'upsert', { ...by, update: {} }).absences).toEqual([])
  })

  test('by what makes the filter unique, and nothing else of it', () => {
    const filter = { orgId: 1 }
    const twin = (model: string, unique: Plain) => foreignTwin(models.get(model), unique, filter)
    expect(twin('Place', { a_b: { a: 1, b: 2 } })).toEqual({ AND: [{ a: 1, b: 2 }, { NOT: filter }] })
    expect(twin('Member', { id: 7, name: 'n', AND: [{ a: 1 }] })).toEqual({ AND: [{ id: 7 }, { NOT: filter }] })
  })
})

test('a unique filter gets the tenant as a scalar, any other beside what it contains', () => {
  expect(planned('Member', 'findUnique', { where: { id: 1 } }).args.where).toEqual({ id: 1, orgId: 1 })
  expect(planned('Member', 'findMany', {}).args.where).toEqual({ orgId: 1 })
  const where = { orgId: 2, AND: { id: 3 } }
  expect(planned('Member', 'findMany', { where }).args.where).toEqual({ orgId: 2, AND: [{ id: 3 }, { orgId: 1 }] })
  expect(planned('Member', 'findMany', { where: { id: 1 } }, null).args.where).toEqual({ id: 1 })
})

test('a filter that says the very same gets no second one, and one that says less does', () => {
  const where = (given: object) => planned('Member', 'findMany', { where: given }).args.where
  for (const same of [{ orgId: 1 }, { orgId: { equals: 1 } }]) expect(where({ ...same })).toEqual(same)
  const filter = { AND: [{ orgId: 1 }] }
  for (const other of [
    { orgId: { equals: 1, not: 2 } },
    { orgId: { in: [1] } },
    { orgId: { not: 1 } },
    { orgId: '1' },
  ]) {
    expect(where({ ...other })).toEqual({ ...other, ...filter })
  }
  expect(where({ OR: [{ orgId: 1 }] })).toEqual({ OR: [{ orgId: 1 }], orgId: 1 })
})

import { describe, expect, test } from 'vitest'
import { checkForeignKeys } from '../../src/prisma/lookups.js'
import type { CreatedRow, ForeignKeyLookup, Plain } from '../../src/prisma/query/index.js'

/** A client of one model, whose rows are found by equality, `in` and `OR`; and the filters that it was asked with. */
function clientOf(rows: readonly Plain[]) {
  const asked: Plain[] = []
  const meets = (row: Plain, where: Plain): boolean =>
    Object.entries(where).every(([key, value]) => {
      if (key === 'OR') return (value as Plain[]).some((part) => meets(row, part))
      if (key === 'AND') return (value as Plain[]).every((part) => meets(row, part))
      return typeof value === 'object' && value !== null
        ? (value as { in: unknown[] }).in.includes(row[key])
        : row[key] === value
    })
  const place = {
    async findMany({ where }: Plain) {
      asked.push(where as Plain)
      return rows.filter((row) => meets(row, where as Plain))
    },
    // Never called for foreign keys.
    findUnique: async () => null,
  }
  return { client: { place }, asked }
}

const to = (reference: Plain): ForeignKeyLookup => ({
  model: 'Member',
  field: 'placeId',
  target: 'Place',
  filter: { tenantId: 'acme' },
  reference,
})
const own = { tenantId: 'acme', id: 'p', a: 1, b: 2 }
const foreign = { tenantId: 'globex', id: 'f', a: 1, b: 3 }

async function codeOf(links: readonly ForeignKeyLookup[], created: readonly CreatedRow[] = []): Promise<unknown> {
  const { client } = clientOf([own, foreign])
  return checkForeignKeys(client, links, created, 'acme').then(
    () => 'found',
    (error: unknown) => Reflect.get(error as object, 'code'),
  )
}
const CONFLICT = 'ENVELOPE_TENANT_CONFLICT'

describe('a link is found', () => {
  test('only within the tenant, also where the foreign key refers to the tenant column', async () => {
    const org = { tenantId: 'acme' }
    expect(await codeOf([to(org)])).toBe('found')
    expect(await codeOf([to({ tenantId: 'globex' })])).toBe(CONFLICT)
  })

  test('where it leads to a row of the tenant, by one column or by several', async () => {
    expect(await codeOf([to({ id: 'p' })])).toBe('found')
    expect(await codeOf([to({ id: 'f' })])).toBe(CONFLICT)
    expect(await codeOf([to({ a: 1, b: 2 })])).toBe('found')
    expect(await codeOf([to({ a: 1, b: 3 })])).toBe(CONFLICT)
    expect(await codeOf([to({ a: 1, b: 2 }), to({ a: 1, b: 9 })])).toBe(CONFLICT)
  })

  test('by exactly the given name: a different case is another row', async () => {
    expect(await codeOf([to({ id: 'P' }), to({ id: 'p' })])).toBe(CONFLICT)
    expect(await codeOf([to({ id: 'p' }), to({ id: 'P' })])).toBe(CONFLICT)
  })

  test('where the call creates the row: of that model, of that tenant, by all columns', async () => {
    const row: CreatedRow = { model: 'Place', owner: { tenant: 'acme' }, data: { id: 'n', a: 7, b: 8 } }
    expect(await codeOf([to({ id: 'n' })], [row])).toBe('found')
    expect(await codeOf([to({ a: 7, b: 8 })], [row])).toBe('found')
    expect(await codeOf([to({ a: 7, b: 9 })], [row])).toBe(CONFLICT)
    expect(await codeOf([to({ id: 'n' })], [{ ...row, model: 'Member' }])).toBe(CONFLICT)
    expect(await codeOf([to({ id: 'n' })], [{ ...row, owner: { tenant: 'globex' } }])).toBe(CONFLICT)
  })
})

test('links on the same columns are looked up together', async () => {
  const { client, asked } = clientOf([own])
  await checkForeignKeys(client, [to({ id: 'p' }), to({ id: 'p' }), to({ a: 1, b: 2 })], [], 'acme')
  expect(asked).toEqual([
    { AND: [{ tenantId: 'acme' }, { id: { in: ['p'] } }] },
    { AND: [{ tenantId: 'acme' }, { OR: [{ a: 1, b: 2 }] }] },
  ])
})

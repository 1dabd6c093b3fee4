import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { encodePrefix, suites, wrapTag } from '../../src/envelope/index.js'
import { type CountTarget, census } from '../../src/operations/index.js'
import { countTablesOf } from '../../src/prisma/counted-tables.js'
import type { BaseClient } from '../../src/prisma/intercept.js'
import { PrismaClient } from '../support/client.js'
import { openTestDatabase } from '../support/database.js'

const database = await openTestDatabase()
const { provider } = database
const plain = new PrismaClient({ adapter: database.adapter() })
const tables = countTablesOf(provider, plain as unknown as BaseClient)
if (tables === undefined) throw new Error('all databases of the tests are counted')

afterAll(async () => {
  await plain.$disconnect()
  await database.close()
})

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const envelopeOf = (tenant: string, blob = randomBytes(184)): Buffer => {
  const wrappedKey = {
    context: { appTag: 7, tenant, scope: 'tenant', createdHour: 480_000 },
    wrapTag: wrapTag(ARN),
    blob,
  }
  return Buffer.concat([encodePrefix(suites['aes-256-gcm'], randomBytes(16), wrappedKey), randomBytes(28)])
}

/** Of each length modulo three, of one and two bytes, of the longest, a UUID, and those that differ at the end only. */
const TENANTS = [
  'a',
  'ab',
  'abc',
  'abcd',
  'acme',
  'ACME',
  'acmé',
  'acmf',
  'x'.repeat(62),
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(128),
  'y'.repeat(254),
  'y'.repeat(255),
  '0191f2c4-7a3b-7cde-8f01-23456789abcd',
  '0191f2c4-7a3b-7cde-8f01-23456789abce',
  '日本',
]
const TYPES = {
  postgresql: 't text, j jsonb, b bytea',
  sqlite: 't TEXT, j TEXT, b BLOB',
  mysql: 't text, j json, b blob',
}[provider]

const target: CountTarget = {
  model: 'Bare',
  table: { table: 'bare', schema: undefined, tenant: undefined },
  columns: (['text', 'json', 'bytes'] as const).map((form) => ({
    field: form,
    column: form[0] ?? '',
    form,
    list: false,
    indexes: [],
    indexFields: [],
  })),
  shared: undefined,
  isShared: false,
}
const ask = { byDataKey: false, byTenant: true, most: 100, countsKeys: false }

describe('of rows without a tenant column', () => {
  test('the tenant is what the wrapped key that each carries says', async () => {
    await database.execute(`CREATE TABLE bare (${TYPES})`)
    for (const [i, tenant] of TENANTS.entries()) {
      for (let n = 0; n <= i; n++) {
        const bytes = envelopeOf(tenant)
        const text = `pe1:${bytes.toString('base64')}`
        const cast = provider === 'postgresql' ? '::jsonb' : ''
        await database.execute(`INSERT INTO bare VALUES (?, ?${cast}, ?)`, [text, JSON.stringify(text), bytes])
      }
    }
    // What carries none, of which nothing can be said.
    const cut = envelopeOf('acme').subarray(0, 41)
    await database.execute(`INSERT INTO bare VALUES (?, NULL, ?)`, [`pe1:${cut.toString('base64')}`, cut])
    const { values } = await census(tables, [target], ask)
    for (const { field } of target.columns) {
      const found = values.filter((group) => group.field === field && group.state === 'sealed')
      expect(found.map(({ tenant, values: count }) => [tenant, count]).sort()).toEqual(
        TENANTS.map((tenant, i) => [tenant, i + 1]).sort(),
      )
    }
    expect(values.filter(({ state }) => state === 'unreadable').map(({ field, tenant }) => [field, tenant])).toEqual([
      ['text', undefined],
      ['bytes', undefined],
    ])
    for (const [i, tenant] of TENANTS.entries()) {
      const one = await census(tables, [target], { ...ask, tenant, most: 10 })
      expect(one.values.map((group) => [group.tenant, group.values])).toEqual(Array(3).fill([tenant, i + 1]))
    }
  }, 60_000)
})

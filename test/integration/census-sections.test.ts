import { randomBytes } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { encodePrefix, encodeWrappedKey, suites, wrapTag } from '../../src/envelope/index.js'
import { type CountTarget, distinctSections } from '../../src/operations/index.js'
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

test('every wrapped key comes once for each form, whatever its length, suite and tag, and however small the pages are', async () => {
  await database.execute(`CREATE TABLE bare (${TYPES})`)
  const expected = new Set<string>()
  for (let i = 0; i < 120; i++) {
    const id = randomBytes(16)
    const context = { appTag: 7, tenant: 'x'.repeat(1 + (i % 40)), scope: 'tenant', createdHour: 480_000 + i }
    const blob = randomBytes(150 + (i % 60))
    const suite = suites[i % 3 === 0 ? 'xchacha20-poly1305' : 'aes-256-gcm']
    expected.add(`${id.toString('hex')} ${encodeWrappedKey({ context, wrapTag: wrapTag('a'), blob }).toString('hex')}`)
    // Twice, with two tags: they are no part of it.
    for (const arn of ['arn:a', 'arn:b']) {
      const bytes = Buffer.concat([
        encodePrefix(suite, id, { context, wrapTag: wrapTag(arn), blob }),
        randomBytes(suite.nonceLength + 16 + (i % 5)),
      ])
      const text = `pe1:${bytes.toString('base64')}`
      const cast = provider === 'postgresql' ? '::jsonb' : ''
      await database.execute(`INSERT INTO bare VALUES (?, ?${cast}, ?)`, [text, JSON.stringify(text), bytes])
    }
  }
  await database.execute("INSERT INTO bare VALUES ('pe1: is no envelope', NULL, NULL)")
  for (const page of [7, 1_000]) {
    const found: string[] = []
    const values: Record<string, number> = {}
    for await (const one of distinctSections(tables, [target], undefined, page)) {
      if (!('section' in one)) throw new Error('all can be read')
      found.push(`${one.dataKeyId} ${one.section.toString('hex')}`)
      for (const { field = '', values: count } of one.references) values[field] = (values[field] ?? 0) + count
    }
    expect(found).toHaveLength(240)
    expect(new Set(found)).toEqual(expected)
    expect(values).toEqual({ text: 240, json: 240, bytes: 240 })
  }
}, 60_000)

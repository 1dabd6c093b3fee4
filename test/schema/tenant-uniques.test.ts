import { describe, expect, it } from 'vitest'
import { openToNull, uniquePerTenant } from '../../src/schema/tenant-uniques.js'
import { compilePsl } from './compile-psl.js'

const login = (fields: string, index = '', above = ''): string =>
  `${above}\nmodel Login {\n  id Int @id\n  email String /// @encrypted\n  emailIndex Bytes? /// @encrypted.index(email${index})\n  ${fields}\n}`
const shared = { sharedTenant: 'main' }

describe('what is unique within a tenant only', () => {
  it.each([
    ['an index', login('tenantId String /// @encrypted.tenant\n  @@unique([emailIndex])'), ['Login.emailIndex']],
    [
      'an index in a compound',
      login('tenantId String /// @encrypted.tenant\n  kind Int\n  @@unique([kind, emailIndex])'),
      ['Login.kind_emailIndex'],
    ],
    ['an index of a bound model', login('@@unique([emailIndex])', '', '/// @encrypted.bound'), ['Login.emailIndex']],
    [
      'not with the tenant column',
      login('tenantId String /// @encrypted.tenant\n  @@unique([tenantId, emailIndex])'),
      [],
    ],
    ['not without a unique', login('tenantId String /// @encrypted.tenant\n  @@index([emailIndex])'), []],
    [
      'not an index of all tenants',
      login('tenantId String /// @encrypted.tenant\n  @@unique([emailIndex])', ', scope: global'),
      [],
    ],
    ['not an index of shared rows', login('@@unique([emailIndex])', '', '/// @encrypted.shared'), []],
    [
      'not an index below shared rows',
      `${login('userId Int\n  user User @relation(fields: [userId], references: [id]) /// @encrypted.tenant\n  @@unique([emailIndex])')}\n/// @encrypted.shared\nmodel User {\n id Int @id\n logins Login[]\n}`,
      [],
    ],
    [
      'not beside the foreign key to the tenant',
      `${login('docId Int\n  doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant\n  @@unique([docId, emailIndex])')}\nmodel Doc {\n id Int @id\n t Int /// @encrypted.tenant\n logins Login[]\n}`,
      [],
    ],
  ])('%s', async (_, blocks, expected) => {
    expect(uniquePerTenant((await compilePsl(blocks, shared)).map)).toEqual(expected)
  })
})

describe('a unique that the database does not keep for shared rows', () => {
  const key = (column: string, unique: string): string =>
    `model Key {\n  id Int @id\n  name String\n  orgId ${column} /// @encrypted.tenant\n  ${unique}\n}`

  it.each([
    ['with an optional tenant column', key('String?', '@@unique([orgId, name])'), ['Key.orgId_name']],
    ['not with a required one', key('String', '@@unique([orgId, name])'), []],
    ['not without it', key('String?', '@@unique([id, name])'), []],
  ])('%s', async (_, blocks, expected) => {
    expect(openToNull((await compilePsl(blocks, shared)).map)).toEqual(expected)
  })
})

describe('a foreign key on the way to the tenant', () => {
  const blocks = (index: string): string =>
    `model Doc {\n  id Int @id\n  t Int /// @encrypted.tenant\n  notes Note[]\n}\nmodel Note {\n  id Int @id\n  docId Int\n  kind Int\n  doc Doc @relation(fields: [docId], references: [id]) /// @encrypted.tenant\n  ${index}\n}`
  const warning =
    "Note.doc: no database index begins with its foreign key, by which a tenant's rows are found. Write `@@index([docId])` as well."

  it.each([
    ['without an index', '', 'postgresql', [warning]],
    ['behind another column', '@@index([kind, docId])', 'postgresql', [warning]],
    ['with one', '@@index([docId])', 'postgresql', []],
    ['in front of another', '@@unique([docId, kind])', 'postgresql', []],
    ['on MySQL, which makes one', '', 'mysql', []],
  ])('%s', async (_, index, provider, expected) => {
    expect((await compilePsl(blocks(index), { provider })).warnings).toEqual(expected)
  })

  it('to shared rows, which are not filtered', async () => {
    const ofUser = blocks('')
      .replace('t Int /// @encrypted.tenant', 't Int')
      .replace('model Doc', '/// @encrypted.shared\nmodel Doc')
    expect((await compilePsl(ofUser, shared)).warnings).toEqual([])
  })

  it('on MySQL without foreign keys', async () => {
    const emulated = { provider: 'mysql', withSource: true, datasource: 'relationMode = "prisma"' }
    expect((await compilePsl(blocks(''), emulated)).warnings).toEqual([warning])
  })
})

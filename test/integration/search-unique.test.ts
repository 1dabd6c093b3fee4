import { beforeEach, describe, expect, test } from 'vitest'
import { isPrisma6 } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, globex, prisma, statements, sqlOf } = await openStage()
const one = prisma.$forTenant(1)

const email = 'ann@example.com'
const spelt = ' ANN@Example.com'
let id = 0
beforeEach(async () => {
  await database.execute('DELETE FROM "Login"')
  await database.execute('DELETE FROM "Account"')
  id = (await acme.login.create({ data: { email } })).id
  statements.length = 0
})

const P2002 = { code: 'P2002' }

describe('a unique index', () => {
  test('refuses a duplicate within a tenant, in any spelling', async () => {
    await expect(acme.login.create({ data: { email: spelt } })).rejects.toMatchObject(P2002)
    await expect(acme.login.createMany({ data: [{ email: 'b' }, { email: 'B' }] })).rejects.toMatchObject(P2002)
    const other = await acme.login.create({ data: { email: 'b' } })
    await expect(acme.login.update({ where: { id: other.id }, data: { email } })).rejects.toMatchObject(P2002)
  })

  test('of scope tenant admits the value once in each tenant', async () => {
    await acme.login.create({ data: { phone: '1' } })
    await globex.login.create({ data: { phone: '1' } })
    await expect(acme.login.create({ data: { phone: '1' } })).rejects.toMatchObject(P2002)
  })

  test('of scope global admits it once in all', async () => {
    await expect(globex.login.create({ data: { email: spelt } })).rejects.toMatchObject(P2002)
  })

  test('admits any number of NULLs', async () => {
    await acme.login.createMany({ data: [{ email: null }, { email: null }, {}] })
    expect(await acme.login.count({ where: { email: null } })).toBe(3)
  })
})

describe('by the token', () => {
  test('findUnique, update, upsert, delete', async () => {
    const emailIndex = await acme.$encryption.index('Login', 'email', spelt)
    expect(await acme.login.findUnique({ where: { emailIndex } })).toMatchObject({ id, email })
    await acme.login.update({ where: { emailIndex }, data: { phone: '1' } })
    await acme.login.upsert({ where: { emailIndex }, create: { email }, update: { phone: '2' } })
    expect(await acme.login.delete({ where: { emailIndex } })).toMatchObject({ id, phone: '2' })
    expect(await acme.login.findUnique({ where: { emailIndex } })).toBeNull()
  })

  test('a text in its place is refused before SQL, and not shown', async () => {
    const token = await acme.$encryption.index('Login', 'email', email)
    // As Prisma would take it for base64; and as it would not, and would show it.
    for (const text of ['MTIzNA==', email]) {
      const filters = [text, { equals: text }, { not: text }, { in: [token, text] }, { not: { in: [text] } }]
      // The same in shape.
      const tokens = [token, { equals: token }, { not: token }, { in: [token, token] }, { not: { in: [token] } }]
      for (const [i, filter] of filters.entries()) {
        for (const emailIndex of [tokens[i], tokens[i], tokens[i], filter]) {
          statements.length = 0
          const call = acme.login.count({ where: { emailIndex } as never })
          if (emailIndex !== filter) expect(await call).toBe(i === 2 || i === 4 ? 0 : 1)
          else {
            const error = await refusal(call)
            expect(error).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID' })
            expect(String(error)).not.toContain(text)
            expect(statements).toEqual([])
          }
        }
      }
      const unique = refusal(acme.login.findUnique({ where: { emailIndex: text } as never }))
      expect(await unique).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID' })
    }
  })

  test('of a named index', async () => {
    const loginIndex = await prisma.$encryption.index('Login', 'email', spelt, { index: 'loginIndex' })
    expect(await prisma.login.findUnique({ where: { loginIndex }, select: { id: true } })).toEqual({ id })
    expect(await globex.$encryption.index('Login', 'email', email, { index: 'loginIndex' })).toEqual(loginIndex)
    expect(await refusal(prisma.$encryption.index('Login', 'email', email, { index: 'emailIndex' }))).toMatchObject({
      code: 'ENVELOPE_TENANT_REQUIRED',
    })
    // @ts-expect-error: the types refuse an index of another field, as the call does
    expect(await refusal(acme.$encryption.index('Login', 'email', email, { index: 'phoneIndex' }))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
      message: expect.stringContaining('"phoneIndex"'),
    })
    // @ts-expect-error: the types refuse a field without an index, as the call does
    expect(await refusal(acme.$encryption.index('Patient', 'ssn', '1'))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
    })
    // @ts-expect-error: the types refuse null, as the call does
    expect(await refusal(acme.$encryption.index('Login', 'email', null))).toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
    })
  })
})

describe('by the plain field', () => {
  test('findUnique and findUniqueOrThrow, in another spelling, beside other filters', async () => {
    expect(await acme.login.findUnique({ where: { email: spelt } })).toMatchObject({ id, email })
    expect(await acme.login.findUniqueOrThrow({ where: { email: spelt, phone: null } })).toMatchObject({ id })
    expect(await acme.login.findUnique({ where: { email: spelt, NOT: { id } } })).toBeNull()
    expect(await globex.login.findUnique({ where: { email } })).toBeNull()
    expect(await acme.login.findUnique({ where: { email } }).then((row) => row?.email)).toBe(email)
  })

  test('is batched with others of the same tick', async () => {
    await acme.login.create({ data: { email: 'bob' } })
    const emails = ['Ann@example.com', 'BOB', 'nobody']
    const sql = await sqlOf(async () => {
      const rows = await Promise.all(emails.map((one) => acme.login.findUnique({ where: { email: one } })))
      expect(rows.map((row) => row?.email)).toEqual([email, 'bob', undefined])
    })
    expect(sql).toHaveLength(1)
  })

  test('update, upsert and delete', async () => {
    expect(await acme.login.update({ where: { email: spelt }, data: { email: 'new' } })).toMatchObject({
      id,
      email: 'new',
    })
    const upsert = (value: string) =>
      acme.login.upsert({
        where: { email: value },
        create: { email: value, phone: 'made' },
        update: { phone: 'changed' },
      })
    expect(await upsert('NEW')).toMatchObject({ id, email: 'new', phone: 'changed' })
    expect(await upsert('newer')).toMatchObject({ email: 'newer', phone: 'made' })
    expect(await acme.login.delete({ where: { email: 'Newer' } })).toMatchObject({ phone: 'made' })
    expect(await acme.login.count()).toBe(1)
  })

  test('cursor', async () => {
    for (const next of ['b', 'c']) await acme.login.create({ data: { email: next } })
    const page = await acme.login.findMany({ cursor: { email: 'B' }, orderBy: { id: 'asc' }, select: { email: true } })
    expect(page).toEqual([{ email: 'b' }, { email: 'c' }])
    const where = { tenantId: 'acme' }
    expect(await prisma.login.count({ where, cursor: { email: 'C' }, orderBy: { id: 'asc' } })).toBe(1)
  })

  test('the unique index is taken, though another is the first', async () => {
    await acme.login.create({ data: { phone: '+1 555' } })
    expect(await acme.login.findUnique({ where: { phone: '+1 555' } })).toMatchObject({ phone: '+1 555' })
    expect(await acme.login.findUnique({ where: { phone: '1555' } })).toBeNull()
    expect(await acme.login.findFirst({ where: { phone: '1555' } })).toMatchObject({ phone: '+1 555' })
  })

  test('logs in by the global index, before a tenant is known', async () => {
    const row = await prisma.login.findUnique({ where: { email: spelt } })
    expect(row).toMatchObject({ id, tenantId: 'acme', email })
    expect(await prisma.login.findMany({ where: { email: { in: [spelt] } }, select: { id: true } })).toEqual([{ id }])
  })

  test('compound uniques', async () => {
    const iban = 'DE01'
    await one.account.create({ data: { orgId: 1, number: 1, iban } })
    const where = { orgId_ibanIndex: { orgId: 1, iban } }
    expect(await one.account.findUnique({ where })).toMatchObject({ number: 1, iban })
    expect(await prisma.account.findUnique({ where })).toMatchObject({ number: 1, iban })
    const ibanIndex = await one.$encryption.index('Account', 'iban', iban)
    expect(await one.account.findUnique({ where: { orgId_ibanIndex: { orgId: 1, ibanIndex } } })).toMatchObject({
      iban,
    })
    await expect(one.account.create({ data: { orgId: 1, number: 2, iban } })).rejects.toMatchObject(P2002)
    await prisma.$forTenant(2).account.create({ data: { orgId: 2, number: 2, iban } })
    expect(await one.account.update({ where, data: { balance: 5 } })).toMatchObject({ balance: 5 })
    expect(
      await one.account.upsert({ where, create: { orgId: 1, number: 3, iban }, update: { balance: 6 } }),
    ).toMatchObject({
      balance: 6,
    })
    // Prisma 6 itself finds no row by a cursor of bytes.
    expect(await one.account.findMany({ cursor: where })).toHaveLength(isPrisma6 ? 0 : 1)
    expect(await one.account.delete({ where })).toMatchObject({ number: 1 })
  })
})

test('connect, connectOrCreate, set and disconnect accept the plain field beside the id', async () => {
  await acme.patient.create({ data: { id: 'boss', email: 'boss' } })
  const ann = await acme.patient.create({ data: { email: 'a' }, select: { id: true } })
  const mentees = (write: object) => acme.patient.update({ where: { id: 'boss' }, data: { mentees: write } })
  await mentees({ connect: { id: ann.id, email: 'A' } })
  expect(await acme.patient.count({ where: { mentorId: 'boss' } })).toBe(1)
  await expect(mentees({ connect: { id: ann.id, email: 'nobody' } })).rejects.toThrow()
  await mentees({ connectOrCreate: { where: { id: 'new', email: 'n' }, create: { id: 'new', email: 'N' } } })
  await mentees({ connectOrCreate: { where: { id: 'new', email: 'n' }, create: { id: 'new', email: 'N' } } })
  await mentees({ update: { where: { id: 'new', email: 'n' }, data: { age: 9 } } })
  await mentees({ upsert: { where: { id: 'new', email: 'n' }, create: { email: 'x' }, update: { ssn: '1' } } })
  expect(await acme.patient.findUnique({ where: { id: 'new', email: 'n' } })).toMatchObject({ age: 9, ssn: '1' })
  await mentees({ disconnect: { id: ann.id, email: 'A' } })
  expect(await acme.patient.count({ where: { mentor: { email: 'boss' } } })).toBe(1)
  await mentees({ delete: { id: 'new', email: 'N' } })
  expect(await acme.patient.count({ where: { email: 'n' } })).toBe(0)
})

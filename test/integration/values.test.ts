import { describe, expect, test } from 'vitest'
import { Prisma, skip } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, countRows, database, prisma, sqlOf, stored } = await openStage()

const email = 'ann@example.com'

describe('text', () => {
  test.each([
    ['nothing', ''],
    ['a space', ' '],
    ['emoji and other scripts', '👩‍👩‍👧🦷 漢字 עברית'],
    ['a NUL, which PostgreSQL itself would refuse', 'a\0b'],
    ['a mebibyte', 'é'.repeat(2 ** 19)],
    ['quotes and a backslash', `'"\\\n`],
    ['what looks like an envelope', 'pe1:AAAA'],
  ])('of %s is sealed and comes back', async (_what, text) => {
    const { id } = await acme.patient.create({ data: { email: text, ssn: text } })
    expect(await stored('patients', 'email_sealed', id)).toMatch(/^pe1:.{100}/)
    const row = await prisma.patient.findUniqueOrThrow({ where: { id } })
    expect(row.email === text && row.ssn === text).toBe(true)
  })

  test('that is a real envelope is sealed once more, and comes back as that envelope', async () => {
    const { id } = await acme.patient.create({ data: { email } })
    const envelope = String(await stored('patients', 'email_sealed', id))
    await acme.patient.update({ where: { id }, data: { email: envelope } })
    expect(await acme.patient.findUnique({ where: { id }, select: { email: true } })).toEqual({ email: envelope })
    expect(await stored('patients', 'email_sealed', id)).not.toBe(envelope)
  })

  test.each(['\ud800', 'a\udc00', '\ude00\ud83d'])('with a lone surrogate is refused before SQL', async (ssn) => {
    const sql = await sqlOf(async () => {
      const error = await refusal(acme.patient.create({ data: { email, ssn } }))
      expect(error).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', model: 'Patient', field: 'ssn', tenant: 'acme' })
    })
    expect(sql).toEqual([])
  })
})

describe('no value', () => {
  test('null is NULL, and null again when read', async () => {
    const data = { email, ssn: null, photo: null, notes: Prisma.DbNull }
    const { id } = await acme.patient.create({ data })
    for (const column of ['ssn', 'photo_sealed', 'notes']) expect(await stored('patients', column, id)).toBeNull()
    expect(await acme.patient.findUnique({ where: { id } })).toMatchObject({ ssn: null, photo: null, notes: null })
  })

  test('setting to null empties the column, in both forms', async () => {
    const { id } = await acme.patient.create({ data: { email, ssn: '1', photo: Uint8Array.of(1), notes: { a: 1 } } })
    const data = { ssn: { set: null }, photo: null, notes: Prisma.DbNull }
    expect(await acme.patient.update({ where: { id }, data })).toMatchObject({ ssn: null, photo: null, notes: null })
    for (const column of ['ssn', 'photo_sealed', 'notes']) expect(await stored('patients', column, id)).toBeNull()
  })

  test('undefined and Prisma.skip leave the column as it is', async () => {
    const { id } = await acme.patient.create({ data: { email, ssn: '1', notes: [1] } })
    const before = await stored('patients', 'ssn', id)
    // What an application without the types' help might write: skip belongs to a preview feature's types.
    const data = { ssn: undefined, notes: skip, photo: skip, age: 7 } as { age: number }
    expect(await acme.patient.update({ where: { id }, data })).toMatchObject({
      ssn: '1',
      notes: [1],
      photo: null,
      age: 7,
    })
    expect(await stored('patients', 'ssn', id)).toBe(before)
  })

  test('JSON null is a value: sealed, and distinct from NULL', async () => {
    const { id } = await acme.patient.create({ data: { email, notes: Prisma.JsonNull } })
    expect(await stored('patients', 'notes', id)).toMatch(/^"pe1:/)
    expect(await acme.patient.findUnique({ where: { id }, select: { notes: true } })).toEqual({ notes: null })
    expect(await acme.patient.count({ where: { notes: { equals: Prisma.DbNull }, id } })).toBe(0)
  })

  test('AnyNull is not a value', async () => {
    const notes = Prisma.AnyNull as unknown as typeof Prisma.JsonNull
    expect(await refusal(acme.patient.create({ data: { email, notes } }))).toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
    })
  })
})

describe('bytes', () => {
  test.each([
    ['none', new Uint8Array()],
    ['some', Uint8Array.of(0, 255, 128)],
    ['a view into more', Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4)],
    ['a mebibyte', new Uint8Array(2 ** 20).fill(7)],
  ])('%s come back as a Uint8Array', async (_what, photo) => {
    const { id } = await acme.patient.create({ data: { email, photo } })
    const row = await acme.patient.findUniqueOrThrow({ where: { id }, select: { photo: true } })
    expect(row.photo).toBeInstanceOf(Uint8Array)
    expect(Buffer.compare(row.photo ?? Buffer.of(), photo)).toBe(0)
  })

  test('a Buffer is taken, and what the caller holds is neither changed nor wiped', async () => {
    const photo = Buffer.from('a photo')
    await acme.patient.create({ data: { email, photo } })
    expect(photo.toString()).toBe('a photo')
  })
})

test.each([
  ['a number', { ssn: 78051120 }],
  ['a boolean', { ssn: true }],
  ['a Date', { ssn: new Date(0) }],
  ['bytes', { ssn: Uint8Array.of(7, 8, 0) }],
  ['an array', { ssn: ['078-05-1120'] }],
  ['an object', { ssn: { value: '078-05-1120' } }],
  ['a string for bytes', { photo: '078-05-1120' }],
  ['an array for bytes', { photo: [7, 8] }],
])('%s in place of the value is refused before SQL, with a message that does not show it', async (_what, wrong) => {
  const rows = await countRows('patients')
  const sql = await sqlOf(async () => {
    // What a JavaScript application might pass.
    const data = { email, ...wrong } as { email: string }
    const error = await refusal(acme.patient.create({ data }))
    expect(error).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', model: 'Patient' })
    expect(error.message).not.toMatch(/078|7805/)
  })
  expect(sql).toEqual([])
  expect(await countRows('patients')).toBe(rows)
})

test("the caller's arguments are never changed, whatever becomes of the call", async () => {
  const args = {
    data: {
      email: 'mine',
      notes: { a: ['x'] },
      photo: Uint8Array.of(1, 2),
      visits: { create: [{ reason: 'flu' }] },
      record: { create: { data: { data: 1 }, where: 'w' } },
    },
    include: { visits: true, record: { select: { data: true } } },
  }
  const before = structuredClone(args)
  await acme.patient.create(args)
  await acme.patient.create(args)
  expect(args).toEqual(before)
  await expect(acme.patient.create({ ...args, data: { ...args.data, email: '\ud800' } })).rejects.toThrow()
  await expect(acme.patient.create({ ...args, data: { ...args.data, clinicId: 'none' } })).rejects.toThrow()
  expect(args).toEqual(before)
})

test('a frozen argument can be written', async () => {
  const data = Object.freeze({ email, notes: Object.freeze({ a: Object.freeze([1]) }) })
  expect(await acme.patient.create({ data })).toMatchObject({ email, notes: { a: [1] } })
})

test('an envelope names no plaintext in its bytes', async () => {
  await acme.patient.create({ data: { email: 'needle-in-the-file' } })
  const rows = await database.query('SELECT * FROM patients')
  expect(JSON.stringify(rows)).not.toContain('needle-in-the-file')
})

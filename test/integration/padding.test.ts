import { expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage } from '../support/stage.js'

const { database, kms, plain, stored } = await openStage()
const clientOf = (changes: Record<string, object>, options: object = {}) => {
  const models = changedModels(changes)
  return plain.$extends(fieldEncryption({ models, ...testOptions(kms), ...options })).$forTenant('acme')
}
const padded = clientOf({ 'Patient.email': { pad: 16 }, 'Patient.ssn': { pad: 32 }, 'Patient.notes': { pad: 64 } })
const plainLengths = clientOf({ 'Patient.email': { pad: 1 } })

/** How many bytes were sealed, which the envelope shows to anyone. */
const sealedLength = async (column: string, id: string): Promise<number> => {
  const text = String(await stored('patients', column, id)).replace(/^"|"$/g, '')
  const envelope = Buffer.from(text.slice('pe1:'.length), 'base64')
  return envelope.length - (32 + envelope.readUInt16BE(30)) - 12 - 16
}
const create = async (client: typeof padded, email: string, more: object = {}) =>
  (await client.patient.create({ data: { email, ...more }, select: { id: true } })).id

test('values of up to 16 bytes cannot be told apart by their length, and are read back as they were', async () => {
  for (const email of ['', 'a', 'é', '漢'.repeat(5), 'x'.repeat(16), '🦷🦷🦷🦷']) {
    const id = await create(padded, email)
    expect(await sealedLength('email_sealed', id)).toBe(16)
    expect((await padded.patient.findUniqueOrThrow({ where: { id } })).email).toBe(email)
  }
  expect(await sealedLength('email_sealed', await create(padded, 'x'.repeat(17)))).toBe(32)
})

test('of each field by its own number, in updates too; documents as well', async () => {
  const id = await create(padded, 'a', { ssn: 'b', notes: { a: 1 } })
  const lengths = () => Promise.all(['email_sealed', 'ssn', 'notes'].map((column) => sealedLength(column, id)))
  expect(await lengths()).toEqual([16, 32, 64])
  await padded.patient.update({ where: { id }, data: { ssn: 'x'.repeat(33), notes: { b: 'y'.repeat(60) } } })
  expect(await lengths()).toEqual([16, 64, 128])
  expect(await padded.patient.findUnique({ where: { id }, select: { ssn: true, notes: true } })).toEqual({
    ...{ ssn: 'x'.repeat(33), notes: { b: 'y'.repeat(60) } },
  })
})

test('under the other suite too', async () => {
  const other = clientOf({ 'Patient.email': { pad: 16 } }, { suite: 'xchacha20-poly1305' })
  const [short, long] = [await create(other, 'a'), await create(other, 'x'.repeat(16))]
  const [a, b] = [await stored('patients', 'email_sealed', short), await stored('patients', 'email_sealed', long)]
  expect(String(a).length).toBe(String(b).length)
  expect((await padded.patient.findUniqueOrThrow({ where: { id: short } })).email).toBe('a')
})

test('padded and other values are side by side, and the tokens of both are the same', async () => {
  const ids = [await create(padded, 'same@example.com '), await create(plainLengths, 'Same@example.com')]
  expect(await sealedLength('email_sealed', ids[1] ?? '')).toBe(16)
  for (const client of [padded, plainLengths]) {
    const found = await client.patient.findMany({ where: { email: 'same@example.com' }, select: { id: true } })
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort())
  }
})

test('many at once, of which each is padded by itself', async () => {
  const data = Array.from({ length: 600 }, (_, i) => ({ email: 'm', ssn: 's'.repeat(i % 70), age: 4_000 + i }))
  await padded.patient.createMany({ data })
  const rows = await padded.patient.findMany({ where: { age: { gte: 4_000 } }, orderBy: { age: 'asc' } })
  expect(rows.map(({ ssn }) => ssn)).toEqual(data.map(({ ssn }) => ssn))
  const lengths = await database.query('SELECT DISTINCT length(ssn) AS n FROM patients WHERE age >= 4000')
  expect(lengths).toHaveLength(3)
})

test('reencrypt moves values to the lengths that their fields say, and back', async () => {
  await plain.patient.deleteMany({})
  const photo = new Uint8Array(5)
  const id = await create(plainLengths, 'a@example.com', { ssn: 's', notes: { a: 1 }, photo })
  const updatedAt = (await plain.patient.findUniqueOrThrow({ where: { id } })).updatedAt
  const lengths = async () => Promise.all(['email_sealed', 'ssn', 'notes'].map((column) => sealedLength(column, id)))
  expect(await lengths()).toEqual([13, 1, 7])
  expect(await padded.$encryption.reencrypt({ dryRun: true })).toMatchObject({ changed: 1 })
  expect(await padded.$encryption.reencrypt()).toMatchObject({ changed: 1, skipped: {} })
  expect(await lengths()).toEqual([16, 32, 64])
  expect(await padded.$encryption.reencrypt()).toMatchObject({ changed: 0 })
  // Nothing is said of the others: they keep the length that they have.
  expect(await plainLengths.$encryption.reencrypt()).toMatchObject({ changed: 1 })
  expect(await lengths()).toEqual([13, 32, 64])
  const row = await padded.patient.findUniqueOrThrow({ where: { id } })
  expect(row).toMatchObject({ email: 'a@example.com', ssn: 's', notes: { a: 1 }, photo, updatedAt })
  expect((await padded.$encryption.verify()).skipped).toEqual({})
})

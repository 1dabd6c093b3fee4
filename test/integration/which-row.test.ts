import { describe, expect, test } from 'vitest'
import { encryptedClient } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, kms, plant, prisma, stored } = await openStage()

for (const id of ['a', 'b', 'c']) {
  const visits = { create: [{ reason: 'flu' }, { reason: 'cold' }] }
  await acme.patient.create({ data: { id, email: id, ssn: id, visits } })
}
const [first, second] = await prisma.visit.findMany({ where: { patientId: 'c' }, orderBy: { id: 'asc' } })
const swapped = (await stored('visits', 'reason', second?.id ?? 0)) as string
// One character of the ciphertext: it begins like all others, and only then does not open.
await plant(
  'visits',
  'reason',
  second?.id ?? 0,
  `${swapped.slice(0, -8)}${swapped.at(-8) === 'A' ? 'B' : 'A'}${swapped.slice(-7)}`,
)

const orderBy = { id: 'asc' } as const
const altered = { code: 'ENVELOPE_AUTHENTICATION_FAILED', model: 'Visit', field: 'reason', tenant: 'acme' }

describe('an error about a stored value says which row:', () => {
  test('its path in the result, and its key', async () => {
    const error = await refusal(prisma.patient.findMany({ orderBy, include: { visits: { orderBy } } }))
    expect(error).toMatchObject({ ...altered, path: [2, 'visits', 1], key: { id: second?.id } })
    expect(error.message).toMatch(`Visit.reason at [2].visits[1] (id ${second?.id}): `)
  })

  test('of one row, the key alone', async () => {
    const error = await refusal(prisma.visit.findUnique({ where: { id: second?.id ?? 0 } }))
    expect(error).toMatchObject({ ...altered, path: [], key: { id: second?.id } })
    expect(error.message).toMatch(`Visit.reason (id ${second?.id}): `)
  })

  test('no key that was not selected, though it was added for the rewrap', async () => {
    const error = await refusal(prisma.visit.findMany({ where: { patientId: 'c' }, orderBy, select: { reason: true } }))
    expect(error).toMatchObject({ ...altered, path: [1] })
    expect(error).not.toHaveProperty('key')
  })

  test('along a fluent call', async () => {
    const error = await refusal(prisma.patient.findUnique({ where: { id: 'c' } }).visits({ orderBy }))
    expect(error).toMatchObject({ ...altered, path: [1], key: { id: second?.id } })
  })

  test('the index among the rows passed to openRows', async () => {
    const rows = await prisma.$queryRaw<object[]>`SELECT id, tenant_id, reason FROM visits ORDER BY id`
    const error = await refusal(prisma.$encryption.openRows('Visit', rows))
    expect(error).toMatchObject({ ...altered, path: [5] })
    expect(Number(error.key?.id)).toBe(second?.id)
  })

  test('where a value is not an envelope, and where an index does not match its value', async () => {
    await plant('visits', 'reason', first?.id ?? 0, 'in clear')
    expect(await refusal(prisma.visit.findMany({ orderBy }))).toMatchObject({
      code: 'ENVELOPE_NOT_AN_ENVELOPE',
      path: [4],
      key: { id: first?.id },
    })
    await plant('patients', 'email_index', 'b', new Uint8Array(16))
    const strict = encryptedClient(database, kms, { verifyIndexes: true })
    const error = await refusal(strict.prisma.patient.findMany({ orderBy }))
    expect(error).toMatchObject({ code: 'ENVELOPE_INDEX_MISMATCH', path: [1], key: { id: 'b' } })
    expect(error.message).toMatch('Patient.emailIndex at [1] (id "b") is not the index')
    await strict.plain.$disconnect()
  })
})

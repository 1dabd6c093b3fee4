import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels, withSsnIndex } from '../support/changed-models.js'
import { testOptions } from '../support/encrypted-client.js'
import { openStage, refusal } from '../support/stage.js'

const { database, kms, plain } = await openStage()

const legacy = { legacy: { until: '2999-12-31' } }
const exact = { 'Patient.email': legacy, 'Patient.emailIndex': { normalize: [] } }
const models = withSsnIndex(changedModels({ ...exact, 'Patient.ssn': legacy }))
const acme = plain.$extends(fieldEncryption({ models, ...testOptions(kms) })).$forTenant('acme')

/** The parameters of a statement: the caller's list fits in, and a second one of the same length does not. */
const most = database.provider === 'sqlite' ? 999 : 32_767
const LENGTHS = [20, 0.4 * most, 0.6 * most, 0.95 * most].map(Math.floor)

/** Sealed and in plaintext, of the list and not. */
const ROWS = ['v0', 'v1', 'other']
beforeEach(async () => {
  for (const value of ROWS) {
    await acme.patient.create({ data: { email: value, ssn: value } })
    await plain.patient.create({ data: { tenantId: 'acme', email: value, ssn: value } })
  }
  await acme.patient.create({ data: { email: 'other', ssn: null } })
})
afterEach(() => plain.patient.deleteMany())

/** What a call does, which may only be that it is refused as too large. */
async function orTooLarge<T>(call: PromiseLike<T>, whatElse: T): Promise<T> {
  try {
    return await call
  } catch (error) {
    expect((error as { code?: unknown }).code).toMatch(/^(P2029|ENVELOPE_FILTER_UNSUPPORTED)$/)
    return whatElse
  }
}

describe.skipIf(database.provider === 'mysql')('a list of a legacy field that is too long for one statement', () => {
  test.each(['email', 'ssn'].flatMap((field) => LENGTHS.map((length) => [field, length] as const)))(
    'is refused, and finds and changes no row wrongly: %s, %i values',
    async (field, length) => {
      const list = Array.from({ length }, (_, i) => `v${i}`)
      const inside = { [field]: { in: list } }
      const emails = (where: object) =>
        acme.patient.findMany({ where, orderBy: { id: 'asc' } }).then((rows) => rows.map(({ email }) => email).sort())

      const all = ['v0', 'v0', 'v1', 'v1']
      expect(await orTooLarge(emails(inside), all)).toEqual(all)
      const others = field === 'email' ? ['other', 'other', 'other'] : ['other', 'other']
      for (const outside of [{ NOT: inside }, { [field]: { notIn: list } }, { NOT: { NOT: { NOT: inside } } }])
        expect(await orTooLarge(emails(outside), others)).toEqual(others)
      expect(await orTooLarge(emails({ NOT: { [field]: { notIn: list } } }), all)).toEqual(all)

      const older = { age: { increment: 1 } }
      const { count } = await orTooLarge(acme.patient.updateMany({ where: inside, data: older }), { count: 4 })
      expect(count).toBe(4)
      expect(await plain.patient.count({ where: { age: { gt: 1 } } })).toBe(0)
      await orTooLarge(acme.patient.deleteMany({ where: { NOT: inside } }), { count: 0 })
      expect(await emails({ email: { in: ['v0', 'v1'] } })).toEqual(all)
    },
  )
})

test.skipIf(database.provider === 'mysql')('half of what a database takes is found', async () => {
  const list = Array.from({ length: Math.floor(0.45 * most) }, (_, i) => `v${i}`)
  for (const field of ['email', 'ssn']) expect(await acme.patient.count({ where: { [field]: { in: list } } })).toBe(4)
})

test.skipIf(database.provider === 'mysql')(
  'more than two lists of a statement can have is refused before SQL',
  async () => {
    const list = Array.from({ length: 16_001 }, (_, i) => `v${i}`)
    for (const filter of [{ in: list }, { notIn: list }, { not: { not: { in: list } } }]) {
      const refused = await refusal(acme.patient.count({ where: { email: filter } }))
      expect(refused).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        message: expect.stringContaining('at most 16,000 values in one call'),
      })
    }
  },
)

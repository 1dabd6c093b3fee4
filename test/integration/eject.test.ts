import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { changedModels } from '../support/changed-models.js'
import { PrismaClient } from '../support/client.js'
import { testOptions } from '../support/encrypted-client.js'
import { connectionOf } from '../support/servers/mariadb-connection.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { acme: sealing, database, kms, plain, plant, prisma: sealed, stored } = stage

const write = { write: 'plain' } as const
const models = changedModels({
  'Patient.email': write,
  'Patient.ssn': write,
  'Patient.notes': write,
  'Patient.photo': write,
})
const prisma = plain.$extends(fieldEncryption({ models, ...testOptions(kms) })) as unknown as typeof sealed
const acme = prisma.$forTenant('acme')

const values = {
  email: "O'Brien@Example.com",
  ssn: '123',
  notes: { deep: [1, '"\\'] },
  photo: new Uint8Array([0, 1, 255]),
}
const own = { email: true, ssn: true, notes: true, photo: true }
const create = async (data: object = {}) =>
  (await sealing.patient.create({ data: { ...values, ...data }, select: { id: true } })).id

beforeEach(async () => {
  await database.execute('DELETE FROM patients')
})

describe('$encryption.eject', () => {
  test('writes what envelopes hold in their place; searches go on', async () => {
    const [id, bare] = [await create(), await create({ email: 'b@x.org', ssn: null, notes: undefined, photo: null })]
    const times = () => database.query('SELECT id, updated_at, email_index FROM patients ORDER BY id')
    const before = await times()
    expect(await prisma.$encryption.eject({ dryRun: true })).toMatchObject({ rows: 2, changed: 2 })
    expect(await prisma.$encryption.eject({ fields: ['Patient.ssn'] })).toMatchObject({ changed: 1, skipped: {} })
    expect(await stored('patients', 'ssn', id)).toBe('123')
    expect(await acme.patient.findUnique({ where: { id }, select: own })).toEqual(values)
    expect(await prisma.$encryption.eject()).toEqual({
      finished: true,
      rows: 2,
      changed: 2,
      skipped: {},
      skippedRows: [],
    })
    expect(await plain.patient.findUnique({ where: { id }, select: own })).toEqual(values)
    expect(await plain.patient.findUnique({ where: { id: bare }, select: { email: true } })).toEqual({
      email: 'b@x.org',
    })
    expect(await times()).toEqual(before)
    expect(await acme.patient.count({ where: { email: "o'brien@example.com" } })).toBe(1)
    expect(await prisma.$encryption.eject()).toMatchObject({ changed: 0 })
    expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
    expect(await prisma.$encryption.reindex()).toMatchObject({ changed: 0, skipped: {} })
  })

  test('leaves what does not open, and what would be taken for an envelope', async () => {
    const [bad, like] = [
      await create(),
      await create({ ssn: 'pe1: a course', notes: 'pe1:x', photo: new Uint8Array([0x11, 0]) }),
    ]
    await plant('patients', 'ssn', bad, String(await stored('patients', 'ssn', bad)).slice(0, 100))
    const report = await prisma.$encryption.eject()
    expect(report).toMatchObject({ changed: 2, skipped: { ENVELOPE_MALFORMED: 1, ENVELOPE_VALUE_INVALID: 3 } })
    expect(JSON.stringify(report)).not.toContain('course')
    const { ssn, notes } = {
      ssn: await stored('patients', 'ssn', like),
      notes: await stored('patients', 'notes', like),
    }
    for (const value of [ssn, notes]) expect(String(value)).toMatch(/^"?pe1:[A-Za-z0-9+/=]{100}/)
    expect(await stored('patients', 'email_sealed', like)).toBe(values.email)
  })

  test.runIf(database.provider === 'mysql').each(['', 'STRICT_TRANS_TABLES'])(
    'leaves what the column has no characters for, with sql_mode %o',
    async (mode) => {
      await database.execute('ALTER TABLE patients MODIFY ssn VARCHAR(4000) CHARACTER SET latin1')
      await database.execute('ALTER TABLE patients MODIFY email_sealed VARCHAR(4000) CHARACTER SET utf8mb3 NOT NULL')
      const [lost, kept, emoji] = [
        await create({ ssn: 'Ωmega' }),
        await create({ ssn: 'Zürich €', email: 'Ω@x.org' }),
        await create({ email: '😀@x.org' }),
      ]
      const connection = {
        ...connectionOf(database.url),
        connectionLimit: 2,
        initSql: `SET SESSION sql_mode = '${mode}'`,
      }
      const lax = new PrismaClient({ adapter: new PrismaMariaDb(connection) })
      const client = lax.$extends(fieldEncryption({ models, ...testOptions(kms) })) as unknown as typeof sealed
      const report = await client.$encryption.eject({ fields: ['Patient.ssn', 'Patient.email'] })
      expect(report).toMatchObject({ finished: true, changed: 1, skipped: { COLUMN_CHARACTER_SET: 2 } })
      const named = report.skippedRows.map(({ key, field }) => [key.id, field])
      expect(new Map(named as [string, string][])).toEqual(
        new Map([
          [lost, 'ssn'],
          [emoji, 'email'],
        ]),
      )
      for (const id of [lost, emoji]) expect(await stored('patients', 'ssn', id)).toMatch(/^pe1:/)
      expect(await stored('patients', 'ssn', kept)).toBe('Zürich €')
      expect(await stored('patients', 'email_sealed', kept)).toBe('Ω@x.org')
      await lax.$disconnect()
    },
  )

  test('is refused where nothing is written in plaintext', async () => {
    expect((await refusal(sealed.$encryption.eject())).code).toBe('ENVELOPE_CONFIG_INVALID')
    expect((await refusal(prisma.$encryption.reencrypt({ fields: ['Patient.ssn'] }))).code).toBe(
      'ENVELOPE_CONFIG_INVALID',
    )
  })
})

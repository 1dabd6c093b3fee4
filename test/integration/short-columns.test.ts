import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { expect, test } from 'vitest'
import { minimumBytes, minimumCharacters } from '../../src/databases/index.js'
import { testProvider } from '../support/database.js'
import { keysClient, openKeysStage } from '../support/keys-stage.js'
import { connectionOf } from '../support/servers/mariadb-connection.js'
import { refusal } from '../support/stage.js'

const { database, kms } = await openKeysStage()

/** As long as its column has room for: an inline envelope carries it. */
const tenant = 'x'.repeat(191)

/** A process whose sessions cut off what does not fit, without a word. */
function lax(store: 'inline' | 'table') {
  const options = { ...connectionOf(database.url), connectionLimit: 2, initSql: "SET SESSION sql_mode = ''" }
  const client = keysClient({ ...database, adapter: () => new PrismaMariaDb(options) }, kms, {
    dataKeys: { store },
    cmk: 'alias/tenant/acme',
  })
  return { ...client, tenant: client.prisma.$forTenant(tenant), close: () => client.plain.$disconnect() }
}

const person = (id: string) => ({
  id,
  email: `${id}@example.com`,
  ssn: '078-05-1120',
  photo: new Uint8Array([1, 2, 3]),
})

test.runIf(testProvider() === 'mysql')(
  'the room that the generator demands holds an inline envelope whole, whatever sql_mode says',
  async () => {
    const at = lax('inline')
    await database.execute(`ALTER TABLE patients MODIFY ssn VARCHAR(${minimumCharacters}) NULL,
      MODIFY email_sealed VARCHAR(${minimumCharacters}) NOT NULL, MODIFY photo_sealed VARBINARY(${minimumBytes}) NULL`)
    const [{ mode } = {}] = await at.plain.$queryRaw<{ mode: string }[]>`SELECT @@sql_mode AS mode`
    expect(mode).toBe('')
    const data = person('whole')
    await at.tenant.patient.create({ data })
    at.prisma.$encryption.evict(tenant)
    expect(await at.tenant.patient.findUnique({ where: { id: data.id } })).toMatchObject(data)
    await at.close()
  },
)

test.runIf(testProvider() === 'mysql').each(['inline', 'table'] as const)(
  'a column without it cuts off a value (%s), which is then a typed error on reading, and never another value',
  async (store) => {
    const at = lax(store)
    for (const [characters, bytes] of [
      [60, 40],
      [76, 48],
    ] as const) {
      await database.execute('DELETE FROM patients')
      await database.execute(`ALTER TABLE patients MODIFY ssn VARCHAR(${characters}) NULL,
        MODIFY photo_sealed VARBINARY(${bytes}) NULL`)
      await at.tenant.patient.create({ data: person('cut'), select: { id: true } })
      const [stored] = await database.query('SELECT length(ssn) AS ssn, length(photo_sealed) AS photo FROM patients')
      expect(stored).toEqual({ ssn: characters, photo: bytes })
      at.prisma.$encryption.evict(tenant)
      for (const field of ['ssn', 'photo'] as const) {
        const error = await refusal(at.tenant.patient.findMany({ select: { [field]: true } }))
        expect(error).toMatchObject({ model: 'Patient', field })
        expect(error.code).toMatch(/^ENVELOPE_(MALFORMED|AUTHENTICATION_FAILED)$/)
      }
    }
    await at.close()
  },
)

import { expect, inject, test } from 'vitest'
import { testProvider } from '../support/database.js'
import { openMariadb } from '../support/databases/mariadb.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { testKms } from '../support/kms.js'
import { tagOf, wrappingOf } from '../support/rotation.js'
import { startMariadb } from '../support/servers/mariadb-server.js'

/** In bytes: what MariaDB takes in one statement, and returns of one expression. */
const PACKET = 16_384
const ROWS = 120

// On a server of its own: the setting is the whole server's.
const isOwnServer = testProvider() === 'mysql' && (process.env.TEST_MARIADB_URL ?? '') === ''

test.runIf(isOwnServer)(
  'a rewrap takes fewer rows at once where max_allowed_packet is small, and names a row that is longer',
  async () => {
    const server = await startMariadb()
    try {
      const database = await openMariadb({ url: server.url, sql: inject('mariadb').sql })
      const kms = await testKms()
      const { arn } = await kms.createKey({ alias: 'alias/tenant/acme-next' })
      const cmk = { current: 'alias/tenant/acme-next', previous: ['alias/tenant/acme'] }
      const before = encryptedClient(database, kms, { rewrap: 'off' })
      const acme = before.prisma.$forTenant('acme')
      // Each under a data key of its own: as many prefixes are replaced.
      for (let i = 0; i < ROWS; i++) {
        const ssn = i === 50 ? 'x'.repeat(2 * PACKET) : `${i}`
        await acme.patient.create({ data: { id: `p${i}`, email: `${i}@example.com`, ssn }, select: { id: true } })
        before.prisma.$encryption.evict('acme')
      }
      await before.plain.$disconnect()
      const long = async () => (await database.query("SELECT MD5(ssn) AS v FROM patients WHERE id = 'p50'"))[0]?.v
      const longBefore = await long()
      await database.execute(`SET GLOBAL max_allowed_packet = ${PACKET}`)

      const after = encryptedClient(database, kms, { cmk, rewrap: 'off' })
      const report = await after.prisma.$encryption.rewrap()
      expect(report).toMatchObject({ finished: true, rows: ROWS, changed: ROWS, skipped: { COLUMN_TOO_SHORT: 1 } })
      const skipped = { model: 'Patient', key: { id: 'p50' }, field: 'ssn', reason: 'COLUMN_TOO_SHORT' }
      expect(report.skippedRows).toEqual([skipped])
      expect(await long()).toBe(longBefore)
      const rows = await database.query("SELECT ssn AS v FROM patients WHERE id <> 'p50'")
      for (const { v } of rows) expect(wrappingOf(v).cmk).toBe(tagOf(arn))
      await after.plain.$disconnect()
      await database.close()
    } finally {
      await server.stop()
    }
  },
  180_000,
)

import { beforeAll, describe, expect, test } from 'vitest'
import { openFilledCompany } from './company-rows.js'

/** Where the tenant of a row is found: in its own column, some steps away, nowhere but in the envelope, or the shared one. */
const { acme, database, extend, fill, prisma } = await openFilledCompany()

beforeAll(fill)

const q = (name: string): string => (database.provider === 'mysql' ? `\`${name}\`` : `"${name}"`)

describe('$encryption.verify', () => {
  test('finds the tenant of each row, however far away it is', async () => {
    const report = await prisma.$encryption.verify()
    expect(report).toMatchObject({ finished: true, skipped: {} })
    expect(report.rows).toBeGreaterThan(20)
    expect((await acme.$encryption.verify()).skipped).toEqual({})
    expect((await prisma.$forTenant('main').$encryption.verify()).skipped).toEqual({})
  })

  test('so does a job that writes: each value is sealed anew for its own tenant', async () => {
    const other = extend({ suite: 'xchacha20-poly1305' })
    const { rows, changed, skipped } = await other.$encryption.reencrypt()
    expect([rows > 20, changed > 20, skipped]).toEqual([true, true, {}])
    expect(await other.$encryption.reencrypt()).toMatchObject({ changed: 0, skipped: {} })
    expect((await prisma.$encryption.verify()).skipped).toEqual({})
    expect(await prisma.$encryption.reindex()).toMatchObject({ changed: 0, skipped: {} })
    await fill()
  })

  test('notices that a row leads to another tenant than it was sealed for', async () => {
    await database.execute(
      `UPDATE ${q('Recipient')} SET ${q('envelopeId')} = 'e-globex' WHERE ${q('token')} = 'r-acme'`,
    )
    const { skipped, skippedRows } = await prisma.$encryption.verify()
    expect(Object.keys(skipped)).toEqual(['ENVELOPE_TENANT_MISMATCH'])
    // The row itself, and those that belong to it.
    expect(new Set(skippedRows.map(({ model }) => model))).toEqual(new Set(['Recipient', 'Field']))
    // In place of its own rows, the other tenant has one that does not open.
    expect((await prisma.$forTenant('globex').$encryption.verify({ models: ['Recipient'] })).skipped).toEqual({
      ENVELOPE_TENANT_MISMATCH: 2,
    })
    expect((await acme.$encryption.verify({ models: ['Recipient'] })).skipped).toEqual({})
    await fill()
  })
})

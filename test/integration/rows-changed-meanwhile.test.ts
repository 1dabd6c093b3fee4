import { beforeEach, describe, expect, test } from 'vitest'
import { holdNext } from '../support/kms.js'
import { anotherClient } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

/** What others do to a row, past Prisma, after a job has read it and before it writes. */
const stage = await openStage()
const { acme, database, globex, kms, plain, plant, prisma, stored } = stage

const PATIENCE = 40_000

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
})

/** Runs a job in a process that waits for KMS when it has read the rows, and `work` meanwhile. */
async function during(
  operation: string,
  job: (client: typeof prisma) => Promise<{ changed: number }>,
  work: () => Promise<unknown>,
) {
  const at = anotherClient(stage)
  const { arrived, release } = holdNext(kms, operation)
  const running = job(at.prisma)
  await arrived
  expect(at.statements.some(({ sql }) => sql.includes(' AS v0'))).toBe(true)
  await work()
  release()
  const report = await running
  await at.close()
  return report
}

const move = (id: string, tenant: string) =>
  database.execute('UPDATE patients SET tenant_id = ? WHERE id = ?', [tenant, id])

describe('a row that is moved to another tenant while a job looks at it', () => {
  test(
    'is encrypted for the tenant that owns it now',
    async () => {
      const create = async (ssn: string) =>
        (await plain.patient.create({ data: { tenantId: 'acme', email: `${ssn}@x.org`, ssn }, select: { id: true } }))
          .id
      const [moved, other] = [await create('moved'), await create('other')]
      const report = await during(
        'GenerateDataKey',
        (client) => client.$encryption.backfill(),
        () => move(moved, 'globex'),
      )
      expect(report).toMatchObject({ finished: true, changed: 2, skipped: {} })
      expect(await prisma.$encryption.verify()).toMatchObject({ skipped: {} })
      const own = { email: true, ssn: true }
      expect(await globex.patient.findUnique({ where: { id: moved }, select: own })).toEqual({
        email: 'moved@x.org',
        ssn: 'moved',
      })
      expect(await globex.patient.count({ where: { email: 'moved@x.org' } })).toBe(1)
      expect(await acme.patient.count({ where: { id: other } })).toBe(1)
    },
    PATIENCE,
  )

  test(
    'gets no index of the tenant that it belonged to',
    async () => {
      const id = (await acme.patient.create({ data: { email: 'a@x.org' }, select: { id: true } })).id
      await plant('patients', 'email_index', id, null)
      const report = await during(
        'GenerateMac',
        (client) => client.$encryption.reindex(),
        () => move(id, 'globex'),
      )
      // Its value was sealed for the other one.
      expect(report).toMatchObject({ finished: true, changed: 0, skipped: { ENVELOPE_TENANT_MISMATCH: 1 } })
      expect(await stored('patients', 'email_index', id)).toBeNull()
    },
    PATIENCE,
  )
})

import { readReplicas } from '@prisma/extension-read-replicas'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { runWithTenant } from '../../src/tenancy/index.js'
import { encryptedModels, PrismaClient } from '../support/client.js'
import { recordingAdapter } from '../support/recording-adapter.js'
import { arnOf, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage, refusal } from '../support/stage.js'

const stage = await openStage()
const { database, kms, stored } = stage

// Both are of one database, as if it were replicated at once; what each is sent tells them apart.
const primary = recordingAdapter(database.adapter())
const replica = recordingAdapter(database.adapter())
const primaryClient = new PrismaClient({ adapter: primary.factory })
const replicaClient = new PrismaClient({ adapter: replica.factory })

const OLD = 'alias/tenant/acme'
const { arn: next } = await kms.createKey({ alias: 'alias/tenant/acme-next' })
let current = OLD

const encryption = () =>
  fieldEncryption({
    models: encryptedModels,
    app: 'test',
    kms: kms.provider,
    cmk: (tenant) =>
      tenant === 'acme' ? { current, previous: current === OLD ? [] : [OLD] } : `alias/tenant/${tenant}`,
    indexCmk: 'alias/index',
  })
const prisma = primaryClient.$extends(encryption()).$extends(readReplicas({ replicas: [replicaClient] }))
const acme = prisma.$forTenant('acme')

afterAll(() => Promise.all([primaryClient.$disconnect(), replicaClient.$disconnect()]))

/** The first words of what each was sent while `work` ran. */
async function sent(work: () => unknown): Promise<{ primary: string[]; replica: string[] }> {
  primary.statements.length = 0
  replica.statements.length = 0
  await work()
  const verbs = ({ statements }: typeof primary) =>
    statements.flatMap(({ kind, sql }) => (kind === 'query' || kind === 'execute' ? [sql.slice(0, 6)] : []))
  return { primary: verbs(primary), replica: verbs(replica) }
}

beforeEach(() => database.execute('DELETE FROM patients'))

const person = { email: 'ann@example.com', ssn: '1' }

describe('with the read-replicas extension after ours', () => {
  test('a write goes to the primary, sealed', async () => {
    let id = ''
    const where = await sent(async () => {
      id = (await acme.patient.create({ data: person })).id
    })
    expect(where.replica).toEqual([])
    expect(where.primary).toContain('INSERT')
    expect(await stored('patients', 'ssn', id)).toMatch(/^pe1:/)
  })

  test('a read goes to the replica, and is opened; a search too', async () => {
    await acme.patient.create({ data: person })
    const where = await sent(async () => {
      expect(await acme.patient.findFirst()).toMatchObject(person)
      expect(await acme.patient.findMany({ where: { email: 'ANN@example.com ' } })).toMatchObject([person])
      expect(await acme.patient.count({ where: { email: 'ann@example.com' } })).toBe(1)
    })
    expect(where).toEqual({ primary: [], replica: ['SELECT', 'SELECT', 'SELECT'] })
  })

  test('a bound view keeps to its tenant on the replica', async () => {
    await acme.patient.create({ data: person })
    expect(await prisma.$forTenant('globex').patient.findMany()).toEqual([])
  })

  test('$primary() reads from the primary, opened and still bound', async () => {
    await acme.patient.create({ data: person })
    await prisma.$forTenant('globex').patient.create({ data: person })
    const where = await sent(async () => {
      expect(await acme.$primary().patient.findMany({ select: { ssn: true, tenantId: true } })).toEqual([
        { ssn: '1', tenantId: 'acme' },
      ])
    })
    expect(where).toEqual({ primary: ['SELECT'], replica: [] })
  })

  test('$replica() reads from the replica, opened; through a bound view its own tenant’s rows', async () => {
    await acme.patient.create({ data: person })
    await prisma.$forTenant('globex').patient.create({ data: { ...person, ssn: '2' } })
    const select = { ssn: true, tenantId: true } as const
    const both = [
      { ssn: '1', tenantId: 'acme' },
      { ssn: '2', tenantId: 'globex' },
    ]
    const where = await sent(async () => {
      expect(await prisma.$replica().patient.findMany({ select, orderBy: { tenantId: 'asc' } })).toEqual(both)
      expect(await acme.$replica().patient.findMany({ select })).toEqual([both[0]])
      expect(await acme.$replica().patient.findMany({ select, where: { email: 'ann@example.com' } })).toEqual([both[0]])
      expect(await runWithTenant('globex', () => prisma.$replica().patient.findMany({ select }))).toEqual([both[1]])
      expect(await refusal(() => acme.$replica().$forTenant('globex'))).toMatchObject({ code: 'ENVELOPE_TENANT_BOUND' })
    })
    expect(where).toEqual({ primary: [], replica: Array(4).fill('SELECT') })
    expect(prisma.$replica()).not.toBe(replicaClient)
  })

  test('with the extension before ours, $primary() and $replica() encrypt too', async () => {
    await acme.patient.create({ data: person })
    const first = primaryClient.$extends(readReplicas({ replicas: [replicaClient] })).$extends(encryption())
    for (const client of [first.$primary(), first.$replica()]) {
      expect(await client.patient.findFirst({ select: { ssn: true } })).toEqual({ ssn: '1' })
    }
    expect(await first.$forTenant('globex').$replica().patient.count()).toBe(0)
  })

  test('a client of another schema is not handed out', async () => {
    const other: unknown = Object.create(replicaClient, {
      _runtimeDataModel: { value: { models: { Other: { fields: [] } } } },
    })
    const client = prisma.$extends({ client: { $other: () => other as typeof replicaClient } })
    expect(await refusal(() => client.$other())).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect(await refusal(() => client.$forTenant('acme').$other())).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })

  test('a transaction reads and writes on the primary alone', async () => {
    const where = await sent(() =>
      acme.$transaction(async (tx) => {
        const { id } = await tx.patient.create({ data: person })
        expect(await tx.patient.findUnique({ where: { id } })).toMatchObject(person)
      }),
    )
    expect(where.replica).toEqual([])
  })

  test('what we look up ourselves before a write is looked up on the primary', async () => {
    const desk = await prisma.$forTenant('globex').desk.create({ data: { label: 'theirs' } as never })
    const where = await sent(async () => {
      const data = { name: 'Eve', deskId: desk.id } as never
      expect(await refusal(acme.staff.create({ data }))).toMatchObject({ code: 'ENVELOPE_TENANT_CONFLICT' })
    })
    expect(where).toEqual({ primary: ['SELECT'], replica: [] })
  })

  test('a row that was read from the replica is rewrapped on the primary', async () => {
    const { id } = await acme.patient.create({ data: person })
    expect(wrappingOf(await stored('patients', 'ssn', id)).cmk).toBe(tagOf(await arnOf(stage, OLD)))
    current = next
    prisma.$encryption.evict('acme')
    const where = await sent(async () => {
      expect(await acme.patient.findUnique({ where: { id } })).toMatchObject(person)
      await prisma.$encryption.idle()
    })
    expect(where).toEqual({ primary: ['UPDATE'], replica: ['SELECT'] })
    expect(wrappingOf(await stored('patients', 'ssn', id)).cmk).toBe(tagOf(next))
  })

  test('raw rows are opened', async () => {
    await acme.patient.create({ data: person })
    const rows = await acme.$queryRaw<object[]>`SELECT id, ssn, tenant_id FROM patients`
    expect(await prisma.$encryption.openRows('Patient', rows)).toMatchObject([{ ssn: '1' }])
  })
})

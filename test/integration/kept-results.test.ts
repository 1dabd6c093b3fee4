import { describe, expect, test } from 'vitest'
import { Prisma } from '../support/client.js'
import { encryptedClient } from '../support/encrypted-client.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { openStage } from '../support/stage.js'

const { acme, database, kms, prisma } = await openStage()

const ann = { email: 'ann', ssn: '900-12', notes: { allergies: ['nuts'] }, photo: Uint8Array.of(1, 2) }
const { id } = await acme.patient.create({
  data: { ...ann, visits: { create: [{ reason: 'flu' }, { reason: 'cold' }] } },
})

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

/** An extension that keeps the first result of each operation, and returns it ever after. */
function memo(keep: <T>(result: T) => T = (result) => result) {
  const kept = new Map<string, unknown>()
  const extension = Prisma.defineExtension({
    query: {
      async $allOperations({ model, operation, args, query }) {
        const name = `${model}.${operation}`
        if (!kept.has(name)) kept.set(name, keep(await query(args)))
        return kept.get(name)
      },
    },
  })
  return { kept, extension }
}

const where = { id }
const include = { visits: { orderBy: { id: 'asc' } } } as const

describe('what an extension after ours keeps of a result stays sealed, and is opened for each reader:', () => {
  test('a memo of findMany, as one would write it', async () => {
    let kept: unknown
    const client = prisma.$extends({
      query: {
        patient: {
          async findMany({ args, query }) {
            kept ??= await query(args)
            // The same rows as before, which the types of a query cannot know.
            return kept as Awaited<ReturnType<typeof query>>
          },
        },
      },
    })
    for (let i = 0; i < 2; i++) {
      expect(await client.patient.findMany({ where })).toMatchObject([ann])
      expect(kept).toMatchObject([{ email: expect.stringMatching(/^pe1:/), notes: expect.stringMatching(/^pe1:/) }])
    }
  })

  const calls: [string, (client: typeof prisma) => unknown, unknown][] = [
    ['Patient.findUnique', (client) => client.patient.findUnique({ where, include }), ann],
    [
      'Patient.findMany',
      (client) => client.patient.findMany({ where, include }),
      [{ ...ann, visits: [{ reason: 'flu' }, { reason: 'cold' }] }],
    ],
    [
      'Patient.findFirst',
      (client) => client.$forTenant('acme').patient.findFirst({ where, select: { ssn: true } }),
      { ssn: '900-12' },
    ],
    [
      'Visit.findMany',
      (client) => client.visit.findMany({ where: { patientId: id }, select: { patient: true } }),
      [{ patient: ann }, { patient: ann }],
    ],
    ['Patient.update', (client) => client.patient.update({ where, data: { age: 4 }, include }), ann],
    [
      'Patient.create',
      (client) =>
        client.$forTenant('acme').patient.create({ data: { ...ann, visits: { create: { reason: 'cut' } } }, include }),
      { ...ann, visits: [{ reason: 'cut' }] },
    ],
  ]

  test.each(calls)('%s', async (name, call, wanted) => {
    const { kept, extension } = memo()
    const client = prisma.$extends(extension) as unknown as typeof prisma
    expect(await call(client)).toMatchObject(wanted as object)
    const first = structuredClone(kept.get(name))
    expect(JSON.stringify(first)).toContain('"pe1:')
    for (const value of ['ann', '900-12', 'flu', 'nuts', 'cut', 'cold'])
      expect(JSON.stringify(first)).not.toContain(`"${value}"`)
    expect(await call(client)).toMatchObject(wanted as object)
    expect(kept.get(name)).toEqual(first)
  })

  test('a fluent call', async () => {
    const { kept, extension } = memo()
    const client = prisma.$extends(extension)
    for (let i = 0; i < 2; i++) {
      const visits = await client.patient.findUnique({ where }).visits({ orderBy: { id: 'asc' }, take: 1 })
      expect(visits).toMatchObject([{ reason: 'flu' }])
    }
    expect(kept.get('Patient.findUnique')).toMatchObject([{ reason: expect.stringMatching(/^pe1:/) }])
  })

  test('a frozen result', async () => {
    const { extension } = memo(frozen)
    const client = prisma.$extends(extension)
    for (let i = 0; i < 2; i++) {
      // The tenant column is added to the selection, and taken out again.
      expect(
        await client.patient.findMany({ where, select: { email: true, visits: { select: { reason: true } } } }),
      ).toEqual([{ email: 'ann', visits: expect.arrayContaining([{ reason: 'flu' }, { reason: 'cold' }]) }])
    }
  })

  test('one row object at two places', async () => {
    const client = prisma.$extends({
      query: {
        patient: {
          async findMany({ args, query }) {
            const [row] = await query(args)
            return row === undefined ? [] : [row, row]
          },
        },
      },
    })
    expect(await client.patient.findMany({ where })).toMatchObject([ann, ann])
  })

  test('what was added to the selection, and index columns that are checked and left out', async () => {
    const { kept, extension } = memo()
    const strict = encryptedClient(database, kms, { indexColumns: 'omit', verifyIndexes: true })
    const client = strict.prisma.$extends(extension)
    for (let i = 0; i < 2; i++) {
      const rows = await client.patient.findMany({ where, select: { email: true } })
      expect(rows).toEqual([{ email: 'ann' }])
    }
    const [row] = kept.get('Patient.findMany') as object[]
    expect(Object.keys(row ?? {}).sort()).toEqual(['email', 'emailIndex', 'id', 'tenantId'])
    await strict.plain.$disconnect()
  })
})

describe.runIf(database.provider === 'postgresql')('a list of encrypted values', () => {
  const clinic = postgresqlTypes(acme)
  const values = { allergies: ['nuts', 'figs'], events: [{ a: 1 }], scans: [Uint8Array.of(7)] }

  test('stays sealed where an extension keeps it', async () => {
    const { kept, extension } = memo(frozen)
    const chart = await clinic.chart.create({ data: values })
    const client = postgresqlTypes(prisma).$extends(extension)
    for (let i = 0; i < 2; i++) expect(await client.chart.findMany({ where: { id: chart.id } })).toMatchObject([values])
    const element = expect.stringMatching(/^pe1:/)
    expect(kept.get('Chart.findMany')).toMatchObject([{ allergies: [element, element], events: [element] }])
  })

  test('is left alone in rows that are passed to openRows', async () => {
    const { id: at } = await clinic.chart.create({ data: values })
    const rows = frozen(
      await prisma.$queryRaw<
        object[]
      >`SELECT id, tenant_id, allergies_sealed, events, scans FROM charts WHERE id = ${at}`,
    )
    const before = structuredClone(rows)
    const { allergies, events, scans } = values
    const opened = await postgresqlTypes(prisma).$encryption.openRows('Chart', rows)
    expect(opened).toEqual([{ id: at, tenant_id: 'acme', allergies_sealed: allergies, events, scans }])
    expect(rows).toEqual(before)
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import type { TransactionOf } from '../../src/prisma/transaction.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, countRows, database, globex, kms, prisma, statements } = await openStage()

beforeEach(async () => {
  await database.execute('DELETE FROM visits')
  await database.execute('DELETE FROM patients')
})

const kinds = () => statements.map(({ kind }) => kind).filter((kind) => kind !== 'query' && kind !== 'execute')

describe('an interactive transaction', () => {
  test('writes and reads its own rows, opened', async () => {
    const emails = await prisma.$transaction(async (tx) => {
      await tx.patient.create({ data: { tenantId: 'acme', email: 'a' } })
      await sleep(1)
      await tx.$executeRawUnsafe('UPDATE patients SET age = 9')
      return (await tx.patient.findMany({ where: { age: 9 }, select: { email: true } })).map(({ email }) => email)
    })
    expect(emails).toEqual(['a'])
    expect(await countRows('patients')).toBe(1)
  })

  test('leaves nothing when it is rolled back, by its own error or by a refusal', async () => {
    await expect(
      acme.$transaction(async (tx) => {
        await tx.patient.create({ data: { email: 'a' } })
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    const refused = acme.$transaction(async (tx) => {
      await tx.patient.create({ data: { email: 'a' } })
      // @ts-expect-error: the types forbid it, too
      await tx.patient.findMany({ where: { ssn: 'x' } })
    })
    expect(await refusal(refused)).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED' })
    expect(await countRows('patients')).toBe(0)
    expect(statements.at(-1)?.kind).toBe('rollback')
  })

  test('what was sealed under a key made in a rolled-back transaction opens afterwards', async () => {
    prisma.$encryption.evict('acme')
    await expect(
      acme.$transaction(async (tx) => {
        await tx.patient.create({ data: { email: 'a' } })
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    kms.calls.reset()
    await acme.patient.create({ data: { email: 'b' } })
    expect(kms.calls.count()).toBe(0)
    prisma.$encryption.evict('acme')
    expect(await acme.patient.findMany({ select: { email: true } })).toEqual([{ email: 'b' }])
  })

  test('may be refused a statement, and go on', async () => {
    await acme.$transaction(async (tx) => {
      // @ts-expect-error: the types forbid it, too
      await refusal(tx.patient.findMany({ where: { ssn: 'x' } }))
      await tx.patient.create({ data: { email: 'a' } })
    })
    expect(await countRows('patients')).toBe(1)
  })

  test('accepts its options, also through a view', async () => {
    const slow = acme.$transaction(
      async (tx) => {
        await sleep(120)
        await tx.patient.create({ data: { email: 'late' } })
      },
      { timeout: 40 },
    )
    await expect(slow).rejects.toMatchObject({ code: 'P2028' })
    expect(await countRows('patients')).toBe(0)
  })

  test('passes its client to functions that accept either', async () => {
    const add = (db: TransactionOf<typeof prisma>) => db.patient.create({ data: { tenantId: 'acme', email: 'a' } })
    await add(prisma)
    await add(acme)
    await prisma.$transaction(add)
    await acme.$transaction(add)
    expect(await countRows('patients')).toBe(4)
  })

  test('can bind its client to a tenant', async () => {
    await prisma.$transaction(async (tx) => {
      await tx.$forTenant('acme').patient.create({ data: { email: 'a' } })
      await tx.$forTenant('globex').patient.create({ data: { email: 'g' } })
    })
    expect(await prisma.patient.findMany({ select: { email: true }, orderBy: { tenantId: 'asc' } })).toEqual([
      { email: 'a' },
      { email: 'g' },
    ])
    await expect(
      prisma.$transaction(async (tx) => {
        await tx.$forTenant('acme').patient.create({ data: { email: 'a' } })
        throw new Error('mine')
      }),
    ).rejects.toThrow('mine')
    expect(await countRows('patients')).toBe(2)
  })

  test('sends one BEGIN and one COMMIT', async () => {
    statements.length = 0
    await acme.$transaction(async (tx) => {
      await tx.patient.createMany({ data: [{ email: 'a' }] })
      await tx.patient.findMany()
    })
    expect(kinds()).toEqual(['begin', 'commit'])
  })
})

describe('a batch', () => {
  test('returns opened results in order, in one transaction', async () => {
    statements.length = 0
    const [a, count, g, rows] = await prisma.$transaction([
      acme.patient.create({ data: { email: 'a' }, select: { email: true } }),
      prisma.patient.count(),
      globex.patient.create({ data: { email: 'g' }, select: { email: true } }),
      prisma.patient.findMany({ select: { email: true }, orderBy: { tenantId: 'asc' } }),
    ])
    expect([a, count, g, rows]).toEqual([{ email: 'a' }, 1, { email: 'g' }, [{ email: 'a' }, { email: 'g' }]])
    expect(kinds()).toEqual(['begin', 'commit'])
  })

  test('writes nothing when a member fails in the database', async () => {
    const id = '4c1a9d4e-0000-4000-8000-000000000002'
    const batch = prisma.$transaction([
      acme.patient.create({ data: { id, email: 'a' } }),
      acme.patient.create({ data: { id, email: 'again' } }),
    ])
    await expect(batch).rejects.toMatchObject({ code: 'P2002' })
    expect(await countRows('patients')).toBe(0)
  })

  test.each([0, 1, 2])('writes nothing when member %i is refused', async (at) => {
    const members = [0, 1, 2].map((i) =>
      i === at
        ? prisma.patient.create({ data: { email: 'nobody’s' } })
        : acme.patient.create({ data: { email: `${i}` } }),
    )
    expect(await refusal(prisma.$transaction(members))).toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
    expect(await countRows('patients')).toBe(0)
  })

  test('writes nothing when a member’s key cannot be obtained', async () => {
    const batch = prisma.$transaction([
      acme.patient.create({ data: { email: 'a' } }),
      prisma.$forTenant('nobody').patient.create({ data: { email: 'n' } }),
    ])
    expect(await refusal(batch)).toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
    expect(await countRows('patients')).toBe(0)
  })

  test('of writes with cold keys is still one transaction', async () => {
    for (const tenant of ['acme', 'globex']) prisma.$encryption.evict(tenant)
    statements.length = 0
    await prisma.$transaction([
      acme.patient.create({ data: { email: 'a' } }),
      globex.patient.create({ data: { email: 'g' } }),
      prisma.patient.updateMany({ data: { age: 3 } }),
    ])
    expect(kinds()).toEqual(['begin', 'commit'])
    expect(await prisma.patient.findMany({ select: { age: true } })).toEqual([{ age: 3 }, { age: 3 }])
  })

  test('may hold raw SQL', async () => {
    const [, changed] = await acme.$transaction([
      acme.patient.create({ data: { email: 'a' } }),
      acme.$executeRawUnsafe('UPDATE patients SET age = 5'),
    ])
    expect(changed).toBe(1)
  })
})

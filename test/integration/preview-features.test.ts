import { describe, expect, test } from 'vitest'
import { previewClient } from '../support/preview-client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme: writer, globex: theirs, database, kms } = await openStage()

const { Prisma, plain, acme, statements } = await previewClient({ database, kms })

const { id } = await writer.patient.create({
  data: {
    email: 'ann',
    ssn: '1',
    notes: { a: [1] },
    photo: Uint8Array.of(1, 2),
    visits: { create: [{ reason: 'flu' }, { reason: 'cold' }] },
    record: { create: { data: { deep: 'é' }, where: 'w' } },
    tags: { create: { name: 'vip' } },
  },
})
const foreign = await theirs.patient.create({ data: { email: 'eve', ssn: '2' } })

describe.runIf(database.provider === 'postgresql')('relationLoadStrategy', () => {
  const include = {
    visits: { orderBy: { id: 'asc' }, include: { patient: { select: { email: true, photo: true } } } },
    record: true,
    mentor: true,
    mentees: { select: { ssn: true, notes: true } },
    tags: { include: { patients: { select: { ssn: true } } } },
    _count: { select: { visits: true } },
  } as const

  test('join and query return the same opened rows, and join takes one statement', async () => {
    const read = (relationLoadStrategy: 'join' | 'query') =>
      acme.patient.findUnique({ where: { id }, relationLoadStrategy, include })
    const joined = await read('join')
    statements.length = 0
    await read('join')
    expect(statements).toHaveLength(1)
    expect(joined).toEqual(await read('query'))
    expect(joined).toMatchObject({
      photo: Uint8Array.of(1, 2),
      notes: { a: [1] },
      visits: [{ reason: 'flu', patient: { email: 'ann', photo: Uint8Array.of(1, 2) } }, { reason: 'cold' }],
      record: { data: { deep: 'é' }, where: 'w' },
      tags: [{ name: 'vip', patients: [{ ssn: '1' }] }],
    })
  })

  test.each(['join', 'query'] as const)("%s hides another tenant's rows behind relations", async (strategy) => {
    // A crossing link, which the schema's foreign key does not rule out.
    await database.execute('UPDATE patients SET mentor_id = ? WHERE id = ?', [foreign.id, id])
    await database.execute('UPDATE patients SET mentor_id = ? WHERE id = ?', [id, foreign.id])
    const row = await acme.patient.findUnique({
      where: { id },
      relationLoadStrategy: strategy,
      include: { mentor: true, mentees: true, _count: { select: { mentees: true } } },
    })
    expect(row).toMatchObject({ ssn: '1', mentor: null, mentees: [], _count: { mentees: 0 } })
  })

  test.each(['join', 'query'] as const)('a write returns relations by %s, opened', async (strategy) => {
    const row = await acme.patient.update({
      where: { id },
      data: { ssn: '3' },
      relationLoadStrategy: strategy,
      select: { ssn: true, visits: { select: { reason: true }, orderBy: { id: 'asc' } } },
    })
    expect(row).toEqual({ ssn: '3', visits: [{ reason: 'flu' }, { reason: 'cold' }] })
    await acme.patient.update({ where: { id }, data: { ssn: '1' } })
  })
})

describe('strictUndefinedChecks', () => {
  /** What Prisma says, or the rows. */
  const outcome = async (call: () => PromiseLike<unknown>): Promise<unknown> => {
    try {
      return await call()
    } catch (error) {
      return (error as Error).name
    }
  }
  const loose = (client: unknown) => client as { patient: Record<string, (args: object) => PromiseLike<unknown>> }

  test.each<[string, string, object]>([
    ['a filter', 'findMany', { where: { ssn: undefined } }],
    ['an operator', 'findMany', { where: { email: { equals: undefined } } }],
    ['a null check', 'findMany', { where: { ssn: { not: undefined } } }],
    ['data', 'updateMany', { where: { age: -1 }, data: { ssn: undefined } }],
    ['{ set }', 'updateMany', { where: { age: -1 }, data: { ssn: { set: undefined } } }],
    ['{ set: Prisma.skip }', 'updateMany', { where: { age: -1 }, data: { ssn: { set: Prisma.skip } } }],
    ['Json data', 'updateMany', { where: { age: -1 }, data: { notes: undefined } }],
    ['a relation', 'findMany', { include: { visits: undefined } }],
    ['the filter of a relation', 'findMany', { include: { visits: { where: { reason: undefined } } } }],
  ])('refuses undefined in %s, as on the plain client', async (_where, operation, args) => {
    expect(await outcome(() => loose(plain).patient[operation]?.(args) ?? Promise.reject())).toBe(
      'PrismaClientValidationError',
    )
    expect(await outcome(() => loose(acme).patient[operation]?.(args) ?? Promise.reject())).toBe(
      'PrismaClientValidationError',
    )
  })

  test('Prisma.skip leaves out a value, a filter, an operator and a selection', async () => {
    const { skip } = Prisma
    const row = await acme.patient.update({
      where: { id },
      data: { ssn: skip, notes: skip, photo: skip, age: 9 },
      select: { ssn: true, notes: true, photo: skip, age: true },
    })
    expect(row).toEqual({ ssn: '1', notes: { a: [1] }, age: 9 })
    const where = { ssn: skip, email: skip, notes: skip }
    expect(await acme.patient.count({ where })).toBe(1)
    const created = await acme.parcel.create({ data: { state: skip, remark: skip } })
    expect(created).toMatchObject({ state: 'new', remark: '' })
    // @ts-expect-error: the types accept no `contains` on an encrypted field; an application without types is refused at run time
    expect(await refusal(acme.patient.findMany({ where: { ssn: { not: skip, contains: '1' } } }))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
    })
  })
})

import { describe, expect, test } from 'vitest'
import { hasReturning, offered } from '../support/client.js'
import { openStage, refusal } from '../support/stage.js'

const { acme, database, prisma, sqlOf, statements, stored } = await openStage()

const token = (email: string) => acme.$encryption.index('Patient', 'email', email)
const indexOf = async (id: string) => stored('patients', 'email_index', id)

/** The stored index columns of a login. */
async function columns(id: number) {
  const [row] = await database.query('SELECT "emailIndex" AS tenant, login_index AS global FROM "Login" WHERE id = ?', [
    id,
  ])
  return [row?.tenant, row?.global]
}

describe('writing a value writes its index', () => {
  test(`create, createMany${hasReturning ? ', createManyAndReturn' : ''}`, async () => {
    await acme.patient.create({ data: { id: 'a', email: 'A ' } })
    await acme.patient.createMany({ data: [{ id: 'b', email: 'b' }] })
    if (hasReturning) await acme.patient.createManyAndReturn({ data: [{ id: 'c', email: 'c' }] })
    for (const id of ['a', 'b', ...(hasReturning ? ['c'] : [])]) expect(await indexOf(id)).toEqual(await token(id))
  })

  test(`update, { set }, updateMany, upsert${hasReturning ? ', updateManyAndReturn' : ''}`, async () => {
    await acme.patient.create({ data: { id: 'u', email: '0' } })
    const where = { id: 'u' }
    await acme.patient.update({ where, data: { email: '1' } })
    expect(await indexOf('u')).toEqual(await token('1'))
    await acme.patient.update({ where, data: { email: { set: '2' } } })
    expect(await indexOf('u')).toEqual(await token('2'))
    await acme.patient.updateMany({ where, data: { email: '3' } })
    expect(await indexOf('u')).toEqual(await token('3'))
    if (hasReturning) {
      await acme.patient.updateManyAndReturn({ where, data: { email: { set: '4' } } })
      expect(await indexOf('u')).toEqual(await token('4'))
    }
    const upsert = (id: string) =>
      acme.patient.upsert({ where: { id }, create: { id, email: 'made' }, update: { email: '5' } })
    await upsert('u')
    expect(await indexOf('u')).toEqual(await token('5'))
    await upsert('v')
    expect(await indexOf('v')).toEqual(await token('made'))
  })

  test('nested writes', async () => {
    await acme.patient.create({
      data: { id: 'parent', email: 'parent', mentees: { create: { id: 'n1', email: 'n1' } } },
    })
    const nested = (mentees: object) => acme.patient.update({ where: { id: 'parent' }, data: { mentees } })
    await nested({ createMany: { data: [{ id: 'n2', email: 'n2' }] } })
    await nested({ update: { where: { id: 'n1' }, data: { email: 'changed' } } })
    await nested({ updateMany: { where: { id: 'n2' }, data: { email: { set: 'many' } } } })
    expect(await indexOf('n1')).toEqual(await token('changed'))
    expect(await indexOf('n2')).toEqual(await token('many'))
  })

  test('several indexes of one field', async () => {
    const { id } = await acme.login.create({ data: { email: 'Several' } })
    expect(await columns(id)).toEqual([
      await acme.$encryption.index('Login', 'email', 'several'),
      await acme.$encryption.index('Login', 'email', 'several', { index: 'loginIndex' }),
    ])
  })

  test('the empty text is a value', async () => {
    await acme.patient.create({ data: { id: 'empty', email: '' } })
    expect(await indexOf('empty')).toEqual(await token(''))
    expect(await acme.patient.findFirst({ where: { email: '' }, select: { id: true } })).toEqual({ id: 'empty' })
    // A text of which the normalizers leave nothing is not the empty text.
    await expect(acme.patient.findFirst({ where: { email: ' ' } })).rejects.toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
    })
  })
})

describe('NULL', () => {
  const ways: [string, (id: number) => Promise<unknown>][] = [
    ['update', (id) => acme.login.update({ where: { id }, data: { email: null } })],
    ['update by { set }', (id) => acme.login.update({ where: { id }, data: { email: { set: null } } })],
    ['updateMany', (id) => acme.login.updateMany({ where: { id }, data: { email: null } })],
    ['updateManyAndReturn', (id) => acme.login.updateManyAndReturn({ where: { id }, data: { email: { set: null } } })],
    ['upsert', (id) => acme.login.upsert({ where: { id }, create: {}, update: { email: null } })],
  ]
  test.each(offered(ways))('in %s empties every index of the field', async (_what, write) => {
    const { id } = await acme.login.create({ data: { email: 'gone', phone: '1' } })
    await write(id)
    expect(await columns(id)).toEqual([null, null])
    expect(await acme.login.findFirst({ where: { email: 'gone' } })).toBeNull()
    expect(await acme.login.findFirst({ where: { phone: '1' }, select: { id: true } })).toEqual({ id })
    await acme.login.delete({ where: { id } })
  })

  test('in create leaves it empty', async () => {
    const { id } = await acme.login.create({ data: { email: null } })
    expect(await columns(id)).toEqual([null, null])
  })
})

test('a field that an update leaves out keeps its index', async () => {
  await acme.patient.create({ data: { id: 'kept', email: 'kept' } })
  await acme.patient.update({ where: { id: 'kept' }, data: { ssn: '1' } })
  await acme.patient.update({ where: { id: 'kept' }, data: { email: undefined as unknown as string, age: 4 } })
  expect(await indexOf('kept')).toEqual(await token('kept'))
})

describe('an index column written by hand is refused before SQL', () => {
  const emailIndex = new Uint8Array(16)
  test.each<[string, () => Promise<unknown>]>([
    ['create', () => acme.patient.create({ data: { email: 'x', emailIndex } })],
    ['createMany', () => acme.patient.createMany({ data: [{ email: 'x', emailIndex }] })],
    ['update', () => acme.patient.update({ where: { id: 'a' }, data: { emailIndex: null } })],
    ['{ set }', () => acme.patient.updateMany({ data: { emailIndex: { set: emailIndex } } })],
    [
      'a nested create',
      () => acme.patient.update({ where: { id: 'a' }, data: { mentees: { create: { email: 'x', emailIndex } } } }),
    ],
  ])('%s', async (_what, write) => {
    const sql = await sqlOf(async () => {
      expect(await refusal(write)).toMatchObject({
        code: 'ENVELOPE_VALUE_INVALID',
        model: 'Patient',
        field: 'emailIndex',
      })
    })
    expect(sql).toEqual([])
  })
})

test('what is written reaches the database sealed or as a token', async () => {
  statements.length = 0
  await acme.patient.create({ data: { email: 'needle', ssn: 'needle' } })
  await acme.patient.updateMany({ where: { email: 'needle' }, data: { email: { set: 'needle too' } } })
  const bytes = Buffer.from('needle').toString('base64').slice(0, 7)
  const sent = JSON.stringify(statements, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(sent).not.toContain('needle')
  expect(sent).not.toContain(bytes)
})

test('a transaction searches what it has written', async () => {
  await acme.$transaction(async (tx) => {
    await tx.patient.create({ data: { id: 'tx', email: 'Tx' } })
    expect(await tx.patient.findFirst({ where: { email: 'tX' }, select: { id: true } })).toEqual({ id: 'tx' })
  })
  expect(await prisma.patient.count({ where: { tenantId: 'acme', email: 'tx' } })).toBe(1)
})

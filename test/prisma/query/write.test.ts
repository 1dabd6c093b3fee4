import { describe, expect, test } from 'vitest'
import { nullMarker, skip } from './markers.js'
import { mean, type PlanOptions, plan, refusal } from './plan-clinic.js'

const ACME: PlanOptions = { bound: 'acme' }
const update = (data: Record<string, unknown>, options = ACME) =>
  plan('Patient', 'update', { where: { id: 'p' }, data }, options)
const values = (data: Record<string, unknown>): unknown[] => update(data).seals.map(({ value }) => value)

describe('a value of an encrypted field', () => {
  test('is sealed in its place, or inside { set }', () => {
    const bytes = new Uint8Array([1])
    expect(values({ email: 'a', ssn: { set: 'b' }, photo: bytes })).toEqual(['a', 'b', bytes])
    expect(values({ photo: { set: bytes } })).toEqual([bytes])
    expect(values({ email: '' })).toEqual([''])
  })

  test('is left alone where it says that there is none', () => {
    expect(values({ ssn: null, notes: nullMarker('DbNull'), photo: { set: null } })).toEqual([])
    expect(values({ ssn: undefined, email: skip, photo: { set: undefined } })).toEqual([])
  })

  test('is sealed where it is JSON null, which is a value', () => {
    const jsonNull = nullMarker('JsonNull')
    expect(values({ notes: jsonNull })).toEqual([jsonNull])
  })

  test.each([
    { set: 1 },
    { set: null },
    { push: [1] },
    { create: { email: 'x' } },
    {},
    { ifUndefined: 1 },
    { _getName: 'DbNull' },
  ])('is a whole document in a Json field: %j', (notes) => {
    expect(values({ notes })).toEqual([notes])
  })

  test('cannot be another object', () => {
    const refused = (data: object) => refusal('Patient', 'update', { where: { id: 'p' }, data }, ACME)
    expect(refused({ email: { append: 'x' } })).toBe('ENVELOPE_VALUE_INVALID')
    expect(refused({ email: { set: 'x', push: 'y' } })).toBe('ENVELOPE_VALUE_INVALID')
  })
})

describe('nested writes are found', () => {
  const reason = { reason: 'x' }
  test.each([
    { create: reason },
    { create: [reason] },
    { createMany: { data: [reason] } },
    { createMany: { data: reason } },
    { connectOrCreate: { where: { id: 1 }, create: reason } },
    { connectOrCreate: [{ where: { id: 1 }, create: reason }] },
    { update: { where: { id: 1 }, data: reason } },
    { update: [{ where: { id: 1 }, data: reason }] },
    { updateMany: { where: {}, data: reason } },
    { updateMany: [{ where: {}, data: { reason: { set: 'x' } } }] },
    { upsert: { where: { id: 1 }, create: reason, update: {} } },
    { upsert: [{ where: { id: 1 }, create: { ...reason }, update: reason }] },
  ])('%j', (visits) => {
    const copy = structuredClone(visits)
    const count = JSON.stringify(copy).split('"x"').length - 1
    expect(update({ visits: copy }).seals).toEqual(Array(count).fill({ of: 'Visit.reason acme', value: 'x' }))
  })

  test('through models that have none themselves', () => {
    const data = { tags: { create: { name: 't', notes: { create: { body: 'x', room: { create: { label: '1' } } } } } } }
    expect(update(data).seals).toEqual([{ of: 'Note.body acme', value: 'x' }])
  })

  test('and what is not known is refused', () => {
    const refused = (data: object) => refusal('Patient', 'update', { where: { id: 'p' }, data }, ACME)
    expect(refused({ emial: 'x' })).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
    expect(refused({ visits: { replace: [{}] } })).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
    expect(refusal('Patient', 'findRandom', {}, ACME)).toBe('ENVELOPE_ARGUMENT_UNKNOWN')
  })

  test('and so is what no list of plain documents takes', () => {
    const write = (docs: unknown) => () =>
      plan('Last', 'update', { where: { data: { a: 1, b: 'b' } }, data: { docs } }, { ...ACME, models: mean })
    const document = { sett: [], __proto__: null }
    for (const docs of [[document], { set: [document] }, { push: document }, { push: [document] }]) {
      expect(write(docs)).not.toThrow()
    }
    for (const docs of [{ sett: [document] }, JSON.parse('{ "set": [], "__proto__": true }')]) {
      expect(write(docs)).toThrow(expect.objectContaining({ code: 'ENVELOPE_ARGUMENT_UNKNOWN' }))
    }
  })
})

// What Prisma makes of each is shown in test/integration/to-one-update.test.ts.
describe('a to-one update', () => {
  const seals = (record: object): string[] =>
    update({ record: { update: record } }).seals.map(({ of }) => of.split(' ')[0] ?? '')

  test.each([
    { update: { data: { where: 'x' } }, sealed: ['Record.where'] },
    { update: { where: { set: 's' }, data: { where: 'x' } }, sealed: ['Record.where'] },
    { update: { where: undefined, data: { where: 'x' } }, sealed: ['Record.where'] },
    { update: { where: skip, data: { where: 'x' } }, sealed: ['Record.where'] },
    { update: { where: undefined, data: { a: 1 } }, sealed: ['Record.data'] },
    { update: { data: {} }, sealed: [] },
    { update: { data: { data: { a: 1 } } }, sealed: ['Record.data'] },
    { update: { data: { a: 1 } }, sealed: ['Record.data'] },
    { update: { data: ['x'] }, sealed: ['Record.data'] },
    { update: { where: 'w', data: { set: 's' } }, sealed: ['Record.where', 'Record.data'] },
    { update: { select: 'x', data: { where: 'y' } }, sealed: ['Record.select', 'Record.data'] },
    { update: { where: 'w' }, sealed: ['Record.where'] },
  ])('$update', ({ update: form, sealed }) => {
    expect(seals(form)).toEqual(sealed)
  })

  test('leaves Prisma no other reading of an envelope', () => {
    const form = { data: { set: 's' } }
    seals(form)
    expect(form).toEqual({ where: {}, data: { set: 's' } })
    const filtered = { where: { set: 's' }, data: { set: 't' } }
    seals(filtered)
    expect(filtered).toEqual({ where: { AND: [], set: 's' }, data: { set: 't' } })
  })

  test('of a model without a field `data` is left as it is', () => {
    const form = { data: { age: 4 } }
    plan('Patient', 'update', { where: { id: 'p' }, data: { mentor: { update: form } } }, ACME)
    expect(form).toEqual({ data: { age: 4 } })
  })

  test('of a model with a relation `data` is told by its keys', () => {
    const data = { updated: { update: { data: { update: { disconnect: true } } } } }
    const call = () => plan('Trick', 'update', { where: { id: 't' }, data }, { ...ACME, models: mean })
    // `update` is a field of Holder, so this is Holder's data, in which it is a nested write.
    expect(call().seals).toEqual([])
    expect(data.updated.update).toEqual({ where: {}, data: { update: { disconnect: true } } })
  })
})

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compileModels, type Plain } from '../../../src/prisma/query/index.js'
import type { ModelEntry } from '../../../src/schema/model-map.js'
import { clinicSchema } from './dmmf.js'
import { plan } from './plan-clinic.js'

/** The clinic's models, with `Patient.emailIndex` and `Login.phoneIndex` required: `emailIndex Bytes @id`. */
function required() {
  const { map } = clinicSchema()
  const { Patient, Login } = map.models
  if (Patient === undefined || Login === undefined) throw new Error('the schema has changed')
  const models = {
    ...map.models,
    Patient: { ...changed(Patient, 'email', 'emailIndex'), key: ['emailIndex'] },
    Login: changed(Login, 'phone', 'phoneIndex'),
  }
  return compileModels({ ...map, models })
}

function changed(entry: ModelEntry, source: string, index: string): ModelEntry {
  const { [source]: field, [index]: column } = entry.fields
  if (field?.kind !== 'scalar' || column?.kind !== 'scalar') throw new Error('the schema has changed')
  const { optional: _field, ...requiredField } = field
  const { optional: _column, ...requiredColumn } = column
  return {
    ...entry,
    fields: { ...entry.fields, [source]: requiredField, [index]: { ...requiredColumn, unique: true } },
  }
}

const models = required()
const planned = (model: string, operation: string, args: Plain) =>
  plan(model, operation, args, { bound: 'acme', searchable: true, models })

function refused(model: string, operation: string, args: Plain): unknown {
  try {
    planned(model, operation, args)
  } catch (error) {
    return error
  }
  return 'not refused'
}

/** Every place in which a row's data may be. */
const WRITES: [string, (data: Plain) => Parameters<typeof refused>][] = [
  ['create', (data) => ['Login', 'create', { data }]],
  ['createMany', (data) => ['Login', 'createMany', { data: [{ phone: '1' }, data] }]],
  ['createManyAndReturn', (data) => ['Login', 'createManyAndReturn', { data }]],
  ['update', (data) => ['Login', 'update', { where: { id: 1 }, data }]],
  ['updateMany', (data) => ['Login', 'updateMany', { data }]],
  ['the create of an upsert', (data) => ['Login', 'upsert', { where: { id: 1 }, create: data, update: {} }]],
  ['the update of an upsert', (data) => ['Login', 'upsert', { where: { id: 1 }, create: {}, update: data }]],
]

describe.each(WRITES)('an index column that cannot be NULL: %s', (_name, write) => {
  const place = { code: 'ENVELOPE_VALUE_INVALID', model: 'Login', field: 'phone' }

  test.each<[string, unknown]>([
    ['', 'secret-mark'],
    [' in { set }', { set: 'secret-mark' }],
  ])('refuses a value that its normalizers reduce to nothing%s', (_how, phone) => {
    const error = refused(...write({ phone }))
    expect(error).toMatchObject(place)
    expect(error).toHaveProperty('message', expect.stringContaining('Login.phoneIndex reduce this value to nothing'))
    expect(inspect(error)).not.toContain('secret-mark')
  })

  test('refuses NULL', () => {
    const error = refused(...write({ phone: null }))
    expect(error).toMatchObject(place)
    expect(error).toHaveProperty('message', expect.stringContaining('Login.phone cannot be NULL'))
  })

  test('takes a value that has a token', () => {
    expect(refused(...write({ phone: '+1' }))).toBe('not refused')
  })
})

test('also in nested writes', () => {
  const data = { mentees: { create: { email: null } } }
  expect(refused('Patient', 'update', { where: { id: 'p' }, data })).toMatchObject({
    code: 'ENVELOPE_VALUE_INVALID',
    model: 'Patient',
    field: 'email',
  })
})

test('beside an optional one of the same field, which is emptied as ever', () => {
  const { args } = planned('Login', 'create', { data: { email: null, phone: '1' } })
  expect(args.data).toMatchObject({ emailIndex: null, loginIndex: null })
})

test('as the id of its model: found by the plain field, wherever a unique filter is', () => {
  const { args, tokens } = planned('Patient', 'findUnique', { where: { email: 'Ann' } })
  expect(Object.keys(args.where as Plain)).toEqual(['emailIndex'])
  expect(tokens.map(({ index, canonical }) => `${index.field} ${canonical}`)).toEqual(['emailIndex ann'])
  const connected = planned('Patient', 'update', {
    where: { email: 'Ann' },
    data: { mentees: { connect: { email: 'Bob' } } },
  })
  expect(connected.tokens.map(({ canonical }) => `${canonical}`)).toEqual(['ann', 'bob'])
})

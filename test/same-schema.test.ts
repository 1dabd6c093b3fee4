import { expect, test } from 'vitest'
import { assertSameSchema } from '../src/same-schema.js'
import type { ModelMap } from '../src/schema/model-map.js'

const column = { kind: 'scalar', type: 'String', column: 'x' } as const
const map: ModelMap = {
  version: 1,
  provider: 'sqlite',
  models: { Patient: { table: 'Patient', key: ['id'], compounds: {}, fields: { id: column, email: column } } },
}
const client = (models: Record<string, string[]>) => ({
  _runtimeDataModel: {
    models: Object.fromEntries(
      Object.entries(models).map(([name, fields]) => [name, { fields: fields.map((field) => ({ name: field })) }]),
    ),
  },
})

test('a map of the same schema is taken', () => {
  expect(() => assertSameSchema(client({ Patient: ['id', 'email'] }), map)).not.toThrow()
})

test.each([
  ['a model that the map does not know', { Patient: ['id'], Visit: ['id'] }, 'Visit'],
  ['a field that the map does not know', { Patient: ['id', 'ssn'] }, 'Patient.ssn'],
  ['a field named like what every object has', { Patient: ['constructor'] }, 'Patient.constructor'],
])('%s is noticed when the client is extended', (_what, models, named) => {
  expect(() => assertSameSchema(client(models), map)).toThrow(
    expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', message: expect.stringContaining(named) }),
  )
})

test('a client that does not show its schema is not refused', () => {
  expect(() => assertSameSchema({}, map)).not.toThrow()
})

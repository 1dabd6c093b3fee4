import { describe, expect, it, test } from 'vitest'
import { functionValue } from '../../../src/prisma/query/default-functions.js'
import { compileModels, type Plain } from '../../../src/prisma/query/index.js'
import type { FunctionDefault } from '../../../src/schema/model-map.js'
import { defaultForms } from './default-forms.js'
import { clinicSchema } from './dmmf.js'
import { plan } from './plan-clinic.js'

describe.each(defaultForms)('$given.function($given.args)', ({ given, form, timeOf }) => {
  const values = Array.from({ length: 20_000 }, () => functionValue(given))

  it('makes values of its form, each another', () => {
    expect(values.filter((value) => !form.test(value))).toEqual([])
    expect(new Set(values).size).toBe(values.length)
  })

  it.runIf(timeOf !== undefined)('says when, to the millisecond', () => {
    const before = Date.now()
    const time = timeOf?.(functionValue(given))
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  it('uses every character of its alphabet, and none more than others, at its random end', () => {
    const counts = new Map<string, number>()
    for (const value of values) {
      const end = value.slice(-7)
      for (const character of end) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    const mean = (values.length * 7) / counts.size
    // Within six standard deviations of what chance allows. A modulo alone favours some characters by an eighth.
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean))
    expect([16, 32, 36, 64]).toContain(counts.size)
  })
})

test.each<[FunctionDefault, FunctionDefault]>([
  [
    { function: 'uuid', args: [] },
    { function: 'uuid', args: [4] },
  ],
  [
    { function: 'cuid', args: [] },
    { function: 'cuid', args: [1] },
  ],
])('without an argument, %j makes what %j makes', (bare, full) => {
  const { form } = defaultForms.find(({ given }) => JSON.stringify(given) === JSON.stringify(full)) ?? {}
  expect(functionValue(bare)).toMatch(form ?? /no such form/)
})

describe('an encrypted field with such a default', () => {
  const { map } = clinicSchema()
  const { Login } = map.models
  const phone = Login?.fields.phone
  if (Login === undefined || phone?.kind !== 'scalar' || phone.encrypted === undefined)
    throw new Error('the schema has changed')
  const encrypted = { ...phone.encrypted, default: { function: 'cuid', args: [2] } } as const
  const fields = { ...Login.fields, phone: { ...phone, encrypted } }
  const models = compileModels({ ...map, models: { ...map.models, Login: { ...Login, fields } } })

  /** What is sealed as `Login.phone`, in each row. */
  const sealed = (operation: string, args: Plain): unknown[] =>
    plan('Login', operation, args, { bound: 'acme', searchable: true, models }).seals.flatMap(({ of, value }) =>
      of === 'Login.phone acme' ? [value] : [],
    )
  const made = expect.stringMatching(/^[a-z][0-9a-z]{23}$/)

  test.each<[string, Plain, unknown[]]>([
    ['create', { data: {} }, [made]],
    ['create', { data: { phone: undefined } }, [made]],
    ['create', { data: { phone: '+1' } }, ['+1']],
    ['create', { data: { phone: null } }, []],
    ['createMany', { data: [{}, { phone: '+1' }, {}] }, [made, '+1', made]],
    ['upsert', { where: { id: 1 }, create: {}, update: {} }, [made]],
    ['update', { where: { id: 1 }, data: {} }, []],
    ['updateMany', { data: {} }, []],
  ])('has a value made for %s %j', (operation, args, values) => {
    const found = sealed(operation, args)
    expect(found).toEqual(values)
    expect(new Set(found).size, 'each row has a value of its own').toBe(found.length)
  })

  test('has it indexed like any other', () => {
    const { tokens } = plan('Login', 'create', { data: {} }, { bound: 'acme', searchable: true, models })
    expect(tokens.map(({ index }) => index.field)).toEqual(['phoneIndex', 'phoneExact', 'phoneLast', 'phoneFirst'])
  })
})

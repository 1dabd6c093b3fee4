import { describe, expect, test } from 'vitest'
import type { Plain } from '../../../src/prisma/query/index.js'
import { FieldReference } from './markers.js'
import { clinic, mean, type PlanOptions, plan } from './plan-clinic.js'

/** What a caller is told: what is wrong, and what to write instead. */
function messageOf(model: string, where: object, options: PlanOptions = {}): string {
  try {
    plan(model, 'findMany', { where }, { bound: '7', searchable: true, ...options })
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error('not refused')
}

describe('a filter on an encrypted field without an index', () => {
  test.each([
    { ssn: 'needle' },
    { ssn: { equals: 'needle' } },
    { ssn: { in: ['needle'] } },
    { NOT: { ssn: { not: 'needle' } } },
  ])('names the line that would add one, for equality: %j', (where) => {
    expect(messageOf('Patient', where)).toBe(
      'Patient.ssn is encrypted and has no index, so the database cannot compare it; only null checks work. To search by equality, add an index column to the model, `ssnIndex Bytes? /// @encrypted.index(ssn)`; otherwise filter by another field, or filter after reading.',
    )
  })

  test.each(['contains', 'startsWith', 'gt', 'soundsLike'])('does not suggest an index, for %s', (operator) => {
    expect(messageOf('Patient', { ssn: { [operator]: 'needle' } })).toBe(
      `Patient.ssn is encrypted, so ${operator} does not work on it. Only null checks work; with an index (@encrypted.index), equals, in, notIn and not as well. Otherwise filter after reading.`,
    )
  })

  test('is not offered an index that cannot exist', () => {
    expect(messageOf('Patient', { notes: { equals: { a: 1 } } })).toBe(
      'Patient.notes is encrypted and has no index, so the database cannot compare it; only null checks work. A document cannot be indexed: write what you search for to a String field of its own, which can be, or filter after reading.',
    )
    expect(messageOf('Patient', { notes: { path: ['a'], equals: 1 } })).toBe(
      'Patient.notes is encrypted, so path does not work on it. The document is encrypted as a whole, and only null checks work. Write what you search for to a String field of its own, with an index (@encrypted.index). Otherwise filter after reading.',
    )
  })
})

test('an index says what it supports', () => {
  const wanted =
    "Its index supports equals, in, notIn and not, and null checks; the index's normalizers determine case and white space. Otherwise filter after reading."
  expect(messageOf('Patient', { email: { contains: 'needle' } })).toBe(
    `Patient.email is encrypted, so contains does not work on it. ${wanted}`,
  )
  const email = new FieldReference('Patient', 'id', 'String', false)
  expect(messageOf('Patient', { email })).toBe(
    `Patient.email is encrypted, so a comparison with another field does not work on it. ${wanted}`,
  )
})

test.each(['email', 'ssn'])('in and notIn require lists: %s', (field) => {
  for (const operator of ['in', 'notIn']) {
    for (const operand of [null, 'needle', { equals: 'needle' }]) {
      expect(messageOf('Patient', { [field]: { [operator]: operand } })).toBe(
        `Patient.${field}: the operand of ${operator} must be a list of values. Pass an array, or use equals for one value.`,
      )
    }
  }
})

test('for the previous name of a compound unique, one of whose fields is encrypted now, names its successor', () => {
  expect(messageOf('Account', { orgId_iban: { orgId: 7, iban: 'needle' } })).toBe(
    'Account has no orgId_iban: one of its fields is encrypted, and the compound unique contains its index column instead. Use orgId_ibanIndex: { orgId, iban }, with the same values.',
  )
  const where = { orgId_ibanIndex: { orgId: 7, iban: 'DE1' } }
  const { tokens } = plan('Account', 'findUnique', { where }, { bound: '7', searchable: true, models: clinic })
  expect(tokens).toHaveLength(1)
})

test('a key that could be a value in the wrong place is not repeated', () => {
  expect(messageOf('Patient', { 'needle in a haystack': 1 })).toBe(
    'The model map has no such argument in Patient. Correct the name; if the schema has changed, run `prisma generate`.',
  )
  expect(messageOf('Patient', { ssn: { 'needle, and hay': 1 } })).not.toContain('needle')
  expect(messageOf('Trick', { shoeSize: 1 }, { models: mean })).toContain('"shoeSize"')
})

describe('a use that would compare ciphertext says what to do instead', () => {
  const use = (model: string, operation: string, args: Plain): string => {
    try {
      plan(model, operation, args, { bound: '7', searchable: true })
    } catch (error) {
      if (error instanceof Error) return error.message
    }
    throw new Error('not refused')
  }

  test.each<[string, string, Plain, string]>([
    [
      'Patient',
      'findMany',
      { orderBy: { email: 'asc' } },
      'sort the rows after reading them; take, skip and cursor need',
    ],
    ['Patient', 'findMany', { orderBy: { mentor: { email: 'asc' } } }, 'sort the rows after reading them'],
    ['Patient', 'findMany', { distinct: ['email'] }, "equal tokens for equal values: use distinct: ['emailIndex']."],
    ['Patient', 'groupBy', { by: ['email'] }, "equal tokens for equal values: use by: ['emailIndex']."],
    [
      'Patient',
      'groupBy',
      { by: ['ssn'] },
      'With an index column (@encrypted.index(ssn)), that column can be used instead',
    ],
    [
      'Patient',
      'findMany',
      { distinct: ['notes'] },
      'ciphertext. Use another field, or drop duplicates after reading.',
    ],
    ['Patient', 'groupBy', { by: ['age'], having: { ssn: { equals: 'x' } } }, 'Only _count of it works here'],
    ['Patient', 'aggregate', { _max: { ssn: true } }, 'Compute it after reading; _count works.'],
    ['Patient', 'groupBy', { by: ['age'], orderBy: { _min: { ssn: 'asc' } } }, 'Compute it after reading'],
    [
      'Patient',
      'findMany',
      { where: { mentorId: new FieldReference('Patient', 'ssn', 'String', false) } },
      'Compare the two after reading.',
    ],
  ])('%s.%s %j', (model, operation, args, wanted) => {
    expect(use(model, operation, args)).toContain(wanted)
  })
})

import { describe, expect, test } from 'vitest'
import { compileModels, type Plain } from '../../../src/prisma/query/index.js'
import { clinicSchema } from './dmmf.js'
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
      'Patient.ssn is encrypted and has no index, so the database cannot compare it; only null checks work. To search by equality, add an index column to the model, `ssnIndex Bytes? /// @encrypted.index(ssn, lowEntropy: accepted)`; otherwise filter by another field, or filter after reading.',
    )
  })

  const only = (operator: string): string =>
    `Patient.ssn is encrypted, so ${operator} does not work on it. Only null checks work; with an index (@encrypted.index), equals, in, notIn and not as well.`

  test.each(['contains', 'gt', 'lte'])('suggests a search of the rows, for %s', (operator) => {
    expect(messageOf('Patient', { ssn: { [operator]: 'needle' } })).toBe(
      `${only(operator)} Search the rows of a tenant by \`$encryption.search('Patient', { match: { ssn: { ${operator}: … } } })\`, or filter after reading.`,
    )
  })

  test.each([
    ['startsWith', 'first 3 characters', 'ssnFirst', 'first(3)', ''],
    ['endsWith', 'last 4 characters', 'ssnLast', 'last(4)', ' (or `part: domain`, for what follows the "@")'],
  ])('names the lines that would add one of a part, for %s', (operator, what, column, part, or) => {
    expect(messageOf('Patient', { ssn: { [operator]: 'needle' } })).toBe(
      `${only(operator)} To search by exactly the ${what}, add an index column to the model, \`${column} Bytes? /// @encrypted.index(ssn, part: ${part}, lowEntropy: accepted)\`${or}, and \`@encrypted(pad: 16)\` on ssn. For all else, search the rows of a tenant by \`$encryption.search('Patient', { match: { ssn: { ${operator}: … } } })\`, or filter after reading.`,
    )
  })

  test('suggests neither, for what is no operator of texts', () => {
    expect(messageOf('Patient', { ssn: { soundsLike: 'needle' } })).toBe(
      `${only('soundsLike')} Otherwise filter after reading.`,
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
  const supported =
    "Its index supports equals, in, notIn and not, and null checks; the index's normalizers determine case and white space."
  const wanted = `${supported} Otherwise filter after reading.`
  expect(messageOf('Patient', { email: { contains: 'needle' } })).toBe(
    `Patient.email is encrypted, so contains does not work on it. ${supported} Search the rows of a tenant by \`$encryption.search('Patient', { match: { email: { contains: … } } })\`, or filter after reading.`,
  )
  const email = new FieldReference('Patient', 'id', 'String', false)
  expect(messageOf('Patient', { email })).toBe(
    `Patient.email is encrypted, so a comparison with another field does not work on it. ${wanted}`,
  )
})

describe('indexes of a part', () => {
  const all =
    'Its indexes support equals, in, notIn and not; startsWith with 3 characters (emailFirst); endsWith with "@" and a whole domain (emailDomain), and null checks; the index\'s normalizers determine case and white space.'
  const search = (field: string, operator: string): string =>
    `the rows of a tenant by \`$encryption.search('Login', { match: { ${field}: { ${operator}: … } } })\`, or filter after reading.`

  test('say what they support', () => {
    expect(messageOf('Login', { email: { contains: 'needle' } })).toBe(
      `Login.email is encrypted, so contains does not work on it. ${all} Search ${search('email', 'contains')}`,
    )
  })

  test('say what they can be given', () => {
    expect(messageOf('Login', { email: { startsWith: 'needle' } })).toBe(
      `Login.email is encrypted, and no index of it answers startsWith with what it is given: after the normalizers, that must be 3 characters (emailFirst). For all else, search ${search('email', 'startsWith')}`,
    )
    expect(messageOf('Login', { email: { not: { endsWith: 'needle' } } })).toContain(
      'that must be "@" and a whole domain (emailDomain).',
    )
  })

  test('that regard the letter case say which would not', () => {
    expect(messageOf('Login', { phone: { startsWith: 'Ann', mode: 'insensitive' } })).toBe(
      "Login.phone is encrypted, and no index of it that answers startsWith ignores case, so mode: 'insensitive' does not work on it. Add an index column with `lowercase` among its normalizers, `phoneFirst3 Bytes? /// @encrypted.index(phone, part: first(3), normalize: [lowercase], leaks: accepted)`; or leave the mode out.",
    )
  })

  test('alone answer no equality, and the line that would is named', () => {
    const map = structuredClone(clinicSchema().map)
    const fields = map.models.Login?.fields ?? {}
    const whole = Object.entries(fields).filter(([, of]) => of.kind === 'scalar' && of.index?.kind === 'equality')
    for (const [name] of whole) Reflect.deleteProperty(fields, name)
    const models = compileModels(map)
    for (const email of ['needle', { in: ['needle'] }, { startsWith: 'ann', not: 'needle' }]) {
      expect(messageOf('Login', { email }, { models })).toBe(
        'Login.email is encrypted and has indexes of a part only, so the database cannot compare whole values. To search by equality, add an index column to the model, `emailIndex Bytes? /// @encrypted.index(email, normalize: [trim, lowercase])`; otherwise filter by another field, or filter after reading.',
      )
    }
  })
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

test('a misspelt name is answered with the nearest that there is', () => {
  const meant = (name: string): string => `Did you mean "${name}"? If the schema has changed, run \`prisma generate\`.`
  expect(messageOf('Patient', { emial: 'x' })).toBe(`The model map has no "emial" in Patient. ${meant('email')}`)
  expect(messageOf('Patient', { visits: { som: {} } })).toContain(meant('some'))
  expect(messageOf('Patient', { or: [] })).toContain(meant('OR'))
  expect(messageOf('Account', { orgId_ibnIndex: {} })).toContain(meant('orgId_ibanIndex'))
  for (const [operation, args, name] of [
    ['create', { data: { id: 'p', emial: 'x' } }, 'email'],
    ['findMany', { orderBy: { aeg: 'asc' } }, 'age'],
    ['groupBy', { by: ['age'], having: { agee: 1 } }, 'age'],
  ] as const) {
    expect(() => plan('Patient', operation, args as Plain, { bound: '7', searchable: true })).toThrow(meant(name))
  }
  expect(() => clinic.get('patients')).toThrow('Did you mean "Patient"? If not, run `prisma generate`')
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

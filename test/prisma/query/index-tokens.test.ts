import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compileModels, type Plain } from '../../../src/prisma/query/index.js'
import { indexOf, namedIndex } from '../../../src/prisma/query/index-choice.js'
import type { IndexEntry } from '../../../src/schema/model-map.js'
import { clinicSchema } from './dmmf.js'
import { FieldReference, nullMarker, skip } from './markers.js'
import { clinic, mean, type PlanOptions, plan } from './plan-clinic.js'

const ACME: PlanOptions = { bound: 'acme' }

/** The arguments as Prisma gets them, with `<column> <tenant> <value>` in the place of every index token. */
function searched(model: string, operation: string, args: Plain, options = ACME): Plain {
  const { tokens } = plan(model, operation, args, { searchable: true, ...options })
  for (const { holder, key, index, tenant, canonical } of tokens) {
    const value = typeof canonical === 'string' ? canonical : Buffer.from(canonical)
    Reflect.set(holder, key, `${index.field} ${tenant ?? 'all'} ${value}`)
  }
  return args
}
const find = (model: string, where: Plain, options = ACME) => searched(model, 'findMany', { where }, options).where
const findUnique = (model: string, where: Plain, options = ACME) =>
  searched(model, 'findUnique', { where }, options).where

function refusal(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
const refusedFind = (model: string, where: Plain, options = ACME) => refusal(() => find(model, where, options))

const ANN = 'emailIndex acme ann'
const BOB = 'emailIndex acme bob'
/** As a caller may give one. */
const TOKEN = new Uint8Array([1])

describe('equality moves to the index column, and the plain field leaves the arguments', () => {
  test.each<[string, Plain, Plain]>([
    ['a bare value', { email: ' ANN' }, { emailIndex: ANN }],
    ['equals', { email: { equals: 'Ann' } }, { AND: [{ emailIndex: { equals: ANN } }] }],
    ['in', { email: { in: ['ann', 'Bob'] } }, { AND: [{ emailIndex: { in: [ANN, BOB] } }] }],
    ['an empty in', { email: { in: [] } }, { AND: [{ emailIndex: { in: [] } }] }],
    ['notIn', { email: { notIn: ['ann'] } }, { AND: [{ emailIndex: { notIn: [ANN] } }] }],
    ['an empty notIn', { email: { notIn: [] } }, { AND: [{ emailIndex: { notIn: [] } }] }],
    ['not', { email: { not: 'ann' } }, { AND: [{ emailIndex: { not: ANN } }] }],
    ['not, nested', { email: { not: { not: 'ann' } } }, { AND: [{ emailIndex: { not: { not: ANN } } }] }],
    ['not in', { email: { not: { in: ['ann'] } } }, { AND: [{ emailIndex: { not: { in: [ANN] } } }] }],
    [
      'several at once',
      { email: { in: ['ann', 'bob'], not: 'bob' } },
      { AND: [{ emailIndex: { in: [ANN, BOB], not: BOB } }] },
    ],
  ])('%s', (_form, where, moved) => {
    expect(find('Patient', where)).toEqual(moved)
  })

  test('wherever a filter is', () => {
    expect(find('Patient', { OR: [{ NOT: { email: 'ann' } }] })).toEqual({ OR: [{ NOT: { emailIndex: ANN } }] })
    expect(find('Visit', { patient: { email: 'ann' } })).toEqual({ patient: { emailIndex: ANN } })
    expect(find('Tag', { patients: { some: { email: { in: ['ann'] } } } })).toEqual({
      patients: { some: { AND: [{ emailIndex: { in: [ANN] } }] } },
    })
  })

  test('only with index keys', () => {
    expect(refusal(() => plan('Patient', 'findMany', { where: { email: 'ann' } }, ACME))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
    })
  })

  test('only for a field that has an index', () => {
    expect(refusedFind('Patient', { ssn: '1' })).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
      model: 'Patient',
      field: 'ssn',
    })
  })
})

describe('NULL', () => {
  test('beside values moves with them: an index column is NULL where its field is', () => {
    expect(find('Login', { email: { in: ['ann', null] } })).toEqual({ AND: [{ emailIndex: { in: [ANN, null] } }] })
    expect(find('Login', { email: { equals: 'ann', not: null } })).toEqual({
      AND: [{ emailIndex: { equals: ANN, not: null } }],
    })
    const dbNull = nullMarker('DbNull')
    expect(find('Login', { email: { not: dbNull, equals: 'ann' } })).toEqual({
      AND: [{ emailIndex: { not: dbNull, equals: ANN } }],
    })
  })

  test('alone stays a question to the encrypted column', () => {
    for (const email of [null, { equals: null }, { not: null }, { not: { not: null } }]) {
      expect(find('Login', { email })).toEqual({ email })
    }
  })

  test('is not said by what is absent', () => {
    expect(find('Login', { email: undefined })).toEqual({ email: undefined })
    expect(find('Login', { email: { equals: 'ann', not: undefined, in: skip } })).toEqual({
      AND: [{ emailIndex: { equals: ANN } }],
    })
    // Prisma refuses the list, and is to see what was given.
    expect(find('Login', { email: { in: ['ann', undefined] } })).toEqual({
      AND: [{ emailIndex: { in: [ANN, undefined] } }],
    })
  })
})

describe('what else the filter says is kept', () => {
  test.each<[string, Plain, Plain]>([
    ['the index column', { emailIndex: TOKEN, email: 'ann' }, { emailIndex: TOKEN, AND: [{ emailIndex: ANN }] }],
    ['an absent index column', { emailIndex: undefined, email: 'ann' }, { emailIndex: ANN }],
    ['a skipped index column', { emailIndex: skip, email: 'ann' }, { emailIndex: ANN }],
    [
      'a list of AND',
      { AND: [{ age: 1 }], email: { not: 'ann' } },
      { AND: [{ age: 1 }, { emailIndex: { not: ANN } }] },
    ],
    ['one AND', { AND: { age: 1 }, email: { not: 'ann' } }, { AND: [{ age: 1 }, { emailIndex: { not: ANN } }] }],
    ['an absent AND', { AND: skip, email: { not: 'ann' } }, { AND: [{ emailIndex: { not: ANN } }] }],
  ])('%s', (_what, where, kept) => {
    expect(find('Patient', where)).toEqual(kept)
  })

  test('both tokens of a field and of its index column', () => {
    expect(find('Patient', { AND: [{ email: 'ann' }], email: 'bob', id: 'p' })).toEqual({
      AND: [{ emailIndex: ANN }],
      emailIndex: BOB,
      id: 'p',
    })
  })
})

describe('what an index does not answer is refused, before a token is made of it', () => {
  test.each<[string, unknown]>([
    ['contains', { contains: 'ann' }],
    ['startsWith', { equals: 'ann', startsWith: 'a' }],
    ['gt', { not: { gt: 'ann' } }],
    ['in', { in: 'ann' }],
    ['notIn', { notIn: { equals: 'ann' } }],
    ['mode', { equals: 'ann', mode: 'odd' }],
    ['mode', { not: { equals: 'ann', mode: 'insensitive' } }],
    ['a comparison with another field', new FieldReference('Patient', 'id', 'String', false)],
    ['a comparison with another field', { in: [new FieldReference('Patient', 'id', 'String', false)] }],
  ])('%s', (operator, email) => {
    const error = refusedFind('Patient', { email })
    expect(error).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED', model: 'Patient', field: 'email' })
    expect(error).toHaveProperty('message', expect.stringContaining(operator))
    expect(inspect(error)).not.toContain('ann')
  })

  test('but Prisma’s default mode says nothing', () => {
    expect(find('Patient', { email: { equals: 'ann', mode: 'default' } })).toEqual({
      AND: [{ emailIndex: { equals: ANN } }],
    })
  })
})

describe('mode: insensitive, where the index ignores case,', () => {
  const mode = 'insensitive'

  test.each<[string, Plain, Plain]>([
    ['equals', { equals: 'ANN', mode }, { equals: ANN }],
    ['in', { in: ['ANN', 'bob'], mode }, { in: [ANN, BOB] }],
    ['notIn', { notIn: ['ANN'], mode }, { notIn: [ANN] }],
    ['not', { not: 'ANN', mode }, { not: ANN }],
    ['not, nested', { not: { in: ['ANN'] }, mode }, { not: { in: [ANN] } }],
    ['several at once', { mode, in: ['ANN', 'bob'], not: 'BOB' }, { in: [ANN, BOB], not: BOB }],
    ['nothing', { mode }, {}],
  ])('is answered by it: %s', (_form, email, moved) => {
    expect(find('Patient', { email })).toEqual({ AND: [{ emailIndex: moved }] })
  })

  test('is answered wherever a filter is', () => {
    const email = { equals: 'ANN', mode }
    const moved = { AND: [{ emailIndex: { equals: ANN } }] }
    expect(find('Visit', { patient: { email } })).toEqual({ patient: moved })
    expect(find('Visit', { patient: { isNot: { OR: [{ email }] } } })).toEqual({ patient: { isNot: { OR: [moved] } } })
    expect(find('Tag', { patients: { every: { NOT: { email } } } })).toEqual({ patients: { every: { NOT: moved } } })
    expect(findUnique('Patient', { id: 'p', email })).toEqual({ id: 'p', ...moved })
    const deleted = { mentees: { deleteMany: { email } } }
    expect(searched('Patient', 'update', { where: { id: 'p' }, data: deleted }).data).toEqual({
      mentees: { deleteMany: moved },
    })
    expect(refusal(() => searched('Patient', 'groupBy', { by: ['id'], having: { email } }))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
    })
  })

  describe('of several indexes', () => {
    /** `Login` with one index of `phone` more. No other of its indexes ignores case. */
    const withPhoneIndex = (options: Pick<IndexEntry, 'normalize' | 'scope'>) => {
      const { map } = clinicSchema()
      const { Login } = map.models
      const { phoneExact, phoneIndex, phoneLast: _, ...fields } = Login?.fields ?? {}
      if (phoneIndex?.kind !== 'scalar' || phoneIndex.index === undefined) throw new Error('the schema has changed')
      if (Login === undefined || phoneExact?.kind !== 'scalar' || phoneExact.index === undefined)
        throw new Error('the schema has changed')
      const phoneTrimmed = { ...phoneIndex, index: { ...phoneIndex.index, normalize: ['trim' as const] } }
      const phoneCaseless = { ...phoneExact, index: { ...phoneExact.index, as: 'login.caseless', ...options } }
      const changed = { ...Login, fields: { phoneIndex: phoneTrimmed, ...fields, phoneExact, phoneCaseless } }
      return compileModels({ ...map, models: { ...map.models, Login: changed } })
    }

    test('takes the one that ignores case; without it, the first of the schema still counts', () => {
      const models = withPhoneIndex({ normalize: ['nfc', 'lowercase'], scope: 'tenant' })
      expect(find('Login', { phone: { equals: 'X1', mode } }, { ...ACME, models })).toEqual({
        AND: [{ phoneCaseless: { equals: 'phoneCaseless acme x1' } }],
      })
      for (const phone of [{ equals: 'X1' }, { equals: 'X1', mode: 'default' }]) {
        expect(find('Login', { phone }, { ...ACME, models })).toEqual({
          AND: [{ phoneIndex: { equals: 'phoneIndex acme X1' } }],
        })
      }
    })

    test('takes only one whose key is known', () => {
      const phone = { equals: 'X1', mode }
      const models = withPhoneIndex({ normalize: ['lowercase'], scope: 'tenant' })
      expect(refusedFind('Login', { phone: { ...phone } }, { models })).toMatchObject({
        code: 'ENVELOPE_TENANT_REQUIRED',
      })
      const shared = withPhoneIndex({ normalize: ['lowercase'], scope: 'global' })
      expect(find('Login', { phone: { ...phone } }, { models: shared })).toEqual({
        AND: [{ phoneCaseless: { equals: 'phoneCaseless all x1' } }],
      })
    })
  })

  test('is answered by one that leaves digits only, which have no case', () => {
    expect(find('Login', { phone: { equals: 'x 1-2', mode } })).toEqual({
      AND: [{ phoneIndex: { equals: 'phoneIndex acme 12' } }],
    })
    expect(find('Login', { phone: { endsWith: '(12)34', mode } })).toEqual({
      AND: [{ phoneLast: { equals: 'phoneLast acme 1234' } }],
    })
  })

  test.each<[string, string]>([
    ['Account', 'iban'],
    ['Patient', 'ssn'],
  ])('is refused where none does, before a token is made: %s.%s', (model, field) => {
    const error = refusedFind(model, { [field]: { equals: 'secret-mark', mode } })
    expect(error).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED', model, field })
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining(`@encrypted.index(${field}, normalize: [lowercase]`),
    )
    expect(inspect(error)).not.toContain('secret-mark')
  })

  test('is refused without advice that the generator refuses, for bytes and documents', () => {
    for (const [model, field] of [
      ['Login', 'badge'],
      ['Patient', 'notes'],
    ] as const) {
      const error = refusedFind(model, { [field]: { equals: new Uint8Array(1), mode } })
      expect(error).toMatchObject({ code: 'ENVELOPE_FILTER_UNSUPPORTED', model, field })
      expect(error).toHaveProperty('message', expect.not.stringContaining('[lowercase]'))
    }
  })
})

describe('a value that no index accepts is refused, with its place and without the value', () => {
  test.each<[string, string, unknown]>([
    ['a number for text', 'email', 31337],
    ['a list for text', 'email', ['secret-mark']],
    ['bytes for text', 'email', new Uint8Array([1])],
    ['a lone surrogate', 'email', 'secret-mark\ud800'],
    ['one within in', 'email', { in: ['fine', 'secret-mark\udc00'] }],
    ['text for bytes', 'badge', 'secret-mark'],
  ])('%s', (_what, field, value) => {
    const error = refusedFind('Login', { [field]: value })
    expect(error).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', model: 'Login', field, tenant: 'acme' })
    expect(inspect(error)).not.toMatch(/secret-mark|31337/)
  })

  test('bytes are taken as they are', () => {
    expect(find('Login', { badge: new Uint8Array(Buffer.from(' Ann')) })).toEqual({
      badgeIndex: 'badgeIndex acme  Ann',
    })
  })
})

describe('of several indexes over one field', () => {
  test('the first of the schema is searched', () => {
    expect(find('Login', { email: 'ann' })).toEqual({ emailIndex: ANN })
    expect(find('Login', { phone: '+1-555' })).toEqual({ phoneIndex: 'phoneIndex acme 1555' })
  })

  test('the global one serves where no tenant is known, with the key that all share', () => {
    expect(find('Login', { email: 'Ann' }, {})).toEqual({ loginIndex: 'loginIndex all ann' })
    expect(findUnique('Login', { email: 'Ann' }, {})).toEqual({ loginIndex: 'loginIndex all ann' })
  })

  test('none serves where all are of a tenant, and none is known', () => {
    const error = { code: 'ENVELOPE_TENANT_REQUIRED', model: 'Login', field: 'phone' }
    expect(refusedFind('Login', { phone: '1' }, {})).toMatchObject(error)
  })

  test('a unique filter uses the unique one', () => {
    expect(findUnique('Login', { phone: '+1-555' })).toEqual({ phoneExact: 'phoneExact acme +1-555' })
    expect(find('Login', { phone: '+1-555' })).toEqual({ phoneIndex: 'phoneIndex acme 1555' })
  })

  test('but for operators the first, even there: they are no part of what is unique', () => {
    expect(findUnique('Login', { id: 1, phone: { not: '+1-555' } })).toEqual({
      id: 1,
      AND: [{ phoneIndex: { not: 'phoneIndex acme 1555' } }],
    })
    expect(findUnique('Login', { id: 1, AND: { phone: '1' } })).toEqual({
      id: 1,
      AND: { phoneIndex: 'phoneIndex acme 1' },
    })
  })

  test('a global one alone is searched under the shared key, whoever the call is for', () => {
    expect(find('Last', { secret: ' x ' }, { bound: '7', models: mean })).toEqual({ equals: 'equals all x' })
    expect(findUnique('Last', { secret: ' x ' }, { bound: '7', models: mean })).toEqual({ in: 'in all  x ' })
  })

  test('a place that accepts none of them gets the first: Prisma says what is wrong', () => {
    expect(indexOf(clinic.get('Login'), 'phone', 'acme', { takes: () => false, place: 'filter' }).field).toBe(
      'phoneIndex',
    )
  })
})

describe('the tenant whose index key makes the token is', () => {
  test('the one in the filter, before the one around it and the bound one', () => {
    expect(find('Patient', { tenantId: 'globex', email: 'ann' })).toEqual({
      tenantId: 'globex',
      emailIndex: 'emailIndex globex ann',
    })
    expect(find('Patient', { tenantId: 'globex', OR: [{ email: 'ann' }] }, {})).toEqual({
      tenantId: 'globex',
      OR: [{ emailIndex: 'emailIndex globex ann' }],
    })
  })

  test('the bound one where the call is filtered, whatever the filter names: its rows are the only ones that it finds', () => {
    const filtered = { ...ACME, filtersTenant: true }
    expect(find('Patient', { OR: [{ tenantId: 'globex', email: 'ann' }] }, filtered)).toEqual({
      OR: [{ tenantId: 'globex', emailIndex: ANN }],
      tenantId: 'acme',
    })
    expect(find('Visit', { patient: { tenantId: 'globex', email: 'ann' } }, filtered)).toMatchObject({
      patient: { emailIndex: ANN },
    })
  })

  test('the constant one, if nothing else sets it', () => {
    expect(find('Patient', { email: 'ann' }, { fallback: 'only' })).toEqual({ emailIndex: 'emailIndex only ann' })
  })
})

describe('a unique position', () => {
  const unique = { phoneExact: 'phoneExact acme +1' }

  test.each<[string, string, Plain, Plain]>([
    ['cursor', 'findMany', { cursor: { phone: '+1' } }, { cursor: unique }],
    ['delete', 'delete', { where: { phone: '+1' } }, { where: unique }],
    ['update', 'update', { where: { phone: '+1' }, data: {} }, { where: unique, data: {} }],
    [
      'upsert',
      'upsert',
      { where: { phone: '+1' }, create: {}, update: {} },
      { where: unique, create: { tenantId: 'acme' }, update: {} },
    ],
  ])('%s', (_name, operation, args, moved) => {
    expect(searched('Login', operation, args)).toEqual(moved)
  })

  test('a compound unique uses the index that is one of its columns, under its name', () => {
    const where = { orgId_ibanIndex: { orgId: 7, iban: 'DE01' } }
    const moved = { orgId_ibanIndex: { orgId: 7, ibanIndex: 'ibanIndex 7 DE01' } }
    expect(findUnique('Account', structuredClone(where), { bound: '7' })).toEqual(moved)
    expect(findUnique('Account', structuredClone(where), {})).toEqual(moved)
    expect(searched('Account', 'findMany', { cursor: structuredClone(where) }, {})).toEqual({ cursor: moved })
  })

  test('the one of several that is part of the compound, for the tenant beside it', () => {
    const { map } = clinicSchema()
    const { Account } = map.models
    const { ibanIndex, ...fields } = Account?.fields ?? {}
    if (Account === undefined || ibanIndex === undefined) throw new Error('the schema has changed')
    const changed = {
      ...Account,
      fields: { ...fields, ibanFirst: ibanIndex, ibanIndex },
      compounds: { ...Account.compounds, byNumber: ['number', 'ibanIndex'] },
    }
    const models = compileModels({ ...map, models: { ...map.models, Account: changed } })
    const where = { orgId: 7, byNumber: { number: 1, iban: 'DE01' } }
    expect(findUnique('Account', where, { models })).toEqual({
      orgId: 7,
      byNumber: { number: 1, ibanIndex: 'ibanIndex 7 DE01' },
    })
    expect(find('Account', { iban: 'DE01' }, { models, bound: '7' })).toEqual({ ibanFirst: 'ibanFirst 7 DE01' })
  })

  test('connect accepts the plain field beside the id', () => {
    const data = { mentees: { connect: [{ id: 'p', email: 'ann' }] } }
    expect(searched('Patient', 'update', { where: { id: 'q' }, data }).data).toEqual({
      mentees: { connect: [{ id: 'p', emailIndex: ANN }] },
    })
  })
})

describe('an index by its name', () => {
  const login = clinic.get('Login')

  test('is found among those of the field, and of no other', () => {
    expect(namedIndex(login, 'email', 'acme', 'loginIndex').field).toBe('loginIndex')
    expect(namedIndex(login, 'email', 'acme', 'emailIndex').field).toBe('emailIndex')
    for (const name of ['phoneIndex', 'email', '']) {
      expect(refusal(() => namedIndex(login, 'email', 'acme', name))).toMatchObject({
        code: 'ENVELOPE_FILTER_UNSUPPORTED',
        model: 'Login',
        field: 'email',
        message: expect.stringContaining(JSON.stringify(name)),
      })
    }
    expect(refusal(() => namedIndex(clinic.get('Patient'), 'ssn', 'acme', 'emailIndex'))).toMatchObject({
      code: 'ENVELOPE_FILTER_UNSUPPORTED',
    })
  })

  test('needs a tenant unless it is global', () => {
    expect(namedIndex(login, 'email', undefined, 'loginIndex').field).toBe('loginIndex')
    expect(refusal(() => namedIndex(login, 'email', undefined, 'emailIndex'))).toMatchObject({
      code: 'ENVELOPE_TENANT_REQUIRED',
      model: 'Login',
      field: 'email',
    })
  })
})

describe('a written value', () => {
  const written = (data: Plain, options = ACME) => searched('Login', 'update', { where: { id: 1 }, data }, options).data

  test('gets a token in every index of its field', () => {
    expect(written({ email: 'Ann', phone: { set: '+1' } })).toMatchObject({
      emailIndex: ANN,
      loginIndex: 'loginIndex all ann',
      phoneIndex: 'phoneIndex acme 1',
      phoneExact: 'phoneExact acme +1',
      emailFirst: 'emailFirst acme ann',
      // There is no such part.
      emailDomain: 'emailDomain acme ',
      phoneLast: 'phoneLast acme ',
    })
  })

  test('of null empties them', () => {
    expect(written({ email: null, phone: { set: null } })).toEqual({
      email: null,
      emailIndex: null,
      loginIndex: null,
      emailFirst: null,
      emailDomain: null,
      phone: { set: null },
      phoneIndex: null,
      phoneExact: null,
      phoneLast: null,
      phoneFirst: null,
    })
  })

  test('that is absent leaves them alone', () => {
    expect(written({ email: undefined, phone: skip })).toEqual({ email: undefined, phone: skip })
  })

  test('that no index accepts is refused, with its place and without the value', () => {
    const error = refusal(() => written({ email: 'secret-mark\ud800' }))
    expect(error).toMatchObject({ code: 'ENVELOPE_VALUE_INVALID', model: 'Login', field: 'email', tenant: 'acme' })
    expect(inspect(error)).not.toContain('secret-mark')
  })

  test('is never that of an index column', () => {
    expect(refusal(() => written({ emailIndex: new Uint8Array(16) }))).toMatchObject({
      code: 'ENVELOPE_VALUE_INVALID',
      field: 'emailIndex',
    })
  })
})

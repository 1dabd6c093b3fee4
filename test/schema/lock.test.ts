import { describe, expect, it } from 'vitest'
import { EnvelopeSchemaError } from '../../src/errors.js'
import { parseLock, sameRecords, serializeLock } from '../../src/schema/lock/file.js'
import type { Lock } from '../../src/schema/lock/record.js'
import { compilePsl, patient, refusals } from './compile-psl.js'

/** As version 1 had it: names alone. */
const lockOf = (names: Record<string, string>): Lock => parseLock(JSON.stringify({ version: 1, names }), 'x.json')
const lockAfter = async (blocks: string, lock?: Lock): Promise<Record<string, string>> => {
  const compiled = await compilePsl(blocks, lock === undefined ? {} : { lock })
  return Object.fromEntries([...compiled.lock.fields].map(([place, { as }]) => [place, as]))
}
const nameOf = async (blocks: string, lock: Lock, field: string, model = 'Patient'): Promise<unknown> => {
  const entry = (await compilePsl(blocks, { lock })).map.models[model]?.fields[field]
  return entry?.kind === 'scalar' ? (entry.encrypted?.as ?? entry.index?.as) : undefined
}

const one = patient('email String /// @encrypted')

describe('logical names', () => {
  it('are, without a lock file, the present names', async () => {
    const blocks = patient('email String /// @encrypted\ni Bytes? /// @encrypted.index(email)')
    expect(await lockAfter(blocks)).toEqual({ 'Patient.email': 'Patient.email', 'Patient.i': 'Patient.i' })
  })

  it('are what `as` says for a new field', async () => {
    const blocks = patient('email String /// @encrypted(as: "person.mail")')
    expect(await lockAfter(blocks)).toEqual({ 'Patient.email': 'person.mail' })
  })

  it('stay what the lock file says when `as` is taken away', async () => {
    const lock = lockOf({ 'Patient.email': 'person.mail' })
    expect(await nameOf(one, lock, 'email')).toBe('person.mail')
    expect(await lockAfter(one, lock)).toEqual({ 'Patient.email': 'person.mail' })
  })

  it('must agree with the lock file', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email' })
    expect(await refusals(patient('email String /// @encrypted(as: "a.b")'), { lock })).toEqual([
      'Patient.email: `as: "a.b"` contradicts the lock file: its data is sealed as "Patient.email". Write `as: "Patient.email"` instead, or leave it out.',
    ])
  })

  it('belong to one field each, by `as`', async () => {
    const blocks = patient('a String /// @encrypted(as: "x.y")\nb String /// @encrypted(as: "x.y")')
    expect(await refusals(blocks)).toEqual([
      'Patient.b: Patient.a already has the logical name "x.y". Write `as: "Patient.b"` instead.',
    ])
  })

  it('belong to one field each, against the lock file', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email' })
    const blocks = patient('email String /// @encrypted\nb String /// @encrypted(as: "Patient.email")')
    expect(await refusals(blocks, { lock })).toEqual([
      expect.stringMatching(/^Patient\.b: Patient\.email already has the logical name/),
    ])
  })

  it('belong to one field each, when a new field has the old name of a renamed one', async () => {
    const lock = lockOf({ 'Patient.mail': 'Patient.email' })
    const blocks = patient('mail String /// @encrypted\nemail String /// @encrypted')
    expect(await refusals(blocks, { lock })).toEqual([
      'Patient.email: Patient.mail already has the logical name "Patient.email". Write `as: "Patient.email2"` instead.',
    ])
  })

  it('belong to one field or index', async () => {
    const blocks = patient('a String /// @encrypted(as: "x.y")\nb Bytes? /// @encrypted.index(a, as: "x.y")')
    expect(await refusals(blocks)).toEqual([expect.stringMatching(/^Patient\.b: Patient\.a already has/)])
  })
})

describe('a renamed field', () => {
  const lock = lockOf({ 'Patient.email': 'Patient.email', 'Patient.ssn': 'person.ssn' })

  it('without `as` is refused, with both ways out', async () => {
    const blocks = patient('mail String /// @encrypted\nssn String /// @encrypted')
    expect(await refusals(blocks, { lock })).toEqual([
      'Patient.mail: it is new, and Patient.email of the lock file is gone. If it was renamed, write `as: "Patient.email"` in its ' +
        'annotation; otherwise its data cannot be opened. If it is really new, write `as: "Patient.mail"` instead, or remove the line of ' +
        'Patient.email from the lock file.',
    ])
  })

  it('is offered the logical name, not the previous place', async () => {
    const blocks = patient('email String /// @encrypted\nsocial String /// @encrypted')
    expect((await refusals(blocks, { lock }))[0]).toContain('write `as: "person.ssn"` in its annotation')
  })

  it('with `as` takes over the entry', async () => {
    const blocks = patient('mail String /// @encrypted(as: "Patient.email")\nssn String /// @encrypted')
    expect(await lockAfter(blocks, lock)).toEqual({ 'Patient.mail': 'Patient.email', 'Patient.ssn': 'person.ssn' })
    expect(await nameOf(blocks, lock, 'mail')).toBe('Patient.email')
  })

  it('with `as` lets another new field be new', async () => {
    const blocks = patient(
      'mail String /// @encrypted(as: "Patient.email")\nssn String /// @encrypted\nnote String /// @encrypted',
    )
    expect(await lockAfter(blocks, lock)).toMatchObject({ 'Patient.note': 'Patient.note' })
  })

  it('that is really new says so by `as`, and the gone entry stays', async () => {
    const blocks = patient('mail String /// @encrypted(as: "Patient.mail")\nssn String /// @encrypted')
    expect(await lockAfter(blocks, lock)).toEqual({
      'Patient.email': 'Patient.email',
      'Patient.ssn': 'person.ssn',
      'Patient.mail': 'Patient.mail',
    })
  })

  it('can be an index column', async () => {
    const indexed = lockOf({ 'Patient.email': 'Patient.email', 'Patient.i': 'Patient.i' })
    const blocks = patient('email String /// @encrypted\nj Bytes? /// @encrypted.index(email)')
    expect(await refusals(blocks, { lock: indexed })).toEqual([
      expect.stringMatching(/^Patient\.j: it is new, and Patient\.i .*`as: "Patient\.i"`/),
    ])
  })
})

describe('a renamed model', () => {
  const lock = lockOf({ 'Patient.email': 'Patient.email', 'Patient.note': 'Patient.note', 'Visit.note': 'Visit.note' })
  const visit = 'model Visit {\n id Int @id\n note String /// @encrypted\n}'
  const client = (email: string, note: string): string =>
    `model Client {\n id Int @id\n email String ${email}\n note String ${note}\n}\n${visit}`

  it('without `as` is refused, for each field with its own previous name', async () => {
    expect(await refusals(client('/// @encrypted', '/// @encrypted'), { lock })).toEqual([
      expect.stringMatching(/^Client\.email: .*write `as: "Patient\.email"` in its annotation/),
      expect.stringMatching(/^Client\.note: .*write `as: "Patient\.note"` in its annotation/),
    ])
  })

  it('with `as` takes over the entries', async () => {
    const blocks = client('/// @encrypted(as: "Patient.email")', '/// @encrypted(as: "Patient.note")')
    expect(await lockAfter(blocks, lock)).toEqual({
      'Visit.note': 'Visit.note',
      'Client.email': 'Patient.email',
      'Client.note': 'Patient.note',
    })
  })

  it('is not suspected of a model that the lock file knows', async () => {
    const more = 'model Visit {\n id Int @id\n note String /// @encrypted\n reason String /// @encrypted\n}'
    expect(await lockAfter(more, lock)).toMatchObject({
      'Visit.reason': 'Visit.reason',
      'Patient.email': 'Patient.email',
    })
  })
})

describe('a vanished field', () => {
  it('keeps its entry', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email', 'Patient.ssn': 'Patient.ssn' })
    expect(await lockAfter(one, lock)).toEqual({ 'Patient.email': 'Patient.email', 'Patient.ssn': 'Patient.ssn' })
  })
})

/** The lock file after a first `prisma generate`. */
const lockFor = async (blocks: string): Promise<Lock> => {
  const { lock } = await compilePsl(blocks)
  return parseLock(serializeLock(lock), 'x.json')
}
const clinic = (fields: string, model = 'Patient', more = ''): string =>
  `model ${model} {\n  id Int @id\n${fields}\n${more}\n}`
const tenant = 'tenantId String /// @encrypted.tenant'
const email = 'email String /// @encrypted'
const index = 'emailIndex Bytes? @unique /// @encrypted.index(email, normalize: [trim])'
const whole = clinic([tenant, email, index].join('\n'))

describe('a schema that does not agree with the stored data', () => {
  it.each([
    [
      '`@encrypted` is gone',
      [tenant, 'email String', index],
      'Patient.email: the lock file has it as encrypted, and `@encrypted` is gone',
    ],
    [
      '`@encrypted.index` is gone',
      [tenant, email, 'emailIndex Bytes? @unique'],
      'Patient.emailIndex: the lock file has it as the index of Patient.email, and `@encrypted.index` is gone',
    ],
    [
      '`@encrypted.tenant` is gone',
      ['tenantId String', email, index],
      'Patient: the lock file says that its tenant column is tenantId, and `@encrypted.tenant` is gone',
    ],
    [
      '`@encrypted.tenant` is on another column',
      ['tenantId String', 'orgId String /// @encrypted.tenant', email, index],
      'Patient: the lock file says that its tenant column is tenantId, and now its tenant column is orgId',
    ],
    [
      'the tenant column has another type',
      ['tenantId Int /// @encrypted.tenant', email, index],
      'Patient: the type of its tenant column tenantId was text, and is integer now',
    ],
    [
      'the tenant column is folded to lower case',
      ['tenantId String @db.Uuid /// @encrypted.tenant', email, index],
      'Patient: the type of its tenant column tenantId was text, and is uuid now',
    ],
    [
      'the type is another',
      [tenant, 'email Bytes /// @encrypted', 'emailIndex Bytes? @unique /// @encrypted.index(email)'],
      'Patient.email: its values are sealed as text, and would not open as bytes',
    ],
    [
      'a value became a list',
      [tenant, 'email String[] /// @encrypted'],
      'Patient.email: its values are sealed as text, and would not open as text[]',
    ],
    [
      'normalizers are added',
      [tenant, email, index.replace('trim', 'trim, lowercase')],
      'Patient.emailIndex: the schema changes its normalizers from [trim] to [trim, lowercase]',
    ],
    [
      'normalizers are reordered',
      [
        tenant,
        email,
        'name String /// @encrypted',
        'i Bytes? /// @encrypted.index(name, normalize: [lowercase, trim])',
        index,
      ],
      'Patient.i: the schema changes its normalizers from [trim, lowercase] to [lowercase, trim]',
    ],
    [
      'the scope is another',
      [tenant, email, index.replace('email,', 'email, scope: global,')],
      'Patient.emailIndex: the schema changes its scope from tenant to global',
    ],
    [
      'the source is another',
      [tenant, email, 'name String /// @encrypted', index.replace('(email', '(name')],
      'Patient.emailIndex: the schema changes its source from Patient.email to Patient.name',
    ],
    [
      'an index column became an encrypted field',
      [tenant, email, 'emailIndex Bytes? /// @encrypted'],
      'Patient.emailIndex: the lock file has it as the index of Patient.email, but it is an encrypted field now',
    ],
    [
      'an encrypted field became an index column',
      [
        tenant,
        'email Bytes? /// @encrypted.index(mail)',
        'mail String /// @encrypted',
        'emailIndex Bytes? /// @encrypted.index(mail)',
      ],
      'Patient.email: the lock file has it as an encrypted field, but it is an index now',
    ],
  ])('is refused: %s', async (_, fields, message) => {
    const before = clinic(
      [
        tenant,
        email,
        index,
        ...(message.includes('Patient.i:')
          ? ['name String /// @encrypted', 'i Bytes? /// @encrypted.index(name, normalize: [trim, lowercase])']
          : []),
      ].join('\n'),
    )
    const lines = await refusals(clinic(fields.join('\n')), { lock: await lockFor(before) })
    expect(lines).toContainEqual(expect.stringContaining(message))
    expect(lines.join('\n')).toContain('docs/schema-changes.md')
  })

  it('is refused with the line to remove, after which it is accepted', async () => {
    const plain = clinic('email String')
    const lock = await lockFor(one)
    const [message = ''] = await refusals(plain, { lock })
    expect(message).toBe(
      'Patient.email: the lock file has it as encrypted, and `@encrypted` is gone: new values would be stored in plaintext, and old ones ' +
        'returned as ciphertext. Write `/// @encrypted` again instead. To stop encrypting it, write `/// @encrypted(write: plain)` first: see docs/schema-changes.md, then remove this ' +
        'line from the lock file: `"Patient.email": { "as": "Patient.email", "type": "text" }`.',
    )
    const text = serializeLock(lock)
    const [line = ''] = /"Patient\.email": .*/.exec(text) ?? []
    expect(message).toContain(line)
    const { map } = await compilePsl(plain, { lock: parseLock(text.replace(line, ''), 'x.json') })
    expect(map.models.Patient?.fields.email).not.toHaveProperty('encrypted')
  })

  it('is refused with the tenant line to write, after which it is accepted', async () => {
    const moved = whole.replace('tenantId', 'orgId')
    const lock = await lockFor(whole)
    const [message = ''] = await refusals(moved, { lock })
    const [, line = ''] = /write `("Patient": .*?)` for the line of Patient/.exec(message) ?? []
    const text = serializeLock(lock).replace(/"Patient": .*/, line)
    const { map } = await compilePsl(moved, { lock: parseLock(text, 'x.json') })
    expect(map.models.Patient?.tenant).toMatchObject({ from: 'column', field: 'orgId' })
  })

  it('is refused as a whole where a schema was pulled anew, without annotations, attributes or names', async () => {
    const lock = await lockFor(
      clinic(
        'tenantId String @map("tenant_id") /// @encrypted.tenant\nemail String @map("e_mail") /// @encrypted\nssn String /// @encrypted',
        'Patient',
        '@@map("patients")',
      ),
    )
    expect(await refusals(clinic('tenant_id String\ne_mail String\nssn String', 'patients'), { lock })).toEqual([
      expect.stringMatching(/^patients\.e_mail: the lock file has it as encrypted.*"Patient\.email": \{/),
      expect.stringMatching(/^patients\.ssn: the lock file has it as encrypted/),
      expect.stringMatching(
        /^patients: the lock file says that its tenant column is tenantId, and `@encrypted.tenant` is gone/,
      ),
    ])
  })

  it('is refused where version 1 of the lock file names a field that is not annotated', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email' })
    const blocks = patient('email String\nmail String /// @encrypted')
    expect(await refusals(blocks, { lock })).toEqual([expect.stringMatching(/^Patient\.email: the lock file has it/)])
    const taken = patient('email String\nmail String /// @encrypted(as: "Patient.email")')
    expect(await refusals(taken, { lock })).toEqual([expect.stringMatching(/^Patient\.email: the lock file has it/)])
  })

  it('is refused where a plain model loses its tenant column', async () => {
    expect(await refusals(clinic('tenantId String'), { lock: await lockFor(clinic(tenant)) })).toEqual([
      expect.stringContaining('tenants would no longer be limited to their own rows'),
    ])
  })

  it('is refused where a model with encrypted fields gets a tenant column later', async () => {
    expect(await refusals(clinic(`${tenant}\n${email}`), { lock: await lockFor(clinic(email)) })).toEqual([
      expect.stringContaining(
        'Patient: it already had encrypted fields, each sealed for whichever tenant the call was bound to, and now its tenant column is tenantId',
      ),
    ])
    expect(
      (await compilePsl(clinic(tenant), { lock: await lockFor(clinic('')) })).map.models.Patient?.tenant,
    ).toBeDefined()
  })

  it('reports a field whose annotation cannot be read only once', async () => {
    const misspelt = clinic(`${tenant}\nemail String /// @encypted`)
    expect(await refusals(misspelt, { lock: await lockFor(clinic(`${tenant}\n${email}`)) })).toEqual([
      expect.stringContaining('is not an annotation'),
    ])
  })

  it.each([
    ['a field is optional or not', whole.replace('email String', 'email String?')],
    ['a column is renamed in the database', whole.replace('email String', 'email String @map("mail")')],
    ['a default is written', whole.replace('email String', 'email String @default("")')],
    [
      'the source of an index is renamed',
      whole
        .replace('email String /// @encrypted', 'mail String /// @encrypted(as: "Patient.email")')
        .replace('index(email', 'index(mail'),
    ],
    [
      'a model is renamed',
      whole
        .replace('model Patient', 'model Person')
        .replace('/// @encrypted\n', '/// @encrypted(as: "Patient.email")\n')
        .replace('[trim])', '[trim], as: "Patient.emailIndex")'),
    ],
    ['a model is gone', clinic('', 'Visit')],
    ['an index is accepted as guessable', whole.replace('[trim])', '[trim], lowEntropy: accepted)')],
  ])('is not one where %s', async (_, blocks) => {
    await expect(compilePsl(blocks, { lock: await lockFor(whole) })).resolves.toBeDefined()
  })

  it('is not one where an Int tenant column becomes a BigInt', async () => {
    const lock = await lockFor(clinic('orgId Int /// @encrypted.tenant'))
    await expect(compilePsl(clinic('orgId BigInt /// @encrypted.tenant'), { lock })).resolves.toBeDefined()
  })

  it('is compared with the model of before, where that was renamed', async () => {
    const renamed = clinic('tenantId String\nemail String /// @encrypted(as: "Patient.email")', 'Person')
    expect(await refusals(renamed, { lock: await lockFor(clinic(`${tenant}\n${email}`)) })).toEqual([
      expect.stringMatching(/^Person: the lock file says that its tenant column is tenantId/),
    ])
  })
})

describe('a new field of an existing table', () => {
  const warningsOf = async (blocks: string, lock?: Lock): Promise<readonly string[]> =>
    (await compilePsl(blocks, lock === undefined ? {} : { lock })).warnings
  const withDefault = clinic('ward String @default("none") /// @encrypted')
  const filled = expect.stringMatching(
    /^Patient\.ward: the migration fills existing rows with the default in plaintext/,
  )

  it('is warned of where it has a literal default', async () => {
    expect(await warningsOf(withDefault, await lockFor(clinic('')))).toEqual([filled])
  })

  it('is warned of where the lock file cannot say whether the table is new', async () => {
    const older = { ...lockOf({ 'Patient.email': 'Patient.email' }), complete: false }
    expect(await warningsOf(clinic(`${email}\nward String @default("none") /// @encrypted`), older)).toEqual([filled])
  })

  it('is not warned of without a lock file: all rows that there are hold plaintext', async () => {
    expect(await warningsOf(withDefault)).toEqual([])
  })

  it('is not warned of in a new table, on the second run, nor without a default', async () => {
    expect(await warningsOf(withDefault, await lockFor(clinic('', 'Visit')))).toEqual([])
    expect(await warningsOf(withDefault, await lockFor(withDefault))).toEqual([])
    expect(await warningsOf(clinic('ward String? /// @encrypted'), await lockFor(clinic('')))).toEqual([])
    expect(await warningsOf(clinic('wards String[] @default([]) /// @encrypted'), await lockFor(clinic('')))).toEqual(
      [],
    )
  })

  it('is warned of where it is an index over values that are there', async () => {
    const indexed = clinic(`${email}\nemailIndex Bytes? @unique /// @encrypted.index(email)`)
    expect(await warningsOf(indexed, await lockFor(clinic(email)))).toEqual([
      'Patient.emailIndex: searches by this index do not find existing rows. Write their email again as well (docs/schema-changes.md).',
    ])
    expect(await warningsOf(indexed)).toEqual([])
  })
})

describe('the lock file', () => {
  it('has a line for each record, sorted, and reads back', async () => {
    const { lock } = await compilePsl(
      `${whole}\n/// @encrypted.bound\n${clinic('b Json? @map("bb") /// @encrypted(as: "x.y")\na Bytes[] /// @encrypted', 'Annex', '@@map("annexes")')}`,
    )
    const text = serializeLock(lock)
    expect(text).toBe(`{
  "version": 2,
  "models": {
    "Annex": { "table": "annexes", "tenant": "bound" },
    "Patient": { "tenant": { "field": "tenantId", "type": "text" } }
  },
  "fields": {
    "Annex.a": { "as": "Annex.a", "type": "bytes[]" },
    "Annex.b": { "as": "x.y", "column": "bb", "type": "json" },
    "Patient.email": { "as": "Patient.email", "type": "text" },
    "Patient.emailIndex": { "as": "Patient.emailIndex", "index": "Patient.email", "scope": "tenant", "normalize": [ "trim" ] }
  }
}
`)
    expect(sameRecords(parseLock(text, 'x.json'), lock)).toBe(true)
  })

  it('of version 1 keeps all names, and gets the rest from the schema', async () => {
    const old = lockOf({ 'Patient.email': 'person.mail', 'Patient.emailIndex': 'a.b', 'Patient.gone': 'Patient.gone' })
    const { lock } = await compilePsl(whole, { lock: old })
    expect(Object.fromEntries(lock.models)).toEqual({ Patient: { tenant: { field: 'tenantId', type: 'text' } } })
    expect(Object.fromEntries(lock.fields)).toEqual({
      'Patient.email': { as: 'person.mail', type: 'text' },
      'Patient.emailIndex': { as: 'a.b', index: 'person.mail', scope: 'tenant', normalize: ['trim'] },
      'Patient.gone': { as: 'Patient.gone' },
    })
  })

  it.each([
    ['version', '{"version": 3, "fields": {}}', 'version 3'],
    ['part', '{"version": 2, "models": {}, "fields": {}, "jobs": {}}', '"jobs" of the file'],
    ['key of a model', '{"version": 2, "models": {"A": {"shared": true}}, "fields": {}}', '"shared" of A'],
    [
      'key of a tenant',
      '{"version": 2, "models": {"A": {"tenant": {"field": "t", "type": "text", "bound": 1}}}, "fields": {}}',
      '"bound" of the tenant of A',
    ],
    [
      'key of a field',
      '{"version": 2, "models": {}, "fields": {"A.b": {"as": "A.b", "type": "text", "pad": 64}}}',
      '"pad" of A.b',
    ],
    [
      'type',
      '{"version": 2, "models": {}, "fields": {"A.b": {"as": "A.b", "type": "datetime"}}}',
      '"datetime" as the type of A.b',
    ],
    [
      'normalizer',
      '{"version": 2, "models": {}, "fields": {"A.b": {"as": "A.b", "index": "A.a", "scope": "tenant", "normalize": ["soundex"]}}}',
      '"soundex" as a normalizer of A.b',
    ],
  ])('with a %s of a later release is refused', (_, text, what) => {
    expect(() => parseLock(text, 'x.json')).toThrow(
      `x.json: the lock file was written by a later release: ${what} is not known to this one. Upgrade prisma-envelope.`,
    )
  })

  it.each([
    ['empty', '', 'it is not JSON'],
    ['cut off', '{"version": 1, "names": {', 'it is not JSON'],
    ['in a merge conflict', '{\n<<<<<<< HEAD\n}', 'it contains merge conflict markers'],
    ['a list', '[]', 'it has no "version"'],
    ['null', 'null', 'it has no "version"'],
    ['without names', '{"version": 1}', 'it has no "names"'],
    ['without models', '{"version": 2, "fields": {}}', 'it has no "models"'],
    ['without fields', '{"version": 2, "models": {}}', 'it has no "fields"'],
    ['of no version', '{"version": 0, "names": {}}', 'version 0 does not exist'],
    ['with names that are a list', '{"version": 1, "names": []}', '"names" is not an object'],
    [
      'with a place that is none',
      '{"version": 1, "names": {"email": "a.b"}}',
      '"email" is not of the form "Model.field"',
    ],
    [
      'with a name that is none',
      '{"version": 1, "names": {"A.b": "b"}}',
      'the name of A.b is not of the form "model.field"',
    ],
    [
      'with a name that is no text',
      '{"version": 1, "names": {"A.b": 1}}',
      'the name of A.b is not of the form "model.field"',
    ],
    [
      'with one name twice',
      '{"version": 1, "names": {"A.b": "x.y", "A.c": "x.y"}}',
      'A.b and A.c have the same logical name, "x.y"',
    ],
    ['with one line twice', '{"version": 1, "names": {"A.b": "x.y", "A.b": "x.z"}}', 'a line appears twice'],
    [
      'with a record twice',
      '{"version": 2, "models": {}, "fields": {"A.b": {"as": "x.y"}, "A.b": {"as": "x.z"}}}',
      'a line appears twice',
    ],
    ['with a model twice', '{"version": 2, "models": {"A": {}, "A": {}}, "fields": {}}', 'a line appears twice'],
    [
      'with a record that is text',
      '{"version": 2, "models": {}, "fields": {"A.b": "x.y"}}',
      'the line of A.b is not an object',
    ],
    [
      'with a tenant without field',
      '{"version": 2, "models": {"A": {"tenant": {}}}, "fields": {}}',
      'the tenant of A has no "field"',
    ],
    [
      'with a type that is no text',
      '{"version": 2, "models": {}, "fields": {"A.b": {"as": "x.y", "type": 1}}}',
      'the type of A.b is not a string',
    ],
  ])('that is %s is refused', (_, text, message) => {
    const parse = (): Lock => parseLock(text, 'prisma-envelope.lock.json')
    expect(parse).toThrow(EnvelopeSchemaError)
    expect(parse).toThrow(
      `prisma-envelope.lock.json: the lock file is damaged: ${message}. Restore it from the last commit`,
    )
  })
})

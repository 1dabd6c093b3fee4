import { describe, expect, it } from 'vitest'
import { EnvelopeSchemaError } from '../../src/errors.js'
import { type Lock, parseLock, sameLock, serializeLock } from '../../src/schema/lock.js'
import { compilePsl, patient, refusals } from './compile-psl.js'

const lockOf = (names: Record<string, string>): Lock => ({ version: 1, names: new Map(Object.entries(names)) })
const lockAfter = async (blocks: string, lock?: Lock): Promise<Record<string, string>> => {
  const compiled = await compilePsl(blocks, lock === undefined ? {} : { lock })
  return Object.fromEntries(compiled.lock.names)
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
      'Patient.email: `as: "a.b"` contradicts the lock file: its data are sealed as "Patient.email". Write `as: "Patient.email"` instead, or nothing.',
    ])
  })

  it('belong to one field each, by `as`', async () => {
    const blocks = patient('a String /// @encrypted(as: "x.y")\nb String /// @encrypted(as: "x.y")')
    expect(await refusals(blocks)).toEqual([
      'Patient.b: Patient.a has the logical name "x.y" already. Write `as: "Patient.b"` instead.',
    ])
  })

  it('belong to one field each, against the lock file', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email' })
    const blocks = patient('email String /// @encrypted\nb String /// @encrypted(as: "Patient.email")')
    expect(await refusals(blocks, { lock })).toEqual([
      expect.stringMatching(/^Patient\.b: Patient\.email has the logical name/),
    ])
  })

  it('belong to one field each, when a new field has the old name of a renamed one', async () => {
    const lock = lockOf({ 'Patient.mail': 'Patient.email' })
    const blocks = patient('mail String /// @encrypted\nemail String /// @encrypted')
    expect(await refusals(blocks, { lock })).toEqual([
      'Patient.email: Patient.mail has the logical name "Patient.email" already. Write `as: "Patient.email2"` instead.',
    ])
  })

  it('belong to one field or index', async () => {
    const blocks = patient('a String /// @encrypted(as: "x.y")\nb Bytes? /// @encrypted.index(a, as: "x.y")')
    expect(await refusals(blocks)).toEqual([expect.stringMatching(/^Patient\.b: Patient\.a has/)])
  })
})

describe('a renamed field', () => {
  const lock = lockOf({ 'Patient.email': 'Patient.email', 'Patient.ssn': 'person.ssn' })

  it('without `as` is refused, with both ways out', async () => {
    const blocks = patient('mail String /// @encrypted\nssn String /// @encrypted')
    expect(await refusals(blocks, { lock })).toEqual([
      'Patient.mail: it is new, and Patient.email of the lock file is gone. If it was renamed, write `as: "Patient.email"` in its ' +
        'annotation, or its data cannot be opened. If it is really new, write `as: "Patient.mail"` instead, or remove the line of ' +
        'Patient.email from the lock file.',
    ])
  })

  it('is offered the logical name, not the former place', async () => {
    const blocks = patient('email String /// @encrypted\nsocial String /// @encrypted')
    expect((await refusals(blocks, { lock }))[0]).toContain('write `as: "person.ssn"` in its annotation')
  })

  it('with `as` takes the entry over', async () => {
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

  it('without `as` is refused, for each field with its own former name', async () => {
    expect(await refusals(client('/// @encrypted', '/// @encrypted'), { lock })).toEqual([
      expect.stringMatching(/^Client\.email: .*write `as: "Patient\.email"` in its annotation/),
      expect.stringMatching(/^Client\.note: .*write `as: "Patient\.note"` in its annotation/),
    ])
  })

  it('with `as` takes the entries over', async () => {
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

  it('that is only no longer encrypted is not gone', async () => {
    const lock = lockOf({ 'Patient.email': 'Patient.email' })
    const blocks = patient('email String\nmail String /// @encrypted')
    expect(await lockAfter(blocks, lock)).toEqual({ 'Patient.email': 'Patient.email', 'Patient.mail': 'Patient.mail' })
  })
})

describe('the lock file', () => {
  it('is sorted and readable, and reads back', () => {
    const lock = lockOf({ 'B.a': 'B.a', 'A.b': 'x.y', 'A.a': 'A.a' })
    const text = serializeLock(lock)
    expect(text).toBe(
      '{\n  "version": 1,\n  "names": {\n    "A.a": "A.a",\n    "A.b": "x.y",\n    "B.a": "B.a"\n  }\n}\n',
    )
    expect(sameLock(parseLock(text, 'x.json'), lock)).toBe(true)
  })

  it.each([
    ['empty', '', 'it is not JSON'],
    ['cut off', '{"version": 1, "names": {', 'it is not JSON'],
    ['in a merge conflict', '{\n<<<<<<< HEAD\n}', 'it holds the marks of a merge conflict'],
    ['a list', '[]', 'it has no "version" and "names"'],
    ['null', 'null', 'it has no "version" and "names"'],
    ['without names', '{"version": 1}', 'it has no "version" and "names"'],
    ['of a later version', '{"version": 2, "names": {}}', 'version 2 is not one that this release knows'],
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
      'A.b and A.c have one logical name, "x.y"',
    ],
    ['with one line twice', '{"version": 1, "names": {"A.b": "x.y", "A.b": "x.z"}}', 'a line stands in it twice'],
  ])('that is %s is refused', (_, text, message) => {
    const parse = (): Lock => parseLock(text, 'prisma-envelope.lock.json')
    expect(parse).toThrow(EnvelopeSchemaError)
    expect(parse).toThrow(`prisma-envelope.lock.json: the lock file is damaged: ${message}. Write it as it was`)
  })
})

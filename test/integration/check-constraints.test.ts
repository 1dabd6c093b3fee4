import { describe, expect, test } from 'vitest'
import { runCommand } from '../cli/run-command.js'
import { isPrisma6, Prisma } from '../support/client.js'
import { testProvider } from '../support/database.js'
import type { StoredValue } from '../support/databases/contract.js'
import { postgresqlTypes } from '../support/postgresql-client.js'
import { binaryOf, openStage, textOf } from '../support/stage.js'

const on = testProvider()
const { acme, countRows, database, plain, stored } = await openStage()

const email = 'ann@example.com'
const zeros = (length: number, ...first: number[]) => Uint8Array.from({ length }, (_, i) => first[i] ?? 0)

/** A row from before the constraints, in plaintext. */
await plain.note.create({ data: { id: 1000, body: email } })
const sql = await printedSql()
// On MySQL every row must pass when a constraint is added.
const refusedByOldRow = on === 'mysql' ? await database.execute(statementFor('Note')).catch(String) : undefined
if (on === 'mysql') await acme.note.update({ where: { id: 1000 }, data: { body: email } })
await database.execute(sql)

await acme.patient.create({ data: { id: 'ann', email, ssn: '1', notes: { a: 1 }, photo: zeros(3) } })
const envelope = String(await stored('patients', 'email_sealed', 'ann'))

/** What the command prints for the test schema. */
async function printedSql(): Promise<string> {
  const { code, out } = await runCommand(['sql', '--checks', '--models', `test/generated/${testProvider()}/encryption`])
  expect(code).toBe(0)
  return out
}

/** The statement that adds the constraint of a table's one encrypted column. */
function statementFor(table: string): string {
  return new RegExp(`^ALTER TABLE .${table}. ADD[^;]*;`, 'm').exec(sql)?.[0] ?? ''
}

/** What the database says: the constraint's name, or the column on SQLite. */
function refusal(table: string, column: string): RegExp {
  return on === 'sqlite'
    ? new RegExp(`${table}\\.${column} accepts only values that prisma-envelope wrote`)
    : new RegExp(`pe1_${table}_${column}_[0-9a-f]{12}`)
}

/**
 * The same where Prisma reports it. On SQLite Prisma takes the error of any trigger for one of a foreign key (P2003); what
 * the database said is underneath.
 */
async function refused(call: PromiseLike<unknown>, table: string, column: string): Promise<void> {
  const error = await Promise.resolve(call).catch((reason: unknown) => reason)
  // Prisma 6 has no error of its own for it, and passes the adapter's on.
  if (isPrisma6 && on !== 'sqlite') {
    expect(error).toMatchObject({ name: 'DriverAdapterError', message: expect.stringMatching(refusal(table, column)) })
    return
  }
  expect(error).toMatchObject({ code: on === 'sqlite' ? 'P2003' : 'P2039' })
  expect(JSON.stringify((error as { meta: unknown }).meta)).toMatch(refusal(table, column))
}

/** Writes one column of the one patient, past Prisma. */
const plant = (column: string, value: StoredValue): Promise<number> =>
  database.execute(
    `UPDATE patients SET ${column} = ?${on === 'postgresql' && column === 'notes' ? '::jsonb' : ''} WHERE id = ?`,
    [value, 'ann'],
  )

describe('plain SQL', () => {
  test.each<[string, string, StoredValue]>([
    ['plain text', 'email_sealed', email],
    ['the empty text', 'ssn', ''],
    ['another letter case', 'ssn', `PE1:${envelope.slice(4)}`],
    ['a space before it', 'ssn', ` ${envelope}`],
    ['another version', 'ssn', 'pe2:AAAA'],
    ['a Json document', 'notes', '{"a":"pe1:AAAA"}'],
    ['a Json list', 'notes', '["pe1:AAAA"]'],
    ['a Json text', 'notes', '"ann"'],
    ['a Json number', 'notes', '5'],
    ["Json's null", 'notes', 'null'],
    ['plain bytes', 'photo_sealed', zeros(100)],
    ['no bytes', 'photo_sealed', zeros(0)],
    ['one byte', 'photo_sealed', zeros(1, 0x11)],
    ['bytes that are too few', 'photo_sealed', zeros(45, 0x11, 1)],
    ['an unknown version', 'photo_sealed', zeros(60, 0x21, 1)],
    ['an unknown suite', 'photo_sealed', zeros(60, 0x13, 1)],
    ['unknown flags', 'photo_sealed', zeros(60, 0x11, 2)],
    ['the text form among bytes', 'photo_sealed', new TextEncoder().encode(envelope)],
    ['a token that is too short', 'email_index', zeros(15)],
    ['a token that is too long', 'email_index', zeros(17)],
    ['a text for a token', 'email_index', new TextEncoder().encode(email)],
  ])('cannot put %s into %s', async (_, column, value) => {
    const before = await stored('patients', column, 'ann')
    // MySQL's column is VARBINARY(16): it takes no more, by itself.
    const tooLong = on === 'mysql' && column === 'email_index' && value instanceof Uint8Array && value.length > 16
    await expect(plant(column, value)).rejects.toThrow(tooLong ? 'Data too long' : refusal('patients', column))
    expect(await stored('patients', column, 'ann')).toEqual(before)
  })

  test.runIf(on === 'sqlite')('cannot store a value of another type, which SQLite would accept', async () => {
    await expect(plant('ssn', new TextEncoder().encode(envelope))).rejects.toThrow(refusal('patients', 'ssn'))
    await expect(plant('photo_sealed', envelope)).rejects.toThrow(refusal('patients', 'photo_sealed'))
    await expect(plant('email_index', '0123456789abcdef')).rejects.toThrow(refusal('patients', 'email_index'))
    await expect(plant('notes', 'no JSON')).rejects.toThrow(refusal('patients', 'notes'))
  })

  test('can put an envelope of either suite, a token, and NULL', async () => {
    await plant('ssn', textOf(zeros(60, 0x12, 1)))
    await plant('notes', JSON.stringify(envelope))
    await plant('photo_sealed', zeros(60, 0x12, 1))
    await plant('photo_sealed', binaryOf(envelope))
    await plant('email_index', zeros(16))
    for (const column of ['ssn', 'notes', 'photo_sealed', 'email_index']) await plant(column, null)
  })

  test('cannot insert plaintext', async () => {
    const into = (table: string, column: string, values: string): Promise<unknown> => {
      const insert = database.execute(values, [email])
      return expect(insert).rejects.toThrow(refusal(table, column))
    }
    await into('Note', 'body', 'INSERT INTO "Note" (id, body) VALUES (7, ?)')
    await into('Account', 'iban', 'INSERT INTO "Account" ("orgId", number, iban) VALUES (1, 1, ?)')
    await into(
      'Record',
      'where',
      `INSERT INTO "Record" (id, "patientId", data, "where") VALUES ('r', 'ann', '"${envelope}"', ?)`,
    )
    expect(await countRows('"Account"')).toBe(0)
  })

  test.runIf(on === 'sqlite')('cannot insert it with any conflict clause of SQLite', async () => {
    for (const clause of ['IGNORE', 'REPLACE', 'FAIL', 'ABORT', 'ROLLBACK']) {
      const insert = database.execute(`INSERT OR ${clause} INTO "Note" (id, body) VALUES (7, ?)`, [email])
      await expect(insert, clause).rejects.toThrow(refusal('Note', 'body'))
    }
  })
})

describe('a client without the extension', () => {
  test('cannot create, createMany, update or upsert plaintext', async () => {
    await refused(plain.patient.create({ data: { tenantId: 'acme', email } }), 'patients', 'email_sealed')
    await refused(plain.note.createMany({ data: [{ body: envelope }, { body: 'x' }] }), 'Note', 'body')
    await refused(plain.patient.update({ where: { id: 'ann' }, data: { notes: { a: 1 } } }), 'patients', 'notes')
    await refused(plain.patient.updateMany({ data: { photo: zeros(70) } }), 'patients', 'photo_sealed')
    await refused(
      plain.note.upsert({ where: { id: 8 }, create: { id: 8, body: 'x' }, update: { body: 'x' } }),
      'Note',
      'body',
    )
    expect(await countRows('"Note"')).toBe(1)
  })
})

describe('the extended client', () => {
  test('writes as before', async () => {
    const id = 'bob'
    const data = { id, email: 'bob@example.com', ssn: null, notes: { a: ['pe1:'] }, photo: zeros(2), age: 1 }
    expect(await acme.patient.create({ data })).toMatchObject(data)
    expect(await acme.patient.update({ where: { id }, data: { notes: Prisma.JsonNull, ssn: '' } })).toMatchObject({
      ssn: '',
    })
    expect(await acme.patient.update({ where: { id }, data: { notes: Prisma.DbNull, photo: null } })).toMatchObject({
      notes: null,
      photo: null,
    })
    const emails = { create: { id: 'eve', email: 'c@example.com' }, update: { email: 'u@example.com' } }
    expect(await acme.patient.upsert({ where: { id: 'eve' }, ...emails })).toMatchObject({ email: 'c@example.com' })
    expect(await acme.patient.upsert({ where: { id: 'eve' }, ...emails })).toMatchObject({ email: 'u@example.com' })
    expect(await acme.note.createMany({ data: [{ body: '' }, { body: 'pe1:' }] })).toEqual({ count: 2 })
    expect(await acme.patient.updateMany({ where: { id }, data: { ssn: '2' } })).toEqual({ count: 1 })
    expect(await acme.record.create({ data: { patientId: id, data: [1], where: 'here' } })).toMatchObject({ data: [1] })
  })
})

describe('existing rows', () => {
  test.runIf(on === 'mysql')('keep the constraint from being added, until they are encrypted', async () => {
    expect(refusedByOldRow).toMatch(refusal('Note', 'body'))
    expect(await stored('"Note"', 'body', 1000)).toMatch(/^pe1:/)
  })

  test.runIf(on !== 'mysql')('stay until they are encrypted', async () => {
    expect(await stored('"Note"', 'body', 1000)).toBe(email)
    await acme.note.update({ where: { id: 1000 }, data: { body: email }, select: { id: true } })
    expect(await stored('"Note"', 'body', 1000)).toMatch(/^pe1:/)
  })

  test.runIf(on === 'postgresql')('keep VALIDATE CONSTRAINT from passing as long as they are there', async () => {
    const validate = [...sql.matchAll(/^-- (ALTER TABLE .* VALIDATE CONSTRAINT .*;)$/gm)].map(([, text]) =>
      String(text),
    )
    expect(validate).toHaveLength([...sql.matchAll(/NOT VALID;$/gm)].length)
    for (const statement of validate) await database.execute(statement)

    const [, drop = '', add = ''] = /ALTER TABLE "Note" ADD (CONSTRAINT "\w+")([^;]*;)/.exec(sql) ?? []
    await database.execute(`ALTER TABLE "Note" DROP ${drop}`)
    await database.execute('INSERT INTO "Note" (id, body) VALUES (2000, ?)', [email])
    await database.execute(`ALTER TABLE "Note" ADD ${drop}${add}`)
    await expect(database.execute(`ALTER TABLE "Note" VALIDATE ${drop}`)).rejects.toThrow('is violated by some row')
    // Whatever column an UPDATE is about.
    await expect(database.execute('UPDATE "Note" SET title = ? WHERE id = 2000', ['x'])).rejects.toThrow(
      refusal('Note', 'body'),
    )
  })

  test.runIf(on === 'sqlite')('can be changed in other columns, and the script can be run again', async () => {
    await database.execute(sql)
    const [dropInsert] = /^DROP TRIGGER IF EXISTS "pe1_Note_body_\w+_insert";$/m.exec(sql) ?? []
    await database.execute(String(dropInsert))
    await database.execute('INSERT INTO "Note" (id, body) VALUES (2000, ?)', [email])
    await database.execute(sql)
    expect(await database.execute('UPDATE "Note" SET title = ? WHERE id = 2000', ['x'])).toBe(1)
    await expect(database.execute('UPDATE "Note" SET body = ? WHERE id = 2000', ['x'])).rejects.toThrow(
      refusal('Note', 'body'),
    )
  })
})

describe.runIf(on === 'postgresql')('a list', () => {
  const charts = postgresqlTypes(acme).chart
  const plainCharts = postgresqlTypes(plain).chart
  const text = (value: string) => `ARRAY[allergies_sealed[1], '${value}']`

  test('accepts what the extended client writes, in every form', async () => {
    const bytes = zeros(2)
    const { id } = await charts.create({ data: { allergies: ['a', ''], events: [1, {}], scans: [bytes, bytes] } })
    await charts.update({ where: { id }, data: { allergies: { push: 'b' }, events: [], scans: { push: bytes } } })
    await charts.create({ data: { allergies: [], codes: [] } })
    await expect(database.execute('UPDATE charts SET events = NULL WHERE id = ?', [id])).resolves.toBe(1)
  })

  test.each<[string, string, string]>([
    ['a plain text', 'allergies_sealed', text(email)],
    ['the empty text', 'allergies_sealed', text('')],
    ['another letter case', 'allergies_sealed', text('PE1:AAAA')],
    ['another version', 'allergies_sealed', text('pe2:AAAA')],
    ['what sorts right behind the prefix', 'allergies_sealed', text('pe1;')],
    ['NULL', 'allergies_sealed', 'ARRAY[allergies_sealed[1], NULL]'],
    ['a Json text', 'events', `ARRAY[events[1], '"ann"']::jsonb[]`],
    ['a document', 'events', `ARRAY[events[1], '{"a":"pe1:AAAA"}']::jsonb[]`],
    ['a Json list', 'events', `ARRAY[events[1], '["pe1:AAAA"]']::jsonb[]`],
    ["Json's null", 'events', `ARRAY[events[1], 'null']::jsonb[]`],
    ['plain bytes', 'scans', `ARRAY[scans[1], '\\x00']::bytea[]`],
    ['no bytes', 'scans', `ARRAY[scans[1], '']::bytea[]`],
    ['text among bytes', 'scans', `ARRAY[scans[1], 'pe1:AAAA']::bytea[]`],
  ])('refuses %s among its elements', async (_, column, value) => {
    const { id } = await charts.create({ data: { allergies: ['a'], events: [1], scans: [zeros(1)] } })
    await expect(database.execute(`UPDATE charts SET ${column} = ${value} WHERE id = ${id}`)).rejects.toThrow(
      refusal('charts', column),
    )
  })

  test('refuses a default that the database itself fills in', async () => {
    await expect(database.execute('INSERT INTO charts (updated_at) VALUES (now())')).rejects.toThrow(/pe1_charts_/)
    await refused(
      plainCharts.create({ data: { codes: [], documents: [], stamps: [], nothing: Prisma.DbNull } }),
      'charts',
      'summary',
    )
  })
})

test('a literal default is refused where a create without the extension leaves it to the database', async () => {
  await refused(
    plain.parcel.create({ data: { remark: null, stamp: new Uint8Array(binaryOf(envelope)) } }),
    'Parcel',
    'state',
  )
  const { id } = await acme.parcel.create({ data: {} })
  expect(await stored('"Parcel"', 'state', id)).toMatch(/^pe1:/)
})

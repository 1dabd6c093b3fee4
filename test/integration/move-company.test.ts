import { beforeEach, describe, expect, test, vi } from 'vitest'
import { fieldEncryption } from '../../src/prisma/extension.js'
import { encryptedModels } from '../support/company-client.js'
import { named } from '../support/company-stage.js'
import { refusal } from '../support/stage.js'
import { openFilledCompany } from './company-rows.js'

/** Rows that belong to other rows, of a schema where most models have no tenant column. */
const { acme, database, fill, globex, interrupt, kms, main, openAll, plain, plant, prisma, stored } =
  await openFilledCompany()
const { move, verify } = prisma.$encryption

beforeEach(fill)

type Options = Parameters<typeof move>[0]

const TABLES = [
  'Org',
  'Membership',
  'Envelope',
  'Recipient',
  'Field',
  'Comment',
  'Credential',
  'Project',
  'Item',
  'Task',
  'Place',
]

/** All rows as the database has them. */
async function everything(): Promise<string> {
  const rows = []
  for (const table of [...TABLES, 'Note', 'Badge', 'Slot', 'Pin'])
    rows.push(
      (await database.query(`SELECT * FROM ${named(table)}`)).map((row) => JSON.stringify(row, withBigInts)).sort(),
    )
  return JSON.stringify(rows)
}

function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** What it ends with, all of it left as it was. */
async function leftAlone(
  options: Options,
  client: Pick<typeof prisma, '$encryption'> = prisma,
): Promise<{ code: string; message: string }> {
  const before = await everything()
  const { code, message } = await refusal(client.$encryption.move(options))
  expect(await everything()).toBe(before)
  return { code, message }
}

/** Every value opens for the tenant that owns its row, and every index is that of its value. */
async function allIsWell(): Promise<void> {
  await openAll()
  expect(await verify()).toMatchObject({ finished: true, skipped: {} })
}

const ENVELOPE = { model: 'Envelope', id: 'e-acme', to: 'globex' } as const

describe('rows that belong to a row', () => {
  test('move with it, at any distance, although no column of theirs changes', async () => {
    const before = await plain.recipient.findUniqueOrThrow({ where: { id: 1001 } })
    const report = await move(ENVELOPE)
    expect(report).toMatchObject({ from: 'acme', to: 'globex', moved: true, links: [], shared: ['User'] })
    expect(report.models.toSorted((a, b) => a.model.localeCompare(b.model))).toEqual([
      { model: 'Comment', rows: 1, values: 1, tokens: 0, plaintext: 0 },
      { model: 'Envelope', rows: 1, values: 2, tokens: 1, plaintext: 0 },
      { model: 'Field', rows: 1, values: 1, tokens: 0, plaintext: 0 },
      { model: 'Recipient', rows: 1, values: 2, tokens: 1, plaintext: 0 },
    ])
    const after = await plain.recipient.findUniqueOrThrow({ where: { id: 1001 } })
    expect({ ...after, email: '', name: '', emailIndex: null }).toEqual({
      ...before,
      email: '',
      name: '',
      emailIndex: null,
    })
    for (const client of [acme.envelope, acme.recipient, acme.field, acme.comment])
      expect(await (client.count as () => Promise<number>)()).toBe(0)
    const found = await globex.recipient.findFirst({
      where: { email: 'rex@ACME.org' },
      include: { fields: true, envelope: true },
    })
    expect(found).toMatchObject({
      name: 'name of acme',
      fields: [{ value: 'value of acme' }],
      envelope: { subject: 'subject of acme', metadata: { of: 'acme' } },
    })
    await allIsWell()
  })

  test('take passed-on keys, compound ones and one-to-one relations along', async () => {
    await plain.project.update({ where: { id: 'p-acme' }, data: { number: 9 } })
    await plain.task.update({ where: { id: 1001 }, data: { reviewSlug: 's-acme' } })
    const { models } = await move({ model: 'Project', id: 'p-acme', to: 'globex' })
    expect(models.map(({ model, rows }) => `${rows} ${model}`).sort()).toEqual(
      ['Badge', 'Item', 'Note', 'Pin', 'Place', 'Project', 'Slot', 'Task'].map((model) => `1 ${model}`),
    )
    expect(await globex.item.findUnique({ where: { id: 1001 }, include: { project: true } })).toMatchObject({
      ...{ orgId: 'globex', number: 9, name: 'item of acme' },
      project: { id: 'p-acme', secret: 'project of acme' },
    })
    expect(await globex.pin.count()).toBe(2)
    await allIsWell()
  })

  test('one that another tenant’s project is reviewed by is in the way', async () => {
    await plain.project.update({ where: { id: 'p-acme' }, data: { number: 9 } })
    await acme.project.create({
      data: {
        id: 'p-2',
        orgId: 'acme',
        number: 2,
        slug: 's-2',
        tasks: { create: { id: 7, text: 'x', reviewSlug: 's-acme' } },
      },
    })
    expect(await leftAlone({ model: 'Project', id: 'p-acme', to: 'globex' })).toMatchObject({
      ...{ code: 'ENVELOPE_MOVE_REFUSED', message: expect.stringContaining('Task id "7" by review') },
    })
    await plain.task.delete({ where: { id: 7 } })
  })

  test('one whose foreign key contains the tenant column stays with what it refers to', async () => {
    // Its number is that of a project of the other tenant, to which it would belong without a word.
    for (const links of ['check', 'off'] as const)
      expect(await leftAlone({ model: 'Item', id: 1001, to: 'globex', links })).toMatchObject({
        ...{ code: 'ENVELOPE_MOVE_REFUSED', message: expect.stringContaining('Item id "1001" by project') },
      })
  })

  test('move by themselves to another row', async () => {
    const { code, message } = await leftAlone({ model: 'Recipient', id: 1001, to: 'globex' })
    expect([code, message]).toEqual(['ENVELOPE_CONFIG_INVALID', expect.stringContaining('`parent`')])
    const there = { model: 'Recipient', id: 1001, to: 'globex', parent: 'e-globex' } as const
    expect(await leftAlone({ ...there, parent: 'e-acme' })).toMatchObject({ code: 'ENVELOPE_MOVE_REFUSED' })
    expect(await leftAlone({ ...there, parent: 'nowhere' })).toMatchObject({ code: 'ENVELOPE_MOVE_REFUSED' })
    expect(await move(there)).toMatchObject({
      models: [
        { model: 'Recipient', rows: 1 },
        { model: 'Field', rows: 1 },
      ],
    })
    expect(
      await globex.envelope.findUnique({
        where: { id: 'e-globex' },
        include: { recipients: { orderBy: { id: 'asc' } } },
      }),
    ).toMatchObject({
      recipients: [{ id: 1001, name: 'name of acme' }, { id: 1002 }],
    })
    await allIsWell()
  })

  test('become shared, and are shared no more', async () => {
    expect(await move({ model: 'Comment', id: 1001, to: 'main' })).toMatchObject({ models: [{ rows: 1, values: 1 }] })
    expect(await main.comment.findUnique({ where: { id: 1001 } })).toMatchObject({
      text: 'comment of acme',
      envelopeId: null,
    })
    expect(await move({ model: 'Comment', id: 1001, to: 'globex', parent: 'e-globex' })).toMatchObject({ from: 'main' })
    expect(await move({ model: 'Credential', id: 1001, to: 'main' })).toMatchObject({ from: 'acme' })
    expect(await main.credential.findFirst({ where: { secret: 'secret of acme' } })).toMatchObject({
      id: 1001,
      orgId: null,
    })
    await allIsWell()
  })
})

describe('a move is all or nothing', () => {
  test('a damaged value far below', async () => {
    await plant('Field', 'value', 1001, String(await stored('Field', 'value', 1001)).slice(0, -8))
    const { code, message } = await leftAlone(ENVELOPE)
    expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('Field id "1001".value')])
  })

  test('a value sealed for a third tenant', async () => {
    await plant('Field', 'value', 1001, String(await stored('Field', 'value', 1002)))
    expect(await leftAlone(ENVELOPE)).toMatchObject({
      code: 'ENVELOPE_MOVE_REFUSED',
      message: expect.stringContaining('ENVELOPE_TENANT_MISMATCH'),
    })
  })

  test('a unique index, and a unique that contains the tenant column', async () => {
    await globex.recipient.create({ data: { id: 7, token: 't7', email: 'rex@acme.org', envelopeId: 'e-globex' } })
    const recipient = { model: 'Recipient', id: 1001, to: 'globex', parent: 'e-globex' } as const
    const project = { model: 'Project', id: 'p-acme', to: 'globex' } as const
    for (const [options, fields] of [
      [recipient, ['envelopeId', 'emailIndex']],
      [{ model: 'Membership', id: 1001, to: 'globex' } as const, ['orgId', 'userId']],
      [project, ['orgId', 'number']],
    ] as const) {
      const { taken } = await move({ ...options, dryRun: true })
      expect(taken).toEqual([{ model: options.model, key: { id: String(options.id) }, fields }])
      const { code, message } = await leftAlone(options)
      expect([code, message]).toEqual(['ENVELOPE_NOT_UNIQUE', expect.stringContaining(`by ${fields.join(', ')}`)])
    }
    // What comes in between, the database finds.
    await plain.recipient.delete({ where: { id: 7 } })
    let after = ''
    interrupt(/^BEGIN$/, async () => {
      await globex.recipient.create({ data: { id: 7, token: 't7', email: 'rex@acme.org', envelopeId: 'e-globex' } })
      after = await everything()
    })
    expect((await refusal(move(recipient))).code).toBe('ENVELOPE_NOT_UNIQUE')
    expect(await everything()).toBe(after)
    await plain.recipient.delete({ where: { id: 7 } })
    expect(await move({ ...recipient, dryRun: true })).toMatchObject({ taken: [] })
  })

  test('a tenant that is not there, and the tenant itself', async () => {
    const { code, message } = await leftAlone({ model: 'Envelope', id: 'e-acme', to: 'initech' })
    expect([code, message]).toEqual(['ENVELOPE_MOVE_REFUSED', expect.stringContaining('there is no Org')])
    expect(await leftAlone({ model: 'Org', id: 'acme', to: 'globex' })).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
    for (const model of ['User', 'Setting', 'Use'] as const)
      expect(await leftAlone({ model, id: 'x', to: 'globex' })).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
    expect(await leftAlone({ ...ENVELOPE, to: 'main' })).toMatchObject({ code: 'ENVELOPE_TENANT_INVALID' })
    expect(await leftAlone({ ...ENVELOPE, with: ['Recipient'] })).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
  })

  test('a commit that does not come about', async () => {
    const failing = plain
      .$extends({
        client: {
          $transaction: (work: (tx: never) => Promise<unknown>, options: object) =>
            plain.$transaction(async (tx) => {
              await work(tx as never)
              throw new Error('pulled the plug')
            }, options),
        },
      })
      .$extends(
        fieldEncryption({
          ...{ models: encryptedModels, app: 'company', kms: kms.provider },
          ...{ cmk: (tenant: string) => `alias/tenant/${tenant}`, indexCmk: 'alias/index' },
        }),
      )
    const { code, message } = await leftAlone(ENVELOPE, failing as never)
    expect(code).toBe('ENVELOPE_JOB_INTERRUPTED')
    expect(message).not.toContain('plug')
  })
})

describe('who changes a row meanwhile wins, and the move may be made again', () => {
  const write = (table: string, column: string, id: number | string) => async () => {
    await plant(
      table,
      column,
      id,
      String(await stored(table, column, id)).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    )
  }
  test.each<[string, () => Promise<unknown>]>([
    ['a value of the row', () => acme.envelope.update({ where: { id: 'e-acme' }, data: { subject: 'newer' } })],
    ['a value far below', () => acme.field.update({ where: { id: 1001 }, data: { value: 'newer' } })],
    ['a row that is added', () => acme.comment.create({ data: { id: 7, text: 'newer', envelopeId: 'e-acme' } })],
    ['a row that is deleted', () => acme.field.delete({ where: { id: 1001 } })],
    [
      'a row that goes elsewhere',
      () => plain.comment.update({ where: { id: 1001 }, data: { envelopeId: 'e-globex' } }),
    ],
    ['damage', write('Field', 'value', 1001)],
  ])('%s', async (_, work) => {
    let after = ''
    interrupt(/^BEGIN$/, async () => {
      await work()
      after = await everything()
    })
    const { code } = await refusal(move(ENVELOPE))
    expect(code).toBe('ENVELOPE_MOVE_CONFLICT')
    expect(await everything()).toBe(after)
  })

  test('a column that a move has nothing to do with is no conflict, and keeps what was written', async () => {
    interrupt(/^BEGIN$/, () => acme.recipient.update({ where: { id: 1001 }, data: { userId: 'u2', order: 7 } }))
    expect(await move(ENVELOPE)).toMatchObject({ moved: true })
    expect(await globex.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ userId: 'u2', order: 7 })
    await allIsWell()
  })

  test('a value that was NULL', async () => {
    await plain.recipient.update({ where: { id: 1001 }, data: { name: null } })
    interrupt(/^BEGIN$/, () => acme.recipient.update({ where: { id: 1001 }, data: { name: 'newer' } }))
    expect((await refusal(move(ENVELOPE))).code).toBe('ENVELOPE_MOVE_CONFLICT')
    expect(await move(ENVELOPE)).toMatchObject({ moved: true })
    expect(await globex.recipient.findUnique({ where: { id: 1001 } })).toMatchObject({ name: 'newer' })
    await allIsWell()
  })

  test('the row that it was to belong to', async () => {
    interrupt(/^BEGIN$/, () => move({ model: 'Envelope', id: 'e-globex', to: 'acme' }))
    const { code } = await refusal(move({ model: 'Recipient', id: 1001, to: 'globex', parent: 'e-globex' }))
    expect(code).toMatch(/^ENVELOPE_MOVE_(CONFLICT|REFUSED)$/)
    await allIsWell()
  })

  test('two moves at once: one of them moves the row', async () => {
    const both = await Promise.allSettled([move(ENVELOPE), move(ENVELOPE)])
    const moved = both.filter(({ status }) => status === 'fulfilled')
    expect(moved.length).toBeLessThanOrEqual(1)
    for (const one of both)
      if (one.status === 'rejected') expect(one.reason.code).toMatch(/^ENVELOPE_MOVE_(CONFLICT|REFUSED)$/)
    await allIsWell()
  })

  test.runIf(database.provider !== 'sqlite')('one who has the row locked is waited for', async () => {
    let moving: Promise<unknown> | undefined
    await plain.$transaction(
      async (tx) => {
        await tx.field.update({ where: { id: 1001 }, data: { page: 2 } })
        await tx.comment.deleteMany({ where: { id: 1001 } })
        moving = refusal(move(ENVELOPE))
        await vi.waitFor(async () => expect(await waiting()).toBeGreaterThan(0), { timeout: 10_000, interval: 300 })
      },
      { timeout: 20_000 },
    )
    expect(await moving).toMatchObject({ code: 'ENVELOPE_MOVE_CONFLICT' })
    expect(await acme.field.findUnique({ where: { id: 1001 } })).toMatchObject({ page: 2, value: 'value of acme' })
    await allIsWell()
  })

  /** How many statements wait for a lock. */
  async function waiting(): Promise<number> {
    const sql =
      database.provider === 'mysql'
        ? "SELECT count(*) AS n FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
        : 'SELECT count(*) AS n FROM pg_locks WHERE NOT granted'
    const [row] = await database.query(sql, [])
    return Number(row?.n)
  }
})

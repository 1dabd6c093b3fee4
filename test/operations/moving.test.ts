import { describe, expect, it } from 'vitest'
import type { RowWrite } from '../../src/databases/index.js'
import { ChangedMeanwhile, carryOut, type MovedRows, prepareMove, Taken, TooLong } from '../../src/operations/index.js'
import { ownerChanges } from '../../src/operations/moving/changes.js'
import type { FoundRow, Link, MovedModel } from '../../src/operations/moving/moved-model.js'
import type { MovePlan, Survey } from '../../src/operations/moving/survey.js'

/** Envelopes of a tenant; parts of them, whose key contains the envelope's; and pages of these, which refer to all of that. */
const link = (model: string, to: string, columns: string[], references: string[]): Link => {
  return { model, field: to, columns, to, references, kind: 'owner', holdsTenant: false }
}
const toEnvelope = link('Part', 'Envelope', ['envelope'], ['id'])
const toPart = link('Page', 'Part', ['envelope', 'part'], ['envelope', 'n'])

function model(
  name: string,
  key: string[],
  texts: string[],
  up: Link[],
  down: Link[],
  tenantColumn?: string,
): MovedModel {
  const table = {
    table: name,
    schema: undefined,
    key,
    texts,
    columns: [{ column: 'c', form: 'text', list: false } as const],
    tokens: [],
  }
  const target = {
    ...{ model: name, table, fields: new Map(), encrypted: [], indexes: [] },
    tenantOf: ({ owner }: { owner: string | null }) => owner ?? undefined,
  }
  return { name, target, table, tenantColumn, tenantText: 'globex', isOwned: true, up, down, uniques: [], across: [] }
}

const envelope = model('Envelope', ['id'], ['id', 'tenant'], [], [toEnvelope], 'tenant')
const part = model('Part', ['envelope', 'n'], ['envelope', 'n'], [toEnvelope], [toPart])
const page = model('Page', ['id'], ['id', 'envelope', 'part'], [toPart], [])
const models = new Map([envelope, part, page].map((one) => [one.name, one]))

function row({ table }: MovedModel, texts: readonly string[], owner = 'acme', cell: string | null = null): FoundRow {
  const named = table.texts.map((column, i): [string, string] => [column, texts[i] ?? ''])
  return { key: texts.slice(0, table.key.length), texts: new Map(named), owner, cells: [cell], tokens: [] }
}

const plan: MovePlan = {
  models,
  root: envelope,
  keys: [['e']],
  from: 'acme',
  to: 'globex',
  parent: undefined,
  maxRows: 10,
}

/** One row, which nothing belongs to. */
function fakeRows(write: (rows: readonly RowWrite[]) => number | 'taken'): MovedRows & { done: string[] } {
  const done: string[] = []
  return {
    done,
    begin: async () => void done.push('begin'),
    find: async ({ name }, _by, _values, { lock }) => {
      done.push(`find ${name}${lock ? ' locked' : ''}`)
      return name === 'Envelope' ? [row(envelope, ['e', 'acme'])] : []
    },
    across: async () => [],
    write: async (_model, rows) => {
      done.push('write')
      return write(rows)
    },
    assign: async () => void done.push('assign'),
  }
}

const cipher = { open: async () => [], seal: () => undefined, fillTokens: () => undefined }

async function carriedOut(write: (rows: readonly RowWrite[]) => number | 'taken') {
  const rows = fakeRows(write)
  const prepared = await prepareMove(rows, plan, cipher, { dryRun: false, bytes: String })
  const change = { key: ['e'], owner: 'acme', cells: [{ before: 'a', after: 'b' }], tokens: [] }
  const made = prepared.resealed.map((one) => ({ ...one, writes: [change] }))
  rows.done.length = 0
  let error: unknown
  await carryOut(rows, { ...prepared, resealed: made }).catch((thrown: unknown) => {
    error = thrown
  })
  return { done: rows.done, error }
}

describe('a move in its transaction', () => {
  it('locks and reads again before it writes anything', async () => {
    const { done } = await carriedOut((rows) => rows.length)
    expect(done.slice(0, 5)).toEqual(['begin', 'find Envelope locked', 'find Part locked', 'write', 'assign'])
  })

  it('ends where a row is not written, and where a value is taken', async () => {
    expect(await carriedOut(() => 0)).toMatchObject({ error: expect.any(ChangedMeanwhile) })
    expect(await carriedOut(() => 'taken')).toMatchObject({ error: expect.any(Taken) })
    expect((await carriedOut(() => 0)).done).not.toContain('assign')
    expect((await carriedOut(() => 'taken')).done).not.toContain('assign')
  })

  it('ends where the rows do not hold afterwards what they were given', async () => {
    expect(await carriedOut((rows) => rows.length)).toMatchObject({ error: expect.any(ChangedMeanwhile) })
  })

  it('reads no more than fits into memory', async () => {
    const rows = { ...fakeRows(() => 1), find: async () => [row(envelope, ['e', 'acme'], 'acme', 'x'.repeat(11))] }
    await expect(prepareMove(rows, { ...plan, maxSize: 10 }, cipher, { dryRun: true, bytes: String })).rejects.toThrow(
      TooLong,
    )
  })
})

it('a key that changes is passed on to all that refer to it', () => {
  const moved = row(part, ['e', '1'])
  const [first, other] = [row(page, ['p', 'e', '1']), row(page, ['q', 'e', '2'])]
  const parent = row(envelope, ['f', 'globex'], 'globex')
  const survey: Survey = {
    // Rows that refer to others before these: it goes by what they refer to, not by their order.
    batches: [
      { model: page, rows: [first, other] },
      { model: part, rows: [moved] },
    ],
    ...{ links: [], parent },
  }
  const changes = ownerChanges({ ...plan, root: part, parent: { link: toEnvelope, key: ['f'] } }, survey)
  expect([moved, first, other].map((one) => Object.fromEntries(changes.get(one) ?? []))).toEqual([
    { envelope: 'f' },
    { envelope: 'f' },
    {},
  ])
})

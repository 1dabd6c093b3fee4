import { EnvelopeError } from '../../../src/errors.js'
import type { SealLeaf, TokenLeaf } from '../../../src/leaves/index.js'
import { compileModels, planCall } from '../../../src/prisma/query/index.js'
import { accepts, isLiteral } from './accepts.js'
import {
  type Case,
  type Created,
  markOf,
  type Plain,
  type Refused,
  TENANT,
  unfillable,
  type Written,
} from './arguments.js'
import { type Operation, SHARED, type TestSchema } from './dmmf.js'
import { newContext } from './new-context.js'

/** What the runs of one schema have met, so that a fuzz that generates nothing cannot pass. */
export interface Tally {
  cases: number
  sealed: number
  searched: number
  refused: number
  unfillable: number
  unprotected: number
  /** Calls that would give a row another owner, or none: most of what is drawn along a relation to the owner. */
  owners: number
  created: number
  readonly operations: Map<Operation, number>
  readonly fields: Set<string>
}

export function emptyTally(): Tally {
  return {
    cases: 0,
    sealed: 0,
    searched: 0,
    refused: 0,
    unfillable: 0,
    unprotected: 0,
    owners: 0,
    created: 0,
    operations: new Map(),
    fields: new Set(),
  }
}

export interface Outcome {
  readonly seals: readonly SealLeaf[]
  readonly tokens: readonly TokenLeaf[]
  readonly error: unknown
}
export type Planner = (drawn: Case) => Outcome

/** How the client under test is set up: whether it has index keys, and whether it adds its tenant to every filter. */
export interface Setup {
  readonly searchable: boolean
  readonly filtersTenant: boolean
}

/** Runs the planner under test, for a bound tenant. */
export function planner(schema: TestSchema, setup: Setup): Planner {
  const models = compileModels(schema.map)
  return ({ model, operation, args }) => {
    const context = newContext(models, { ...setup, bound: TENANT })
    try {
      const { seals, tokens, lates } = planCall(context, models.get(model), operation, args)
      // What waits for the tenant of a row that is looked up, which is this one.
      const found = { tenant: TENANT }
      return {
        seals: [...seals, ...lates.flatMap((late) => late.seals.map((leaf) => ({ ...leaf, ...found })))],
        tokens: [...tokens, ...lates.flatMap((late) => late.tokens.map((leaf) => ({ ...leaf, ...found })))],
        error: undefined,
      }
    } catch (error) {
      return { seals: [], tokens: [], error }
    }
  }
}

/** Throws unless a call was planned as its case says. */
export function checkCall(schema: TestSchema, setup: Setup, drawn: Case, plan: Planner, tally: Tally): void {
  const { operation, args, written, refused, searched, created } = drawn
  const before = countMarks(args)
  tally.cases += 1
  tally.operations.set(operation, (tally.operations.get(operation) ?? 0) + 1)
  const { seals, tokens, error } = plan(drawn)
  const stuck = unfillable(created)
  if (error !== undefined) {
    // Where no filter could keep other tenants' rows out; which those are is tested with the tenant filter.
    if (setup.filtersTenant && error instanceof EnvelopeError && error.code === 'ENVELOPE_TENANT_UNPROTECTED') {
      tally.unprotected += 1
      return
    }
    if (schema.name === 'company' && error instanceof EnvelopeError && OWNER_CODES.has(error.code)) {
      tally.owners += 1
      return
    }
    checkRefusal(error, refused, stuck)
    tally[stuck.length > 0 && refused.length === 0 ? 'unfillable' : 'refused'] += 1
    return
  }
  const problems = [
    ...refused.map((use) => `not refused: ${at(use)}`),
    ...stuck.map(({ path }) => `cannot be filled in, but was not refused: ${path}`),
    ...sealOnce(schema, seals, written),
    ...placeTokens(schema, setup, tokens),
  ]
  const indexed = setup.searchable ? written.flatMap(({ model, field }) => schema.indexesOf(model, field)).length : 0
  const wanted = indexed + searched.reduce((sum, { values }) => sum + values, 0)
  if (tokens.length !== wanted) problems.push(`${tokens.length} index tokens, not ${wanted}`)
  problems.push(...compareMarks(drawn, before, countMarks(args), seals.length, tokens.length))
  for (const row of created) {
    if (!saysTenant(schema, row)) problems.push(`${row.path}: the new ${row.model} is of no tenant`)
  }
  for (const { model, data, path } of drawn.updated) {
    if (!keepsTenant(schema, model, data)) problems.push(`${path}: the ${model} may be moved to another tenant`)
  }
  for (const { name, inputTypes } of schema.root(drawn.model, operation)?.args ?? []) {
    if (name in args && !accepts(schema, inputTypes, args[name])) problems.push(`Prisma would refuse ${name}`)
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))

  tally.sealed += seals.length
  tally.searched += searched.length
  tally.created += created.length
  for (const { model, field } of written) tally.fields.add(`${model}.${field}`)
}

/** Whether these are right depends on rows; the twin test and `test/integration/company-writes.test.ts` see to that. */
const OWNER_CODES = new Set(['CHANGED', 'CONFLICT', 'REQUIRED', 'UNPROTECTED'].map((code) => `ENVELOPE_TENANT_${code}`))

function ownerOf(schema: TestSchema, model: string): string {
  return schema.isShared(model) ? SHARED : TENANT
}

function checkRefusal(error: unknown, refused: readonly Refused[], stuck: readonly Created[]): void {
  if (!(error instanceof EnvelopeError)) throw new Error('failed with an error that is not ours', { cause: error })
  if (/mark-/.test(error.message)) throw new Error(`an error with a value in it: ${error.message}`)
  const { code, model, field } = error
  const expected =
    code === 'ENVELOPE_FILTER_UNSUPPORTED' || code === 'ENVELOPE_VALUE_INVALID'
      ? refused.some((use) => use.model === model && use.field === field)
      : code === 'ENVELOPE_TENANT_REQUIRED' && stuck.some((row) => row.model === model)
  if (!expected) throw new Error(`refused for no reason: ${code} ${error.message}`)
}

/** Puts an envelope in each place that is to be sealed, as the cipher does. */
function sealOnce(schema: TestSchema, seals: readonly SealLeaf[], written: readonly Written[]): string[] {
  const problems: string[] = []
  const open = new Set(written)
  seals.forEach(({ holder, key, field, tenant }, i) => {
    const name = `${field.model}.${field.field}`
    const match = written.find((value) => value.holder === holder && value.key === key)
    if (match === undefined) problems.push(`sealed, though no written encrypted field: ${name}`)
    else if (!open.delete(match)) problems.push(`sealed twice: ${at(match)}`)
    else if (match.model !== field.model || match.field !== field.field)
      problems.push(`sealed as ${name}: ${at(match)}`)
    if (tenant !== ownerOf(schema, field.model)) problems.push(`sealed for tenant ${tenant}: ${name}`)
    Reflect.set(holder, key, field.type.column === 'bytes' ? bytes(sealed(i)) : sealed(i))
  })
  return [...problems, ...[...open].map((miss) => `not sealed: ${at(miss)}`)]
}

function placeTokens(schema: TestSchema, { filtersTenant }: Setup, tokens: readonly TokenLeaf[]): string[] {
  tokens.forEach(({ holder, key }, i) => {
    // A list or an object, by its own kind of key.
    ;(holder as Record<string | number, unknown>)[key] = bytes(token(i))
  })
  return tokens.flatMap(({ index, tenant }) => {
    const wanted = index.scope === 'global' ? undefined : ownerOf(schema, index.model)
    // A filter that is not kept to the tenant may name another: NULL is the shared one.
    const named = tenant === SHARED && schema.name === 'company' && !filtersTenant
    return tenant === wanted || named ? [] : [`a token of ${index.model}.${index.field} for tenant ${tenant}`]
  })
}

/** What Prisma would be given: every envelope where its value stood, and every other value, once, as before. */
function compareMarks(
  { written, searched, marks }: Case,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  seals: number,
  tokens: number,
): string[] {
  const problems: string[] = []
  const gone = [...written, ...searched].map(({ path }) => path)
  for (const [mark, count] of before) {
    const path = marks.get(mark) ?? '?'
    const wanted = gone.some((one) => path === one || path.startsWith(`${one}[`)) ? 0 : count
    const found = after.get(mark) ?? 0
    if (found !== wanted) problems.push(`${path}: ${mark} is there ${found} times, not ${wanted}`)
  }
  for (const name of [
    ...Array.from({ length: seals }, (_, i) => sealed(i)),
    ...Array.from({ length: tokens }, (_, i) => token(i)),
  ]) {
    const found = (after.get(name) ?? 0) + (after.get(`bytes:${name}`) ?? 0)
    if (found !== 1) problems.push(`${name} is in the arguments ${found} times`)
  }
  return problems
}

const at = ({ model, field, path }: Refused): string => `${path} (${model}.${field})`
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const sealed = (i: number): string => `sealed-${i}`
const token = (i: number): string => `token-${i}`

/** How often each unique value is somewhere in the arguments. */
function countMarks(value: unknown, counts = new Map<string, number>()): Map<string, number> {
  const mark = typeof value === 'string' && value.startsWith('sealed-') ? value : markOf(value)
  if (mark !== undefined) counts.set(mark, (counts.get(mark) ?? 0) + 1)
  else if (Array.isArray(value)) for (const item of value) countMarks(item, counts)
  else if (isLiteral(value)) for (const item of Object.values(value)) countMarks(item, counts)
  return counts
}

/** Whether a created row will have the tenant's column: as a scalar, or from a row that it connects to or creates. */
function saysTenant(schema: TestSchema, { model, data, held }: Created): boolean {
  const column = schema.tenantColumn(model)
  if (held || column === undefined || String(data[column]) === TENANT) return true
  return ownerWrites(schema, model, data).some(({ owner, write, reference }) => {
    // A row created in the same call is checked for itself.
    return isLiteral(write.create) || connected(write).some((where) => pins(schema, owner, where, reference))
  })
}

/** Whether no connection of an updated row can give it another tenant's column. */
function keepsTenant(schema: TestSchema, model: string, data: Plain): boolean {
  return ownerWrites(schema, model, data).every(({ owner, write, reference }) =>
    connected(write).every((where) => pins(schema, owner, where, reference)),
  )
}

/** The relations in a row's data whose foreign key holds its tenant column, what that refers to, and which tenant owns that. */
function ownerWrites(
  schema: TestSchema,
  model: string,
  data: Plain,
): { owner: string; write: Plain; reference: string }[] {
  const column = schema.tenantColumn(model)
  return schema.fields(model).flatMap(({ name, type, relationFromFields = [], relationToFields = [] }) => {
    const reference = relationToFields[relationFromFields.indexOf(column ?? '')]
    const write = data[name]
    return reference !== undefined && isLiteral(write) ? [{ owner: type, write, reference }] : []
  })
}

function connected({ connect, connectOrCreate }: Plain): Plain[] {
  return [connect, isLiteral(connectOrCreate) ? connectOrCreate.where : undefined].filter(isLiteral)
}

/** Whether a unique filter finds the tenant's rows only: by the column itself, in a compound, or inside AND. */
function pins(schema: TestSchema, model: string, where: Plain, column: string): boolean {
  return Object.entries(where).some(([key, value]) => {
    if (key === column) return String(isLiteral(value) ? value.equals : value) === TENANT
    if (key === 'AND') return [value].flat().some((part) => isLiteral(part) && pins(schema, model, part, column))
    if (key === 'OR' || key === 'NOT' || schema.field(model, key) !== undefined) return false
    return isLiteral(value) && String(value[column]) === TENANT
  })
}

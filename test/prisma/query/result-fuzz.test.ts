import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EnvelopeTenantError } from '../../../src/errors.js'
import { OpenColumns, type OpenLeaf, putAt, valueAt } from '../../../src/leaves/index.js'
import {
  compileModels,
  type Models,
  ownRows,
  planCall,
  type ReadPlan,
  type ResultWalk,
  stripAdded,
} from '../../../src/prisma/query/index.js'
import { leavesOf } from '../../support/open-columns.js'
import { isLiteral } from './accepts.js'
import { drawSelection, type Plain } from './arguments.js'
import { clinicSchema, companySchema, meanSchema, type TestSchema } from './dmmf.js'
import { Draw, FUZZ_TIMEOUT, numbers, parameters, runs } from './draw.js'
import { newContext } from './new-context.js'
import { type Context, type GlobalOmit, RowMaker } from './rows.js'
import { show } from './show.js'

const RUNS = runs(2000)

const BOUND: Context = { bound: '7', fallback: undefined }
const UNBOUND: Context = { bound: undefined, fallback: '9' }

describe.each([clinicSchema(), meanSchema(), companySchema()])('any result of the $name schema', (schema) => {
  const models = compileModels(schema.map)

  test(
    'has each envelope opened once, for the tenant of its row, and what was added taken out, all in copies',
    () => {
      let opened = 0
      let stripped = 0
      fc.assert(
        fc.property(numbers(), (drawn) => {
          const made = make(schema, models, drawn)
          const { context, model, result, plan, maker } = made
          const walk = walkOf(models, context)
          // To write into what was returned would throw.
          freeze(result)
          const own = ownRows(walk, models.get(model), plan, result)
          const leaves = leavesOf(walk.leaves)
          const problems = compare(made, leaves)
          for (const { holder, key } of leaves) putAt(holder, key, 'opened')
          stripAdded(walk.added)
          for (const { model: of, asked } of maker.rows) {
            const owner = schema.tenantColumn(of) ?? schema.step(of)?.name
            stripped += Number(owner !== undefined && !asked.includes(owner))
          }
          const wanted = wantedOf(maker, result)
          if (!isDeepStrictEqual(own, wanted))
            problems.push(`${show(own)}\nis not what was asked for:\n${show(wanted)}`)
          opened += leaves.length
          if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${show(made.given)}\n${show(result)}`)
        }),
        parameters(RUNS),
      )
      if (process.env.FUZZ_TALLY !== undefined) console.log(schema.name, { opened, stripped })
      expect(opened).toBeGreaterThan(RUNS)
      expect(stripped).toBeGreaterThan(RUNS / 50)
    },
    FUZZ_TIMEOUT,
  )

  test(
    'is refused as a whole, where one row with envelopes is of another tenant than the call',
    () => {
      let refused = 0
      fc.assert(
        fc.property(numbers(), fc.nat(), (drawn, at) => {
          const made = make(schema, models, drawn)
          const { context, model, result, maker } = made
          const own = maker.held.filter(({ model: of }) => schema.tenantColumn(of) !== undefined)
          const victim = own[at % Math.max(own.length, 1)]
          if (context.bound === undefined || victim === undefined) return
          const column = schema.tenantColumn(victim.model) ?? ''
          victim.row[column] = typeof victim.row[column] === 'number' ? 8 : '8'
          const attempt = (): unknown => ownRows(walkOf(models, context), models.get(model), undefined, result)
          expect(attempt, show(result)).toThrow(EnvelopeTenantError)
          expect(attempt).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_MISMATCH', model: victim.model }))
          refused += 1
        }),
        parameters(RUNS),
      )
      expect(refused).toBeGreaterThan(RUNS / 50)
    },
    FUZZ_TIMEOUT,
  )
})

function walkOf(models: Models, context: Context): ResultWalk {
  return { context: { models, ...context }, leaves: new OpenColumns(), checks: undefined, added: [] }
}

interface Made {
  readonly context: Context
  readonly model: string
  readonly given: Plain
  readonly plan: ReadPlan | undefined
  readonly result: unknown
  readonly maker: RowMaker
}

function make(schema: TestSchema, models: Models, drawn: Uint16Array): Made {
  // Drawn twice, since the planner changes what it is given.
  const { args: given } = drawSelection(schema, new Draw(drawn))
  const draw = new Draw(drawn)
  const { model, args: sent } = drawSelection(schema, draw)
  const context = draw.chance(50) ? BOUND : UNBOUND
  const globalOmit: GlobalOmit = Object.fromEntries(
    schema.models.map((name) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      Object.fromEntries(
        schema
          .fields(name)
          .filter(() => draw.chance(15))
          .map((field) => [field.name, draw.chance(90)]),
      ),
    ]),
  )
  const fluent = draw.chance(30) ? fluentRelation(schema, model, given) : undefined
  const planned = newContext(models, { ...context, globalOmit, fluent: fluent !== undefined })
  const { read: plan } = planCall(planned, models.get(model), 'findMany', sent)
  const maker = new RowMaker(schema, draw, context, globalOmit)

  if (fluent !== undefined) {
    // `patient.findUnique(…).visits()`: the result is the visits alone.
    const { name, type, isList } = fluent
    const args = [given.select, sent.select].map((select) => (isLiteral(select) ? select[name] : undefined))
    const [givenHere, sentHere] = args
    const result = isList ? maker.many(type, givenHere, sentHere) : maker.row(type, givenHere, sentHere)
    return { context, model: type, given, plan: plan?.relations.get(name), result, maker }
  }
  const result = draw.chance(50) ? maker.many(model, given, sent) : maker.row(model, given, sent)
  return { context, model, given, plan, result, maker }
}

function fluentRelation(schema: TestSchema, model: string, { select }: Plain) {
  if (!isLiteral(select)) return undefined
  return schema
    .fields(model)
    .find(({ name, kind }) => kind === 'object' && (select[name] === true || isLiteral(select[name])))
}

/** What was asked for, with `opened` in place of each envelope. */
function wantedOf(maker: RowMaker, result: unknown): unknown {
  const asked = new Map(maker.rows.map((one) => [one.row, one.asked]))
  const of = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(of)
    if (typeof value === 'string') return value.startsWith('sealed ') ? 'opened' : value
    if (!isLiteral(value)) return value
    const keys = asked.get(value) ?? Object.keys(value)
    return Object.fromEntries(keys.map((key) => [key, of(value[key])]))
  }
  return of(result)
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const part of Object.values(value)) freeze(part)
  Object.freeze(value)
}

function compare({ maker }: Made, leaves: readonly OpenLeaf[]): string[] {
  const problems: string[] = []
  const left = new Set(maker.held)
  for (const { holder, key, field, tenant } of leaves) {
    const match = maker.held.find((one) => one.row[one.key] === valueAt(holder, key))
    const name = `${field.model}.${field.field}`
    if (match === undefined) problems.push(`opened, though no envelope: ${name}`)
    else if (!left.delete(match)) problems.push(`opened twice: ${name}`)
    else if (match.model !== field.model || key !== field.field)
      problems.push(`opened as ${name}: ${match.model}.${key}`)
    else if (match.tenant !== tenant) problems.push(`${name} of ${match.tenant} opened for ${tenant}`)
  }
  for (const { model, key } of left) problems.push(`not opened: ${model}.${key}`)
  return problems
}

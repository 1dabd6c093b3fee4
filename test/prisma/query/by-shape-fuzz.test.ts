import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PlanCache } from '../../../src/prisma/query/by-shape/plan-cache.js'
import { compileModels, type Plan, type PlanContext, planCall } from '../../../src/prisma/query/index.js'
import type { EncryptedEntry } from '../../../src/schema/model-map.js'
import { isLiteral } from './accepts.js'
import { drawCase, type Plain, TENANT, WEIGHTED_OPERATIONS } from './arguments.js'
import { clinicSchema, companySchema, meanSchema, SHARED } from './dmmf.js'
import { Draw, FUZZ_TIMEOUT, numbers, parameters, runs } from './draw.js'
import { newContext } from './new-context.js'
import { show } from './show.js'

/**
 * A plan by shape is compared with the plan of the same call from nothing: the arguments, in every key and its order, what is
 * noted, and the refusal. A call is learnt, and then made again with other values, and with parts of it changed that are part
 * of its shape: so a shape that leaves something out on which planning depends is found.
 */
const RUNS = runs(1000)
const VARIANTS = 6

const SITUATIONS: readonly { name: string; options: Partial<PlanContext> }[] = [
  { name: 'bound', options: { bound: TENANT, filtersTenant: true } },
  // No integer: for models with such a column it is refused.
  { name: 'bound to a text', options: { bound: 'acme', filtersTenant: true } },
  { name: 'bound, rewrapping', options: { bound: TENANT, filtersTenant: true, rewraps: true } },
  { name: 'bound, not filtered', options: { bound: TENANT, filtersTenant: false } },
  { name: 'with the option tenant', options: { fallback: TENANT, filtersTenant: true } },
  { name: 'of no tenant', options: { filtersTenant: true } },
  { name: 'of the shared tenant', options: { bound: SHARED, filtersTenant: true } },
]

/** The schema as if all of its encrypted fields were on the way in, or out. Some indexes have no normalizers, and are searched by. */
function onTheWay(schema: ReturnType<typeof clinicSchema>, change: Partial<EncryptedEntry>): typeof schema {
  const map = structuredClone(schema.map) as { models: Record<string, { fields: Record<string, object> }> }
  let indexes = 0
  for (const { fields } of Object.values(map.models)) {
    for (const entry of Object.values(fields) as { encrypted?: object; index?: object }[]) {
      if (entry.encrypted !== undefined) Object.assign(entry.encrypted, change)
      if (entry.index !== undefined && ++indexes % 3 > 0) Object.assign(entry.index, { normalize: [] })
    }
  }
  return { ...schema, name: `${schema.name}, ${Object.keys(change).join()}`, map: map as unknown as typeof schema.map }
}

const legacy = { legacy: { until: '2999-12-31' } }
const schemas = [
  ...[clinicSchema(), meanSchema(), companySchema()],
  ...[onTheWay(clinicSchema(), legacy), onTheWay(companySchema(), legacy)],
  ...[onTheWay(clinicSchema(), { write: 'plain' })],
]

describe.each(schemas)('plans by shape ($name)', (schema) => {
  test.each(SITUATIONS)(
    'are those from nothing: $name',
    ({ options }) => {
      const models = compileModels(schema.map)
      const context = newContext(models, { searchable: true, ...options })
      const cache = new PlanCache()
      const tally = { calls: 0, hits: 0, refusals: 0, planned: 0 }
      const property = fc.property(numbers(), (drawn) => {
        const draw = new Draw(drawn)
        const { model: name, operation, args } = drawCase(schema, draw, WEIGHTED_OPERATIONS, true)
        const model = models.get(name)
        let given = copied(args, new Map()) as Plain
        for (let variant = 0; variant < VARIANTS; variant++) {
          tally.calls += 1
          const wanted = outcome(given, (own) => planCall(context, model, operation, own))
          let hit = false
          const got = outcome(given, (own) => {
            const known = cache.find(context, model, operation, own) ?? cache.learn(context, model, operation, own)
            const plan = known?.plan()
            hit = plan !== undefined
            return plan ?? planCall(context, model, operation, own)
          })
          if (hit) tally.hits += 1
          // It would be the same for all rows.
          if (hit && got.includes(DEFAULT)) throw new Error(`a default was kept: ${got}`)
          if (wanted.includes('refused')) tally.refusals += 1
          else tally.planned += 1
          if (got !== wanted)
            throw new Error(`${name}.${operation}(${show(given)})\nfrom nothing: ${wanted}\nby shape: ${got}`)
          given = varied(given, draw, variant) as Plain
        }
      })
      fc.assert(property, parameters(RUNS))
      if (process.env.FUZZ_TALLY !== undefined) console.log(schema.name, tally, cache.entries.length)
      if (RUNS >= 1000 && options.bound !== SHARED) expect(tally.hits).toBeGreaterThan(tally.planned / 10)
    },
    FUZZ_TIMEOUT,
  )
})

/** What becomes of a call: as text, in which two outcomes can be compared. */
function outcome(given: Plain, plan: (own: Plain) => Plan): string {
  const own = copied(given, new Map()) as Plain
  try {
    return described(given, own, plan(own))
  } catch (error) {
    return `refused: ${error instanceof Error ? `${error.name} ${error.message}` : error}`
  }
}

function described(given: Plain, args: Plain, plan: Plan): string {
  const made = hideDefaults(args, stringsIn(given, new Set([TENANT, SHARED, 'acme'])))
  const paths = new Map<unknown, string>()
  const visit = (value: unknown, path: string): void => {
    if (!Array.isArray(value) && !isLiteral(value)) return
    paths.set(value, path)
    for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`)
  }
  visit(args, '')
  const at = (holder: unknown): string => paths.get(holder) ?? 'nowhere'
  return show({
    args,
    seals: plan.seals.map((leaf) => [at(leaf.holder), leaf.key, leaf.field.model, leaf.field.field, leaf.tenant]),
    tokens: plan.tokens.map((leaf) => [
      ...[at(leaf.holder), leaf.key, leaf.index.model, leaf.index.field, leaf.tenant],
      made.has(leaf.canonical.toString().toLowerCase()) ? DEFAULT : leaf.canonical.toString(),
    ]),
    created: plan.created.map((row) => [row.model, row.owner.tenant, at(row.data)]),
    asks: [plan.foreignKeys, plan.lates, plan.checks, plan.cursors, plan.absences, plan.twins].map((one) => one.length),
    upserts: [plan.filteredUpserts, plan.nativeUpserts],
    read: plan.read,
  })
}

/** A default is another one each time. */
function hideDefaults(value: unknown, known: ReadonlySet<string>, made = new Set<string>()): ReadonlySet<string> {
  if (!Array.isArray(value) && !isLiteral(value)) return made
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && !known.has(inner)) {
      made.add(inner.toLowerCase())
      Reflect.set(value, key, DEFAULT)
    } else hideDefaults(inner, known, made)
  }
  return made
}

const DEFAULT = '(a default)'

function stringsIn(value: unknown, found: Set<string>): Set<string> {
  if (typeof value === 'string') found.add(value)
  if (Array.isArray(value) || isLiteral(value)) for (const inner of Object.values(value)) stringsIn(inner, found)
  return found
}

/** A copy of arguments, of which no part is in it twice. Instances stay what they are. */
function copied(value: unknown, seen: Map<unknown, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => copied(item, seen))
  if (!isLiteral(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner, seen)]))
}

/** Other values in the same shape, or now and then another shape. */
function varied(value: unknown, draw: Draw, variant: number): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => varied(item, draw, variant))
    return draw.chance(2) ? items.slice(1) : items
  }
  if (isLiteral(value)) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        if (draw.chance(1)) return []
        return [[key, varied(inner, draw, variant)]]
      }),
    )
  }
  if (draw.chance(4))
    return draw.pick([null, undefined, TENANT, Number(TENANT), 'other', 3, 1.5, true, false, {}, [], SHARED])
  if (typeof value === 'string' && value !== TENANT && draw.chance(80)) return `${value} ${variant}`
  if (typeof value === 'number' && value !== Number(TENANT) && draw.chance(80)) return value + 1
  return value
}

import type { PlanContext } from '../context.js'
import type { Model } from '../models.js'
import { ownValue } from '../own.js'
import type { Plan } from '../plan.js'
import { planCall } from '../plan-call.js'
import { isPlainObject, type Plain } from '../prisma-values.js'
import { canonicalTenant } from '../tenant-values.js'
import { type Found, fitting } from './fits.js'
import { contentsOf, learn } from './learn.js'
import type { Pattern } from './pattern.js'
import type { Recipe } from './recipe.js'
import { replay } from './replay.js'
import { shapeOf } from './shape-of.js'
import { TENANT, templateOf } from './template.js'
import { templateToken } from './template-token.js'

/** Shapes of one operation of one model: the one that was used last comes first. */
const MOST_OF_A_KIND = 8
/** Of all together: each takes a few kilobytes. */
const MOST = 1_000
/** Where shapes hardly come again, as of filters that a program puts together, most are not learnt. */
const MANY = 64
const SELDOM = 32

/** The shapes of one operation of one model. */
interface Kind {
  readonly entries: Entry[]
  met: number
  again: number
}

/** One shape. */
export interface Entry {
  readonly situation: number
  readonly pattern: Pattern
  /** `undefined`: calls of this shape are planned from nothing. */
  readonly recipe: Recipe | undefined
}

/** A call whose shape is known. */
export interface Known {
  readonly pattern: Pattern
  /** Plans the call. `undefined` where calls of this shape have to be planned from nothing. */
  plan(): Plan | undefined
}

/**
 * The plans of one client's calls, by their shapes. They contain no values: neither those of callers nor tenants.
 *
 * A plan is read off what planning does to a template of the shape: all rules are in the planner, and only there.
 */
export class PlanCache {
  readonly #kinds = new Map<Model, Map<string, Kind>>()
  #size = 0
  #computed = -1

  /** All that is kept. */
  get entries(): readonly Entry[] {
    return [...this.#kinds.values()].flatMap((kinds) => [...kinds.values()].flatMap(({ entries }) => entries))
  }

  /** Looks for the shape of a call. */
  find(context: PlanContext, model: Model, operation: string, args: Plain): Known | undefined {
    this.#forgetOutdated(context)
    const kind = this.#kinds.get(model)?.get(operation)
    if (kind === undefined) return undefined
    const tenant = tenantOf(context, model, args)
    if (tenant === null) return undefined
    const situation = situationOf(context, tenant)
    const { entries } = kind
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at]
      if (entry?.situation !== situation || !mayHave(entry.pattern, tenant)) continue
      const found = fitting(entry.pattern.root, args, tenant)
      if (found === undefined) continue
      kind.again += 1
      if (at > 0) entries.unshift(...entries.splice(at, 1))
      return knownBy(entry, found)
    }
    return undefined
  }

  /** Learns the shape of a call that has not been planned yet. `undefined` where it has none, or is not worth it. */
  learn(context: PlanContext, model: Model, operation: string, args: Plain): Known | undefined {
    this.#forgetOutdated(context)
    const tenant = tenantOf(context, model, args)
    if (tenant === null) return undefined
    const pattern = shapeOf(context, model, operation, args, tenant)
    // Where the rows of a list are of several shapes, the first one's is not that of the call.
    const found = pattern && fitting(pattern.root, args, tenant)
    if (pattern === undefined || found === undefined || !mayHave(pattern, tenant)) return undefined
    const kind = this.#kindOf(model, operation)
    kind.met += 1
    if (kind.met > MANY && kind.again < kind.met && kind.met % SELDOM !== 0) return undefined
    const recipe = recipeOf(context, model, operation, pattern)
    const entry: Entry = { situation: situationOf(context, tenant), pattern, recipe }
    this.#add(kind, entry)
    return knownBy(entry, found)
  }

  #kindOf(model: Model, operation: string): Kind {
    let kinds = this.#kinds.get(model)
    if (kinds === undefined) {
      kinds = new Map()
      this.#kinds.set(model, kinds)
    }
    let kind = kinds.get(operation)
    if (kind === undefined) {
      kind = { entries: [], met: 0, again: 0 }
      kinds.set(operation, kind)
    }
    return kind
  }

  #add({ entries }: Kind, entry: Entry): void {
    if (this.#size >= MOST) this.#forget()
    entries.unshift(entry)
    this.#size += 1
    if (entries.length <= MOST_OF_A_KIND) return
    entries.pop()
    this.#size -= 1
  }

  /** Which fields computed fields need is part of every plan, and may change when a client is extended. */
  #forgetOutdated({ computed }: PlanContext): void {
    const state = computed?.state ?? 0
    if (state === this.#computed) return
    this.#computed = state
    this.#forget()
  }

  #forget(): void {
    for (const kinds of this.#kinds.values()) for (const { entries } of kinds.values()) entries.length = 0
    this.#size = 0
  }
}

function knownBy({ pattern, recipe }: Entry, found: Found): Known {
  return { pattern, plan: () => (recipe === undefined ? undefined : replay(recipe, found)) }
}

/** Plans a template of the shape, and reads off what was done to it. */
function recipeOf(context: PlanContext, model: Model, operation: string, { root }: Pattern): Recipe | undefined {
  const { models, bound, fallback } = context
  const template = templateOf(root)
  const found = fitting(root, template, TENANT)
  if (found === undefined) throw new Error('a template is not of its own shape')
  const before = contentsOf(found)
  const about = {
    ...context,
    bound: bound === undefined ? undefined : TENANT,
    fallback: fallback === undefined ? undefined : TENANT,
    tokenLeaf: templateToken,
  }
  let plan: Plan
  try {
    plan = planCall(Object.freeze(about), model, operation, template)
  } catch {
    // It is refused, or goes by a value: by a tenant that is not the call's, say.
    return undefined
  }
  return learn(models, found, before, plan)
}

/** A tenant that every integer column can hold, in its one spelling. */
const SMALL_INTEGER = /^(0|-?[1-9]\d{0,8})$/

/** Whether a tenant can own rows of all models of a shape: else its spelling has to be refused. */
function mayHave({ textTenants }: Pattern, tenant: string | undefined): boolean {
  return textTenants || tenant === undefined || SMALL_INTEGER.test(tenant)
}

/**
 * The tenant that a shape is about: the call's, or else the one that its arguments name first. `null`: it is planned from
 * nothing, because its rows have NULL in the tenant column, or because its spelling has to be refused.
 */
function tenantOf({ models, bound, fallback }: PlanContext, model: Model, args: Plain): string | undefined | null {
  const own = bound ?? fallback
  if (own !== undefined) return own === models.sharedTenant ? null : own
  const named = namedTenant(model, args)
  if (named === undefined) return undefined
  try {
    const tenant = canonicalTenant(models, named)
    return tenant === String(named) && tenant !== models.sharedTenant ? tenant : null
  } catch {
    return null
  }
}

function namedTenant({ tenant }: Model, args: Plain): string | number | bigint | undefined {
  if (tenant === undefined) return undefined
  const data = ownValue(args, 'data')
  for (const part of [ownValue(args, 'where'), Array.isArray(data) ? data[0] : data]) {
    const value = isPlainObject(part) ? ownValue(part, tenant.field) : undefined
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  }
  return undefined
}

/** What a plan depends on beside the shape, and that is not the same for all calls of a client. */
function situationOf(context: PlanContext, tenant: string | undefined): number {
  const { bound, fallback, sharedOnly, rewraps, fluent } = context
  const source = bound !== undefined ? 3 : fallback !== undefined ? 2 : tenant !== undefined ? 1 : 0
  return source + (sharedOnly === true ? 4 : 0) + (rewraps === true ? 8 : 0) + (fluent === true ? 16 : 0)
}

import type { TokenLeaf, TokenUse } from '../../../leaves/index.js'
import type { Models } from '../models.js'
import type { Plan, ReadPlan } from '../plan.js'
import { isPlainObject, type Plain } from '../prisma-values.js'
import type { Found } from './fits.js'
import type { CreatedStep, Edit, Holds, Make, Place, Recipe, SealStep, Steps, TokenStep } from './recipe.js'
import { TENANT } from './template.js'

/** A token of a template: instead of what it is computed from, the stand-in. */
export interface TemplateToken extends TokenLeaf {
  readonly value: unknown
  readonly use: TokenUse
}

/** The objects of a template, with what they contained before they were planned. */
export type Before = readonly (readonly (readonly [string, unknown])[])[]

export function contentsOf({ nodes }: Found): Before {
  return nodes.map((node) => Object.entries(node))
}

/**
 * Reads off a planned template what planning has done. `undefined` where that cannot be done again by itself: the database
 * has to be asked, or something was put there that is neither a constant nor the tenant nor came from the arguments.
 */
export function learn(models: Models, found: Found, before: Before, plan: Plan): Recipe | undefined {
  const asks = [plan.foreignKeys, plan.lates, plan.checks, plan.cursors, plan.absences, plan.twins]
  if (asks.some((list) => list.length > 0) || plan.filteredUpserts.length > 0 || plan.nativeUpserts.length > 0)
    return undefined
  if (namesTenant(plan.read)) return undefined
  try {
    const reader = new Reader(models, found, before)
    const [call, row] = reader.read(plan)
    return { call, row: found.rows > 0 ? row : undefined, read: plan.read }
  } catch (error) {
    if (error === NO_RECIPE) return undefined
    throw error
  }
}

const NO_RECIPE = new Error('there is no recipe for this')

function namesTenant(read: ReadPlan | undefined): boolean {
  return read?.owner?.from === 'call' || [...(read?.relations.values() ?? [])].some(namesTenant)
}

interface Draft extends Steps {
  readonly moved: Place[]
  made: number
  readonly edits: Edit[]
  readonly seals: SealStep[]
  readonly tokens: TokenStep[]
  readonly created: CreatedStep[]
}

function newSteps(): Draft {
  return { moved: [], made: 0, edits: [], seals: [], tokens: [], created: [] }
}

class Reader {
  readonly #models: Models
  readonly #found: Found
  readonly #before: Before
  readonly #nodes = new Map<unknown, number>()
  /** Where each stand-in was. */
  readonly #places = new Map<unknown, Place>()
  readonly #made = new Map<object, number>()
  readonly #steps = [newSteps(), newSteps()] as const

  constructor(models: Models, found: Found, before: Before) {
    this.#models = models
    this.#found = found
    this.#before = before
    for (const [at, node] of found.nodes.entries()) this.#nodes.set(node, at)
    for (const [node, entries] of before.entries()) {
      for (const [key, value] of entries) {
        if (!isConstant(value) && !isTenant(value) && !this.#nodes.has(value)) this.#places.set(value, { node, key })
      }
    }
  }

  read(plan: Plan): readonly [call: Steps, row: Steps] {
    for (const [at, node] of this.#found.nodes.entries()) this.#edits(at, node)
    for (const { holder, key, field, tenant } of plan.seals) {
      const holds = this.#holder(holder)
      this.#of(holds).seals.push({ holder: holds, key, field, tenant: this.#tenant(tenant) })
    }
    for (const token of plan.tokens) {
      // A template's are made by `templateToken`.
      const { holder, key, index, tenant, value, use } = token as TemplateToken
      if (tenant !== undefined && tenant !== TENANT) throw NO_RECIPE
      const holds = this.#holder(holder)
      const steps = this.#of(holds)
      const made = this.#make(value, steps)
      steps.tokens.push({ holder: holds, key, index, tenants: tenant !== undefined, value: made, use })
    }
    for (const { model, owner, data } of plan.created) {
      const node = this.#nodes.get(data)
      if (node === undefined || owner.tenant === undefined) throw NO_RECIPE
      this.#ofNode(node).created.push({ model, node, tenant: this.#tenant(owner.tenant) })
    }
    return this.#steps
  }

  #edits(at: number, node: Plain | unknown[]): void {
    const before = new Map(this.#before[at])
    const after = Object.entries(node)
    const steps = this.#ofNode(at)
    const left = after.map(([key]) => key)
    const kept = [...before.keys()].filter((key) => left.includes(key))
    // What is set comes last, as when it is set again.
    if (kept.some((key, i) => left[i] !== key)) throw NO_RECIPE
    if (Array.isArray(node) && (before.size !== after.length || after.some(([key, v]) => before.get(key) !== v)))
      throw NO_RECIPE
    for (const key of before.keys()) if (!left.includes(key)) steps.edits.push({ do: 'delete', node: at, key })
    for (const [key, value] of after) {
      if (before.has(key) && before.get(key) === value) continue
      steps.edits.push({ do: 'set', node: at, key, value: this.#make(value, steps) })
    }
  }

  #make(value: unknown, steps: Draft): Make {
    if (isTenant(value)) return { from: 'tenant', as: typeof value as 'string' | 'number' | 'bigint' }
    if (isConstant(value)) return { from: 'constant', value }
    const node = this.#nodes.get(value)
    if (node !== undefined) {
      if (this.#ofNode(node) !== steps) throw NO_RECIPE
      return { from: 'node', node }
    }
    const place = this.#places.get(value)
    if (place !== undefined) {
      if (this.#ofNode(place.node) !== steps) throw NO_RECIPE
      steps.moved.push(place)
      return { from: 'moved', at: steps.moved.length - 1 }
    }
    if (!Array.isArray(value) && !isPlainObject(value)) throw NO_RECIPE
    // In two places, it would become two objects.
    if (this.#made.has(value)) throw NO_RECIPE
    const made = steps.made
    steps.made += 1
    this.#made.set(value, steps === this.#steps[0] ? made : -1 - made)
    if (Array.isArray(value)) return { from: 'list', made, values: value.map((item) => this.#make(item, steps)) }
    const keys = Object.keys(value)
    return { from: 'object', made, keys, values: keys.map((key) => this.#make(value[key], steps)) }
  }

  #holder(holder: object): Holds {
    const node = this.#nodes.get(holder)
    if (node !== undefined) return { node }
    const made = this.#made.get(holder)
    // Rows of a list are made of the caller's objects only.
    if (made === undefined || made < 0) throw NO_RECIPE
    return { made }
  }

  #of(holder: Holds): Draft {
    return 'node' in holder ? this.#ofNode(holder.node) : this.#steps[0]
  }

  #ofNode(node: number): Draft {
    return this.#steps[node < this.#found.before ? 0 : 1]
  }

  #tenant(tenant: string): string | undefined {
    if (tenant === TENANT) return undefined
    if (tenant !== this.#models.sharedTenant) throw NO_RECIPE
    return tenant
  }
}

function isTenant(value: unknown): boolean {
  return value === TENANT || value === Number(TENANT) || value === BigInt(TENANT)
}

/** What means the same in every call: no text, no number, and no bytes but none. */
function isConstant(value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return true
  return value instanceof Uint8Array && value.length === 0
}

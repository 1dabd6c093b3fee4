import {
  copyOfArguments,
  type Model,
  ownerFilter,
  type Plain,
  planCall,
  tenantRequired,
} from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { runWithTenant } from '../../tenancy/index.js'
import { tenantIfKnown } from '../subject.js'
import { cursorOf, keyOnly, keyText } from './key.js'
import { valuesOf } from './order.js'
import { countOf, cursorRow, pagesOf, type Rows, refuseSelection, selectedRows } from './pages.js'
import { planSearch, type SearchPlan, searchOptions } from './plan.js'
import { type Found, Ranked } from './ranked.js'
import { cannotSearch, cursorGone, tenantsMixed } from './refusals.js'
import { hasCondition } from './where.js'

/** What a search returns, whatever is selected. */
export interface AnyResult {
  readonly rows: Plain[]
  readonly cursor?: ReturnType<typeof cursorOf>
}

/**
 * `$encryption.search`. Rows are read through the client's own `findMany`, which keeps them to the tenant and opens them.
 *
 * @param rowsOf the delegate of a model, of the client on which the search was called.
 */
export async function search(
  runtime: EncryptionRuntime,
  modelName: string,
  given: unknown,
  rowsOf: (model: string) => Rows,
): Promise<AnyResult> {
  const model = runtime.models.get(modelName)
  if (model.encrypted.size === 0)
    throw cannotSearch(modelName, 'It has no encrypted field: the database can do it all. Use findMany.')
  const options = searchOptions(given)
  const tenant = tenantIn(runtime, model, options)
  const plan = planSearch(runtime.models, model, tenant, options)
  const { bound } = runtime.context()
  if (bound !== undefined && bound !== model.shared && mixesTenants(model) && !hasCondition(plan.where))
    throw tenantsMixed(model)
  return runWithTenant(tenant, () => {
    planSelection(runtime, plan)
    return found(rowsOf(modelName), keptTo(runtime, plan, tenant))
  })
}

/** The tenant whose client a search acts as. Throws `ENVELOPE_TENANT_REQUIRED`, `ENVELOPE_TENANT_CONFLICT`. */
function tenantIn(runtime: EncryptionRuntime, model: Model, { tenant: given }: Plain): string {
  const tenant = tenantIfKnown(runtime, model, given === undefined ? undefined : { tenant: given as string })
  if (tenant === undefined) throw tenantRequired(model.name, undefined)
  if (model.shared === undefined) return tenant
  // Shared rows lead to those of the client's own tenant.
  const { bound, fallback } = runtime.context()
  return bound ?? fallback ?? tenant
}

/** Whether nothing in the database keeps the rows of one tenant from those of others. */
function mixesTenants({ tenant, step }: Model): boolean {
  return tenant === undefined && step === undefined
}

/** Refuses a selection before any row is read. The plan itself is Prisma's extension's to make. */
function planSelection(runtime: EncryptionRuntime, { model, select }: SearchPlan): void {
  if (select === undefined) return
  planCall(runtime.planContext(model, { globalOmit: {} }), model, 'findMany', copyOfArguments({ select }) as Plain)
}

/** Where the option `scope` leaves rows unfiltered, a search is kept to its tenant all the same. */
function keptTo(runtime: EncryptionRuntime, plan: SearchPlan, tenant: string): SearchPlan {
  const filter = runtime.filtersTenant ? undefined : ownerFilter(runtime.models, plan.model, tenant)
  if (filter === undefined) return plan
  return { ...plan, where: plan.where === undefined ? filter : { AND: [plan.where, filter] } }
}

async function found(rows: Rows, plan: SearchPlan): Promise<AnyResult> {
  const { key, select, take, signal } = plan
  signal?.throwIfAborted()
  await refuseSelection(rows, plan)
  const count = await countOf(rows, plan)
  const cursor = plan.cursor === undefined ? undefined : await cursorRow(rows, plan, plan.cursor)
  signal?.throwIfAborted()
  const isInKeyOrder = plan.orderings.length === 0 && key.hasPages
  const all = isInKeyOrder ? await inKeyOrder(rows, plan, cursor, count) : await inOrder(rows, plan, cursor, count)
  signal?.throwIfAborted()
  const page = all.length > take ? all.slice(0, take) : all
  const keys = page.map((one) => one.key)
  const last = keys.at(-1)
  return {
    rows: select === undefined ? keys : await selectedRows(rows, plan, keys),
    ...(all.length > take && last !== undefined && { cursor: cursorOf(key, last) }),
  }
}

/** Without an order of their own, rows need not all be read: it begins after the cursor, and ends when there are enough. */
async function inKeyOrder(rows: Rows, plan: SearchPlan, cursor: Plain | undefined, count: number): Promise<Found[]> {
  const { key, test, take } = plan
  const all: Found[] = []
  for await (const page of pagesOf(rows, plan, cursor, count)) {
    for (const row of page) {
      if (test === undefined || test(row) === true) all.push({ key: keyOnly(key, row), values: [] })
    }
    if (all.length > take) break
  }
  return all
}

async function inOrder(rows: Rows, plan: SearchPlan, cursor: Plain | undefined, count: number): Promise<Found[]> {
  const { key, test, orderings, compare, take } = plan
  const ranked = new Ranked(compare, take + 1)
  const begin = cursor === undefined ? undefined : { text: keyText(key, cursor), values: valuesOf(orderings, cursor) }
  let met = false
  for await (const page of pagesOf(rows, plan, undefined, count)) {
    const matching: Found[] = []
    for (const row of page) {
      if (begin !== undefined && !met && keyText(key, row) === begin.text) met = true
      else if (test === undefined || test(row) === true) {
        const values = valuesOf(orderings, row)
        const difference = begin === undefined ? 1 : compare(values, begin.values)
        // Of rows that are equal to the cursor's, those come after it whose keys do.
        if (difference > 0 || (difference === 0 && met)) matching.push({ key: keyOnly(key, row), values })
      }
    }
    ranked.add(matching)
  }
  if (begin !== undefined && !met) throw cursorGone(plan)
  return ranked.inOrder()
}

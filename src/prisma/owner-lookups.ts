import { type Delegates, isReferredTo } from './lookups.js'
import {
  addCondition,
  type CreatedRow,
  type CursorLookup,
  type LateTenant,
  lowerFirst,
  type Model,
  type Models,
  meetNothing,
  type ParentFinder,
  type Plain,
  type RowLookup,
  selectionOf,
  tenantInRow,
  tenantSelection,
  uniqueValues,
} from './query/index.js'
import { anyOf, nameOf, roundsOf, sameReference } from './reference-rounds.js'

/**
 * Looks up the tenants that a call's values wait for: one SELECT for each model and 200 foreign keys, and one for each unique
 * filter, which Prisma batches.
 *
 * @param created rows that are sure to exist when the call is made.
 */
export async function settleTenants(
  client: Delegates,
  models: Models,
  lates: readonly LateTenant[],
  created: readonly CreatedRow[],
): Promise<void> {
  const references = lates.flatMap(({ lookup }) => {
    if (lookup.by !== 'reference') return []
    return createdFor(lookup, created) === undefined ? [{ model: lookup.model, reference: lookup.where }] : []
  })
  const own = new Set(references.map(({ reference }) => reference))
  let found: Promise<ParentFinder> | undefined
  const find = async (lookup: RowLookup): Promise<string | undefined> => {
    const { owner } = createdFor(lookup, created) ?? {}
    // The call that creates it may have no need of its owner.
    if (owner !== undefined) return owner.tenant ?? owner.ask?.ask().settle(find)
    if (lookup.by === 'unique') return uniqueTenant(client, models, lookup)
    const { model, where: reference } = lookup
    // Another call of the same list may ask through this one.
    if (!own.has(reference)) return (await tenantsOf(client, models, [{ model, reference }]))(model, reference)
    found ??= tenantsOf(client, models, references)
    return (await found)(model, reference)
  }
  await Promise.all(lates.map((late) => late.settle(find)))
}

function createdFor({ model, by, where }: RowLookup, created: readonly CreatedRow[]): CreatedRow | undefined {
  const reference = by === 'unique' ? uniqueValues(model, where) : where
  // A filter without a unique finds nothing, and Prisma refuses it.
  if (Object.keys(reference).length === 0) return undefined
  return created.find((row) => row.model === model.name && isReferredTo(row, reference))
}

/** The tenant of the row that a unique filter finds. */
export async function uniqueTenant(
  client: Delegates,
  models: Models,
  { model, where }: Pick<RowLookup, 'model' | 'where'>,
): Promise<string | undefined> {
  // A copy: what is found will be added to the filter, while Prisma may still be reading it.
  const args = { where: { ...where }, select: { ...selectionOf(model.key), ...tenantSelection(models, model) } }
  const row: unknown = await client[lowerFirst(model.name)]?.findUnique(args)
  return typeof row === 'object' && row !== null ? tenantInRow(models, model, row as Plain) : undefined
}

/** Looks up rows by what foreign keys refer to; returns what finds the tenant of each. */
export async function tenantsOf(
  client: Delegates,
  models: Models,
  references: readonly { readonly model: Model; readonly reference: Plain }[],
): Promise<ParentFinder> {
  const rounds = roundsOf(references, ({ model }) => model.name)
  const tenants = await Promise.all(rounds.map((round) => tenantsOfRound(client, models, round)))
  return (parent, reference) => {
    const at = rounds.findIndex((round) => {
      const one = round.get(nameOf(reference))
      return one?.model === parent && sameReference(one.reference, reference)
    })
    return tenants[at]?.get(nameOf(reference))
  }
}

async function tenantsOfRound(
  client: Delegates,
  models: Models,
  round: ReadonlyMap<string, { readonly model: Model; readonly reference: Plain }>,
): Promise<ReadonlyMap<string, string>> {
  const [first] = round.values()
  if (first === undefined) return new Map()
  const { model, reference } = first
  const fields = Object.keys(reference)
  const rows = await client[lowerFirst(model.name)]?.findMany({
    where: anyOf(reference, [...round.values()]),
    select: { ...selectionOf(fields), ...tenantSelection(models, model) },
  })
  const tenants = new Map<string, string>()
  for (const row of (rows ?? []) as Plain[]) {
    const tenant = tenantInRow(models, model, row)
    if (tenant !== undefined)
      tenants.set(nameOf(Object.fromEntries(fields.map((field) => [field, row[field]]))), tenant)
  }
  return tenants
}

/** Looks up the rows of cursors. Where one is not the tenant's there is no such row, and the call finds nothing. */
export async function checkCursors(client: Delegates, lookups: readonly CursorLookup[]): Promise<void> {
  for (const { model, cursor, filter, args } of lookups) {
    const unique = { ...cursor }
    addCondition(unique, filter)
    const row = await client[lowerFirst(model.name)]?.findUnique({ where: unique, select: selectionOf(model.key) })
    if (row !== null && row !== undefined) continue
    const where: Plain = typeof args.where === 'object' && args.where !== null ? { ...args.where } : {}
    meetNothing(model, where)
    args.where = where
  }
}

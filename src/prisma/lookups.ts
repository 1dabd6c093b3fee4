import {
  type AbsenceLookup,
  type CreatedRow,
  type ForeignKeyLookup,
  foreignRow,
  foreignTwin,
  linkedElsewhere,
  lowerFirst,
  type Models,
  ownValue,
  type Plain,
} from './query/index.js'

/** As much of a Prisma client as rows are looked up with: its delegates, by model. */
export type Delegates = Readonly<Record<string, { findMany(args: Plain): PromiseLike<unknown[]> } | undefined>>

/** Keys in one SELECT. SQLite accepts 999 parameters, MariaDB 65535; Prisma itself splits only simple queries. */
const keysAtATime = 200

/**
 * Looks up the rows that scalar foreign keys refer to: each must be one of the tenant's, or created with this call. One
 * SELECT for each model and 200 keys.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` for the first that is not found. Whether it is missing or another tenant's is not
 * said.
 */
export async function checkForeignKeys(
  client: Delegates,
  lookups: readonly ForeignKeyLookup[],
  created: readonly CreatedRow[],
  tenant: string,
): Promise<void> {
  for (const round of rounds(lookups.filter((lookup) => !created.some((row) => isCreated(row, lookup, tenant))))) {
    const [first] = round.values()
    if (first === undefined) continue
    const rows = await client[lowerFirst(first.target)]?.findMany({
      where: whereOf(first, [...round.values()]),
      select: Object.fromEntries(Object.keys(first.reference).map((field) => [field, true])),
    })
    // What a foreign key references is unique: if as many rows are found as were asked for, they are all there.
    if (rows?.length === round.size) continue
    const found = new Set((rows ?? []).map((row) => nameOf(row as Plain)))
    for (const [name, lookup] of round) {
      if (!found.has(name)) throw linkedElsewhere(lookup.model, lookup.field, tenant)
    }
  }
}

function isCreated(row: CreatedRow, lookup: ForeignKeyLookup, tenant: string): boolean {
  if (row.model !== lookup.target || row.tenant !== tenant) return false
  return Object.entries(lookup.reference).every(([field, value]) => value === ownValue(row.data, field))
}

/**
 * Lookups that one SELECT can serve: by the same fields of one model, and by names that differ in more than letter case.
 * A UUID is returned in lower case, whatever was asked for; a text that differs in case belongs to another row.
 */
function rounds(lookups: readonly ForeignKeyLookup[]): Map<string, ForeignKeyLookup>[] {
  const groups = new Map<string, Map<string, ForeignKeyLookup>[]>()
  for (const lookup of lookups) {
    const kind = `${lookup.target} ${Object.keys(lookup.reference).join()}`
    const name = nameOf(lookup.reference)
    const group = groups.get(kind) ?? []
    groups.set(kind, group)
    const round = group.find((one) => takes(one, name, lookup))
    if (round === undefined) group.push(new Map([[name, lookup]]))
    else round.set(name, lookup)
  }
  return [...groups.values()].flat()
}

function takes(round: ReadonlyMap<string, ForeignKeyLookup>, name: string, lookup: ForeignKeyLookup): boolean {
  const there = round.get(name)
  return there === undefined ? round.size < keysAtATime : sameReference(there, lookup)
}

function sameReference(one: ForeignKeyLookup | undefined, other: ForeignKeyLookup): boolean {
  return Object.entries(other.reference).every(([field, value]) => one?.reference[field] === value)
}

function whereOf({ filter, reference }: ForeignKeyLookup, lookups: readonly ForeignKeyLookup[]): Plain {
  const [field, ...more] = Object.keys(reference)
  if (field !== undefined && more.length === 0) {
    return { ...filter, [field]: { in: lookups.map((lookup) => lookup.reference[field]) } }
  }
  return { ...filter, OR: lookups.map((lookup) => lookup.reference) }
}

function nameOf(row: Plain): string {
  const fields = Object.keys(row).sort()
  return JSON.stringify(
    fields.map((field) => {
      const value = row[field]
      return (value instanceof Date ? value.toISOString() : String(value)).toLowerCase()
    }),
  )
}

/** Throws `ENVELOPE_TENANT_MISMATCH` where another tenant has the row that an upsert names. */
export async function checkAbsences(
  client: Delegates,
  models: Models,
  lookups: readonly AbsenceLookup[],
  tenant: string,
): Promise<void> {
  for (const { model, where, filter } of lookups) {
    const rows = await client[lowerFirst(model)]?.findMany({
      where: foreignTwin(models.get(model), where, filter),
      select: Object.fromEntries(Object.keys(filter).map((field) => [field, true])),
      take: 1,
    })
    if (rows !== undefined && rows.length > 0) throw foreignRow(model, tenant)
  }
}

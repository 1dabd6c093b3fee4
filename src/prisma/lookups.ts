import {
  type AbsenceCheck,
  type CreatedRow,
  foreignRow,
  foreignTwin,
  type LinkCheck,
  linkedElsewhere,
  type Models,
  ownValue,
  type Plain,
} from './query/index.js'
import { lowerFirst } from './query/selection.js'

/** What is used of a Prisma client to look rows up: its delegates, by model. */
export type Delegates = Readonly<Record<string, { findMany(args: Plain): PromiseLike<unknown[]> } | undefined>>

/** Keys in one SELECT. SQLite takes 999 parameters, MariaDB 65535; Prisma splits for itself only what is simple. */
const keysAtATime = 200

/**
 * Looks up the rows that scalar foreign keys point at: each must be one of the tenant's, or created with this call. One
 * SELECT for each model and 200 keys.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` for the first that is not there, be it missing or another tenant's: which of the two
 * is not told.
 */
export async function checkLinks(
  client: Delegates,
  links: readonly LinkCheck[],
  created: readonly CreatedRow[],
  tenant: string,
): Promise<void> {
  for (const round of rounds(links.filter((link) => !created.some((row) => isCreated(row, link, tenant))))) {
    const [first] = round.values()
    if (first === undefined) continue
    const rows = await client[lowerFirst(first.target)]?.findMany({
      where: filterOf(first, [...round.values()]),
      select: Object.fromEntries(Object.keys(first.reference).map((field) => [field, true])),
    })
    // What a foreign key references is unique: as many rows as were asked for are all of them.
    if (rows?.length === round.size) continue
    const found = new Set((rows ?? []).map((row) => nameOf(row as Plain)))
    for (const [name, link] of round) {
      if (!found.has(name)) throw linkedElsewhere(link.model, link.field, tenant)
    }
  }
}

function isCreated(row: CreatedRow, link: LinkCheck, tenant: string): boolean {
  if (row.model !== link.target || row.tenant !== tenant) return false
  return Object.entries(link.reference).every(([field, value]) => value === ownValue(row.data, field))
}

/**
 * Links that one SELECT can answer for: on the same fields of one model, and by names that differ in more than letter
 * case. A UUID comes back in lower case, whatever was asked for; a text that differs in case is another row's.
 */
function rounds(links: readonly LinkCheck[]): Map<string, LinkCheck>[] {
  const groups = new Map<string, Map<string, LinkCheck>[]>()
  for (const link of links) {
    const kind = `${link.target} ${Object.keys(link.reference).join()}`
    const name = nameOf(link.reference)
    const group = groups.get(kind) ?? []
    groups.set(kind, group)
    const round = group.find((one) => takes(one, name, link))
    if (round === undefined) group.push(new Map([[name, link]]))
    else round.set(name, link)
  }
  return [...groups.values()].flat()
}

function takes(round: ReadonlyMap<string, LinkCheck>, name: string, link: LinkCheck): boolean {
  const there = round.get(name)
  return there === undefined ? round.size < keysAtATime : sameReference(there, link)
}

function sameReference(one: LinkCheck | undefined, other: LinkCheck): boolean {
  return Object.entries(other.reference).every(([field, value]) => one?.reference[field] === value)
}

function filterOf({ lock, reference }: LinkCheck, links: readonly LinkCheck[]): Plain {
  const [field, ...more] = Object.keys(reference)
  if (field !== undefined && more.length === 0) {
    return { ...lock, [field]: { in: links.map((link) => link.reference[field]) } }
  }
  return { ...lock, OR: links.map((link) => link.reference) }
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
export async function checkAbsent(
  client: Delegates,
  models: Models,
  checks: readonly AbsenceCheck[],
  tenant: string,
): Promise<void> {
  for (const { model, where, lock } of checks) {
    const rows = await client[lowerFirst(model)]?.findMany({
      where: foreignTwin(models.get(model), where, lock),
      select: Object.fromEntries(Object.keys(lock).map((field) => [field, true])),
      take: 1,
    })
    if (rows !== undefined && rows.length > 0) throw foreignRow(model, tenant)
  }
}

import {
  type AbsenceLookup,
  type CreatedRow,
  type ForeignKeyLookup,
  foreignRow,
  foreignTwin,
  linkedElsewhere,
  lowerFirst,
  ownValue,
  type PerhapsCreated,
  type Plain,
  selectionOf,
  tenantChanged,
} from './query/index.js'
import { anyOf, isSame, nameOf, roundsOf, sameReference } from './reference-rounds.js'

/** As much of a Prisma client as rows are looked up with: its delegates, by model. */
export type Delegates = Readonly<Record<string, Delegate | undefined>>

export interface Delegate {
  findMany(args: Plain): PromiseLike<unknown[]>
  findUnique(args: Plain): PromiseLike<unknown>
}

/**
 * Looks up the rows that scalar foreign keys refer to: each must be one of the tenant's, or created with this call. One
 * SELECT for each model and 200 keys.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` for the first that is not found. Whether it is missing or another tenant's is not
 * said. Returns those that were not found, but are perhaps not written either: see {@link leaveOutCreations}.
 */
export async function checkForeignKeys(
  client: Delegates,
  lookups: readonly ForeignKeyLookup[],
  created: readonly CreatedRow[],
  tenant: string,
): Promise<readonly ForeignKeyLookup[]> {
  const missing: ForeignKeyLookup[] = []
  const others = lookups.filter((lookup) => !created.some((row) => isCreated(row, lookup, tenant)))
  for (const round of roundsOf(others, ({ target }) => target)) {
    const [first] = round.values()
    if (first === undefined) continue
    const rows = await client[lowerFirst(first.target)]?.findMany({
      where: whereOf(first, [...round.values()]),
      select: selectionOf(Object.keys(first.reference)),
    })
    // What a foreign key references is unique: if as many rows are found as were asked for, they are all there.
    if (rows?.length === round.size) continue
    const found = new Set((rows ?? []).map((row) => nameOf(row as Plain)))
    for (const [name, lookup] of round) {
      if (found.has(name)) continue
      // A round has each reference once, of whichever row.
      const same = others.filter((other) => refersAlike(other, lookup))
      const written = same.find(({ perhaps }) => perhaps === undefined)
      if (written !== undefined) throw missingReference(written, tenant)
      missing.push(...same)
    }
  }
  return missing
}

function refersAlike(one: ForeignKeyLookup, other: ForeignKeyLookup): boolean {
  const { reference } = other
  return (
    one.target === other.target && sameReference(one.reference, reference) && sameReference(reference, one.reference)
  )
}

export function missingReference({ moves, model, field }: ForeignKeyLookup, tenant: string): Error {
  return moves === true ? tenantChanged(model) : linkedElsewhere(model, field, tenant)
}

/**
 * Takes out of a call what would create rows with these foreign keys, where the rows are there already. The call then fails
 * if they are deleted before it is sent. To be called once index tokens are filled in.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` where a row is not there.
 */
export async function leaveOutCreations(
  client: Delegates,
  lookups: readonly ForeignKeyLookup[],
  tenant: string,
): Promise<void> {
  const settled = new Map<PerhapsCreated, boolean>()
  const isLeftOut = async (row: PerhapsCreated): Promise<boolean> => {
    const known = settled.get(row)
    if (known !== undefined) return known
    const rows = await client[lowerFirst(row.model.name)]?.findMany({
      where: row.filter(),
      select: selectionOf(row.model.key),
      take: 1,
    })
    const isLeft = rows !== undefined && rows.length > 0 && row.leaveOut()
    settled.set(row, isLeft)
    return isLeft
  }
  for (const lookup of lookups) {
    let isWritten = true
    for (const row of lookup.perhaps ?? []) isWritten = isWritten && !(await isLeftOut(row))
    if (isWritten) throw missingReference(lookup, tenant)
  }
}

function isCreated(row: CreatedRow, lookup: ForeignKeyLookup, tenant: string): boolean {
  return row.model === lookup.target && row.owner.tenant === tenant && isReferredTo(row, lookup.reference)
}

/** Whether a foreign key with these values refers to a row that is created. */
export function isReferredTo({ data }: CreatedRow, reference: Plain): boolean {
  return Object.entries(reference).every(([field, value]) => isSame(value, ownValue(data, field)))
}

function whereOf({ filter, reference }: ForeignKeyLookup, lookups: readonly ForeignKeyLookup[]): Plain {
  return { AND: [filter, anyOf(reference, lookups)] }
}

/** Throws `ENVELOPE_TENANT_MISMATCH` where another tenant has the row that an upsert names. */
export async function checkAbsences(
  client: Delegates,
  lookups: readonly AbsenceLookup[],
  tenant: string,
): Promise<void> {
  for (const { model, where, filter } of lookups) {
    const rows = await client[lowerFirst(model.name)]?.findMany({
      where: foreignTwin(model, where, filter),
      select: selectionOf(model.key),
      take: 1,
    })
    if (rows !== undefined && rows.length > 0) throw foreignRow(model.name, tenant)
  }
}

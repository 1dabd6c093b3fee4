import {
  type AbsenceLookup,
  type CreatedRow,
  type ForeignKeyLookup,
  foreignRow,
  foreignTwin,
  linkedElsewhere,
  lowerFirst,
  ownValue,
  type Plain,
  selectionOf,
  tenantChanged,
} from './query/index.js'
import { anyOf, isSame, nameOf, roundsOf } from './reference-rounds.js'

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
 * said.
 */
export async function checkForeignKeys(
  client: Delegates,
  lookups: readonly ForeignKeyLookup[],
  created: readonly CreatedRow[],
  tenant: string,
): Promise<void> {
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
      throw lookup.moves === true ? tenantChanged(lookup.model) : linkedElsewhere(lookup.model, lookup.field, tenant)
    }
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

import type { LinkCheck, Plain } from './query/index.js'
import { linkedElsewhere } from './query/index.js'

/** What is used of a Prisma client to look rows up: its delegates, by model. */
export type Delegates = Readonly<Record<string, { findMany(args: Plain): PromiseLike<unknown[]> } | undefined>>

/**
 * Looks up the rows that scalar foreign keys point at: each must be one of the tenant's. One SELECT for each model.
 *
 * Throws `ENVELOPE_TENANT_CONFLICT` for the first that is not there, be it missing or another tenant's: which of the two
 * is not told.
 */
export async function checkLinks(client: Delegates, links: readonly LinkCheck[], tenant: string): Promise<void> {
  const byTarget = new Map<string, Map<string, LinkCheck>>()
  for (const link of links) {
    const same = byTarget.get(link.target) ?? new Map<string, LinkCheck>()
    byTarget.set(link.target, same.set(nameOf(link.where), link))
  }
  for (const [target, distinct] of byTarget) {
    const [first] = distinct.values()
    if (first === undefined) continue
    const fields = Object.keys(first.where)
    const rows = await client[delegateName(target)]?.findMany({
      where: { OR: [...distinct.values()].map(({ where }) => where) },
      select: Object.fromEntries(fields.map((field) => [field, true])),
    })
    const found = new Set((rows ?? []).map((row) => nameOf(row as Plain)))
    for (const [name, link] of distinct) {
      if (!found.has(name)) throw linkedElsewhere(link.model, link.field, tenant)
    }
  }
}

/** A row by its fields, in an order of their own; a UUID comes back in lower case. */
function nameOf(where: Plain): string {
  const fields = Object.keys(where).sort()
  return JSON.stringify(fields.map((field) => [field, String(where[field]).toLowerCase()]))
}

function delegateName(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1)
}

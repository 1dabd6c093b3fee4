import { LRUCache } from 'lru-cache'
import { namedBy } from '../../leaves/index.js'
import type { SweepVerb } from '../sweep/sweep.js'
import type { Element } from './elements.js'
import type { Finding } from './examine.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'

export interface CheckTenantsOptions extends ValueVerbOptions {
  /** The owners of rows of the key table, by data-key id; none where the schema has no key table. */
  owners(dataKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyOwner>>
  /** The owner of a tenant's rows in the key table. */
  ownerOf(tenant: string): string
}

/** Whose a row of the key table is. */
export interface KeyOwner {
  readonly owner: string
  /** For people: it decides nothing. */
  readonly tenant: string
}

/**
 * Compares the tenant that each envelope was sealed for with the one that owns its row. Opens nothing, and needs no key: an
 * envelope names its tenant, or the row of the key table does. What is no envelope is left to other verbs.
 */
export function checkTenantsVerb(options: CheckTenantsOptions): SweepVerb {
  const owners = new Owners(options)
  return valueVerb(options, async ({ table }, rows) => {
    const known = await owners.of(rows.flatMap(({ elements }) => elements.flat().flatMap(keyInTable)))
    const findings = rows.flatMap(({ row, tenant, elements }) =>
      elements.flatMap((ofColumn, i): Finding[] => {
        const fault = faultIn(ofColumn, tenant, known, options)
        return fault === undefined ? [] : [{ row, column: table.columns[i]?.column, ...fault, retryable: false }]
      }),
    )
    return { writes: [], findings }
  })
}

/** The data key that an envelope names, if it is in the key table. */
function keyInTable({ stored }: Element): string[] {
  const named = stored === undefined ? undefined : namedBy(stored)
  return named === undefined || named.tenant !== undefined ? [] : [named.dataKeyId]
}

/** What is wrong with the first of a column's values that is not the tenant's. */
function faultIn(
  elements: readonly Element[],
  tenant: string,
  owners: ReadonlyMap<string, KeyOwner>,
  { ownerOf }: CheckTenantsOptions,
): Pick<Finding, 'reason' | 'tenants'> | undefined {
  for (const { stored } of elements) {
    const named = stored === undefined ? undefined : namedBy(stored)
    if (named === undefined) continue
    const key = named.tenant === undefined ? owners.get(named.dataKeyId) : undefined
    const sealedFor = named.tenant ?? key?.tenant
    if (sealedFor === undefined) return { reason: 'ENVELOPE_DATA_KEY_NOT_FOUND', tenants: { owner: tenant } }
    const isOwn = key === undefined ? sealedFor === tenant : key.owner === ownerOf(tenant)
    if (!isOwn) return { reason: 'ENVELOPE_TENANT_MISMATCH', tenants: { sealedFor, owner: tenant } }
  }
  return undefined
}

const MAX_OWNERS = 10_000

/** Whose data keys are: the same few come again and again. */
class Owners {
  readonly #known = new LRUCache<string, KeyOwner>({ max: MAX_OWNERS })

  constructor(private readonly options: Pick<CheckTenantsOptions, 'owners'>) {}

  async of(dataKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyOwner>> {
    const all = new Map<string, KeyOwner>()
    const unknown: string[] = []
    for (const id of new Set(dataKeyIds)) {
      const owner = this.#known.get(id)
      if (owner === undefined) unknown.push(id)
      else all.set(id, owner)
    }
    if (unknown.length === 0) return all
    for (const [id, owner] of await this.options.owners(unknown)) {
      this.#known.set(id, owner)
      all.set(id, owner)
    }
    return all
  }
}

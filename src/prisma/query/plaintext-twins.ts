import { beginsSealed } from '../../envelope/index.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { keysAtATime } from './keys-at-a-time.js'
import { inexactness } from './legacy-search.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { ownerFilter } from './ownership.js'
import type { TwinLookup } from './plan.js'
import { isPlainObject, type Plain } from './prisma-values.js'
import type { RowWalk } from './walk.js'

/** Notes what has to be looked up before a value is written. */
export function noteTwins(row: RowWalk, field: EncryptedField, indexes: readonly IndexField[], value: unknown): void {
  const { model, draft, tenant, ask, found } = row
  // It would be sealed, or refused.
  if (field.legacy === undefined || typeof value !== 'string' || beginsSealed(value)) return
  for (const index of indexes) {
    if (!isUnique(model, index) || inexactness(field, index) !== undefined) continue
    const late = index.scope === 'tenant' && tenant === undefined ? ask?.ask() : undefined
    draft.twins.push({ index, value, tenant, late, found })
  }
}

/** By itself, or within each tenant. What is unique together with other columns is not looked up. */
function isUnique({ tenant, compounds }: Model, { field, unique }: IndexField): boolean {
  const parts = [...compounds.values()].filter((fields) => fields.includes(field))
  return unique || parts.some((fields) => fields.every((part) => part === field || part === tenant?.field))
}

/** Twins that can be looked up at once: those of one index and tenant; or of a row that may be there already, by itself. */
export function twinGroups(twins: readonly TwinLookup[]): TwinLookup[][] {
  const groups: TwinLookup[][] = []
  for (const twin of twins) {
    const same = groups.find((group) => takes(group, twin))
    if (same === undefined) groups.push([twin])
    else same.push(twin)
  }
  return groups
}

function takes(group: readonly TwinLookup[], twin: TwinLookup): boolean {
  const [first] = group
  return twin.found === undefined && first !== undefined && isSame(first, twin) && group.length < keysAtATime(1)
}

function isSame(a: TwinLookup, b: TwinLookup): boolean {
  return a.index === b.index && a.found === undefined && tenantOfTwin(a) === tenantOfTwin(b)
}

export function tenantOfTwin({ tenant, late }: TwinLookup): string | undefined {
  return tenant ?? late?.tenant
}

/** The filter that rows meet which hold one of these values in plaintext. `undefined` where the call finds no row to write. */
export function twinFilter(
  models: Parameters<typeof ownerFilter>[0],
  model: Model,
  twins: readonly [TwinLookup, ...TwinLookup[]],
): Plain | undefined {
  const [first] = twins
  const { field } = first.index.source
  const values = { [field]: { in: twins.map(({ value }) => value) } }
  if (first.index.scope === 'global') return values
  const tenant = tenantOfTwin(first)
  if (tenant === undefined) return first.late === undefined ? values : undefined
  const own = ownerFilter(models, model, tenant)
  return own === undefined ? values : { AND: [values, own] }
}

/** A unique filter as one that lists take: the parts of a compound unique by themselves. */
export function asFilter(model: Model, part: Plain): Plain | undefined {
  const where = ownValue(part, 'where')
  if (!isPlainObject(where)) return undefined
  const parts = Object.entries(where).map(
    ([key, value]): Plain => (isPlainObject(value) && model.compounds.has(key) ? value : { [key]: value }),
  )
  return { AND: parts }
}

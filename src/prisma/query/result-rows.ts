import type { EncryptedField, IndexField, OpenColumns } from '../../leaves/index.js'
import type { ResultContext } from './context.js'
import type { Model } from './models.js'
import { type ParentFinder, tenantInRow } from './ownership.js'
import type { ReadPlan, RowOwner } from './plan.js'
import type { Plain } from './prisma-values.js'
import { foreignRow } from './refusals.js'

/**
 * A field's envelope, or those of its elements. What is no list in the place of one is a leaf too, and will not open.
 *
 * @param row a copy that may be written into; its list is copied here.
 */
export function addLeaves(leaves: OpenColumns, row: Plain, key: string, field: EncryptedField, tenant: string): void {
  const value = row[key]
  if (!field.list || !Array.isArray(value)) {
    leaves.add(row, key, field, tenant)
    return
  }
  const list = { row, stored: value as readonly unknown[] }
  const copy = [...list.stored]
  row[key] = copy
  for (const at of copy.keys()) leaves.add(copy, at, field, tenant, list)
}

/** The index columns that a row contains beside the fields that they are computed from: those that can be compared. */
export function indexesIn(model: Model, row: Plain): IndexField[] {
  return [...model.indexes].flatMap(([source, indexes]) =>
    row[source] === undefined ? [] : indexes.filter((index) => row[index.field] !== undefined),
  )
}

/**
 * The tenant of a row: the shared one, if all rows of the model are; else that of its tenant column, or of the row that it
 * belongs to; else of the context, of the row above, or the constant one.
 */
export function tenantOfRow(
  { context, parents }: { readonly context: ResultContext; readonly parents?: ParentFinder | undefined },
  model: Model,
  plan: ReadPlan | undefined,
  row: Plain,
  above: string | undefined,
): string | undefined {
  const { models, bound, fallback } = context
  if (model.shared !== undefined) return model.shared
  if (model.step !== undefined) {
    return keptToBound(context, model, row, tenantOfOwner(context, model, plan?.owner, row, above, parents))
  }
  const own = tenantInRow(models, model, row)
  return own === undefined ? (bound ?? above ?? fallback) : keptToBound(context, model, row, own)
}

/** A call for one tenant opens no other's values, also where no filter has kept their rows out. */
function keptToBound({ bound }: ResultContext, model: Model, row: Plain, own: string | undefined): string | undefined {
  if (bound !== undefined && own !== bound && holdsEnvelopes(model, row)) throw foreignRow(model.name, bound)
  return own
}

function tenantOfOwner(
  { models, bound }: ResultContext,
  model: Model,
  owner: RowOwner | undefined,
  row: Plain,
  above: string | undefined,
  parents: ParentFinder | undefined,
): string | undefined {
  switch (owner?.from) {
    case 'call':
      return typeof owner.tenant === 'string' ? owner.tenant : owner.tenant.tenant
    case 'way':
      return tenantInRow(models, model, row, parents)
    case 'above':
      return above ?? bound
    default:
      return bound
  }
}

function holdsEnvelopes(model: Model, row: Plain): boolean {
  for (const [key, { list }] of model.encrypted) if (holdsEnvelope(row[key], list)) return true
  return false
}

/** There is none in NULL, in what was not selected, or in an empty list. */
export function holdsEnvelope(value: unknown, list: boolean): boolean {
  return value !== null && value !== undefined && !(list && Array.isArray(value) && value.length === 0)
}

/** With the same properties, in the same order, and the same prototype; not frozen, even if the row is. */
export function copyOf(row: Plain): Plain {
  const prototype: unknown = Object.getPrototypeOf(row)
  const copy = { ...row }
  return prototype === Object.prototype ? copy : Object.setPrototypeOf(copy, prototype as object | null)
}

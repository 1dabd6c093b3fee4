import type { RelationEntry } from '../../schema/model-map.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { holdsTenant, isOwned } from './ownership.js'
import type { PlanDraft } from './plan.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { tenantUnprotected } from './refusals.js'
import { tenantFilterOf } from './tenant-filter.js'
import { filterTenant, type RowWalk, type Walk } from './walk.js'

/**
 * Notes the rows that scalar foreign keys of a write refer to. Nothing in Prisma's call could check them, and once a
 * foreign key refers to another tenant's row, reading along it shows that row's plain columns.
 */
export function noteForeignKeys(row: RowWalk, data: Plain): void {
  const { context, model, draft } = row
  if (!context.checksForeignKeys || filterTenant(row) === undefined) return
  for (const entry of model.fields.values()) {
    if (entry.kind !== 'relation' || entry.fields === undefined || entry.references === undefined) continue
    const target = { context, model: context.models.get(entry.model) }
    const filter = tenantFilterOf(target)
    // The owner's is looked up apart from these, whatever the option `links` says.
    if (filter === undefined || holdsTenant(context.models, model, entry)) continue
    const reference = foreignKeyIn(model, entry, data, row.exists)
    if (reference === 'left out' || reference === null) continue
    draft.foreignKeys.push({
      model: model.name,
      field: entry.fields.join(', '),
      target: target.model.name,
      filter,
      reference,
    })
  }
}

/**
 * The referenced fields with the values that the data gives them; `null` where it refers to no row.
 *
 * @param exists whether the row exists already: then a column that is left out keeps its value, else it takes its default.
 */
export function foreignKeyIn(
  model: Model,
  relation: RelationEntry,
  data: Plain,
  exists: boolean,
): Plain | 'left out' | null {
  const { fields = [], references = [] } = relation
  const values = fields.map((field) => scalarIn(model, field, ownValue(data, field)))
  if (values.every((value) => value === undefined)) return 'left out'
  if (values.some((value) => value === null)) return null
  const missing = fields.filter((_, at) => values[at] === undefined)
  if (missing.length > 0) {
    // A part that keeps its value, or takes a default, makes a whole key with the parts that are given.
    const defaulted = missing.some((field) => hasDefault(model, field))
    if (exists || defaulted) throw tenantUnprotected(model.name, `${fields.join(', ')}, given in part,`)
    return 'left out'
  }
  return Object.fromEntries(references.map((reference, at) => [reference, values[at]]))
}

export function hasDefault(model: Model, field: string): boolean {
  const entry = model.fields.get(field)
  return entry?.kind === 'scalar' && entry.default !== undefined
}

const ARITHMETIC = ['increment', 'decrement', 'multiply', 'divide']

function scalarIn(model: Model, field: string, value: unknown): unknown {
  if (isAbsent(value)) return undefined
  if (!isPlainObject(value)) return value
  // Only the database knows which row a sum refers to.
  if (ARITHMETIC.some((word) => !isAbsent(ownValue(value, word))))
    throw tenantUnprotected(model.name, `arithmetic on ${field}`)
  if (!Object.hasOwn(value, 'set')) return value
  return isAbsent(value.set) ? undefined : value.set
}

/**
 * Notes a row that the call creates: foreign keys may refer to it, though no SELECT could find it yet. What a bound call
 * creates belongs to its tenant.
 */
export function noteCreated({ context, model, draft }: Walk, data: unknown): void {
  if (!isPlainObject(data)) return
  const { bound, checksForeignKeys } = context
  const checked = bound !== undefined && checksForeignKeys && isOwned(model)
  const owner = checked || model.owns ? draft.owners.get(data) : undefined
  if (owner !== undefined) draft.created.push({ model: model.name, owner, data })
}

/** Plans what may not happen: a row that is perhaps created is no proof that a foreign key refers to one's own. */
export function perhaps({ created }: PlanDraft, plan: () => void): void {
  const sure = created.length
  plan()
  created.length = sure
}

import type { RelationEntry } from '../../schema/model-map.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, isPlainObject } from './prisma-values.js'
import { tenantUnprotected } from './refusals.js'
import { holdsTenant, lockOf } from './tenant-filter.js'

/**
 * Notes the rows that scalar foreign keys of a write point at. Nothing in Prisma's call could check them, and once a
 * link to a foreign row stands, reading along it shows that row's plain columns.
 *
 * @param exists whether the row stands already: then a column that is left out keeps its value, else it takes a default.
 */
export function noteLinks(call: Call, model: Model, data: Plain, exists: boolean): void {
  if (!call.checksLinks) return
  for (const entry of model.fields.values()) {
    if (entry.kind !== 'relation' || entry.fields === undefined || entry.references === undefined) continue
    const target = call.models.get(entry.model)
    const lock = lockOf(call, target)
    if (lock === undefined || holdsTenant(call.models, model, entry)) continue
    const reference = referenceIn(model, entry, data, exists)
    if (reference === undefined) continue
    call.links.push({ model: model.name, field: entry.fields.join(', '), target: target.name, lock, reference })
  }
}

/** The referenced fields with the values that the data gives them; nothing where no row is pointed at. */
function referenceIn(model: Model, relation: RelationEntry, data: Plain, exists: boolean): Plain | undefined {
  const { fields = [], references = [] } = relation
  const values = fields.map((field) => scalarIn(model, field, ownValue(data, field)))
  if (values.every((value) => value === undefined) || values.some((value) => value === null)) return undefined
  const unsaid = fields.filter((_, at) => values[at] === undefined)
  if (unsaid.length > 0) {
    // A part that keeps its value, or takes a default, makes a whole key with the parts that are given.
    const defaulted = unsaid.some((field) => hasDefault(model, field))
    if (exists || defaulted) throw tenantUnprotected(model.name, `${fields.join(', ')}, given in part,`)
    return undefined
  }
  return Object.fromEntries(references.map((reference, at) => [reference, values[at]]))
}

function hasDefault(model: Model, field: string): boolean {
  const entry = model.fields.get(field)
  return entry?.kind === 'scalar' && entry.default !== undefined
}

const ARITHMETIC = ['increment', 'decrement', 'multiply', 'divide']

function scalarIn(model: Model, field: string, value: unknown): unknown {
  if (isAbsent(value)) return undefined
  if (!isPlainObject(value)) return value
  // Where a sum leads to is for the database to know.
  if (ARITHMETIC.some((word) => !isAbsent(ownValue(value, word))))
    throw tenantUnprotected(model.name, `arithmetic on ${field}`)
  if (!Object.hasOwn(value, 'set')) return value
  return isAbsent(value.set) ? undefined : value.set
}

/**
 * Notes a row that the call creates: links may point at it, though no SELECT could find it yet. It is this tenant's, as
 * every row that a bound call creates.
 */
export function noteCreated(call: Call, model: Model, data: unknown): void {
  const { bound } = call.context
  if (!call.checksLinks || bound === undefined || model.tenant === undefined || !isPlainObject(data)) return
  call.created.push({ model: model.name, tenant: bound, data })
}

/** Plans what may not come to pass: a row that is created perhaps is no proof that a link leads to one's own. */
export function perhaps(call: Call, plan: () => void): void {
  const sure = call.created.length
  plan()
  call.created.length = sure
}

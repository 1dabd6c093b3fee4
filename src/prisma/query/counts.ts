import { objectIn, objectOr, ownValue } from './own.js'
import { isAbsent, type Plain } from './prisma-values.js'
import { checkYesOrNo, refuseUnknownKeys } from './shapes.js'
import { filterWhere, tenantFilterOf } from './tenant-filter.js'
import { alongRelation, type Rows, targetOf, type Walk } from './walk.js'
import { walkWhere } from './where.js'

const SELECT: ReadonlySet<string> = new Set(['select'])
const WHERE: ReadonlySet<string> = new Set(['where'])

/** Plans `_count`: related rows are counted under the tenant filter of their model, also where all are asked for at once. */
export function planCounts(walk: Walk, counts: unknown): unknown {
  const { model } = walk
  const expanded = counts === true ? allCounts(walk) : counts
  if (typeof expanded === 'boolean') return counts
  const counted = objectOr(model.name, '_count', expanded) ?? {}
  refuseUnknownKeys(model.name, counted, SELECT)
  const select = objectIn(model.name, counted, 'select')
  if (select === undefined) return counts
  for (const [relation, value] of Object.entries(select)) {
    const entry = model.fields.get(relation)
    if (entry?.kind !== 'relation') {
      checkYesOrNo(model.name, relation, value)
      continue
    }
    if (value === false || isAbsent(value)) continue
    const target = alongRelation(walk, entry)
    const args = value === true ? {} : (objectOr(target.model.name, relation, value) ?? {})
    refuseUnknownKeys(target.model.name, args, WHERE)
    walkWhere(target, ownValue(args, 'where'))
    filterWhere(target, args)
    if (args !== value && Object.keys(args).length > 0) select[relation] = args
  }
  return expanded
}

/** `_count: true`, spelt out where one of the counts needs a tenant filter. */
function allCounts({ context, model }: Rows): Plain | true {
  const select: Plain = {}
  let filters = false
  for (const [name, entry] of model.fields) {
    if (entry.kind !== 'relation' || entry.list !== true) continue
    const target = targetOf(context, entry)
    select[name] = true
    filters ||= tenantFilterOf({ context, model: target }) !== undefined
  }
  return filters ? { select } : true
}

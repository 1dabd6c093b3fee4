import type { RelationEntry } from '../../schema/model-map.js'
import { addCondition } from './conditions.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import type { PerhapsCreated, PlanDraft } from './plan.js'
import { each, isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import type { RowWalk, WriteWalk } from './walk.js'

/**
 * What an upsert or `connectOrCreate` would create. Only what is written may be refused for its foreign keys, so a row that
 * is there already makes up for one that refers to nothing of the tenant's. It may be deleted before the call is sent: then the
 * call must not create after all, so the `create` is taken out of it.
 */

/** Plans the `create` of a row that may be there already. Returns what `plan` returns. */
export function planPerhapsCreated<T>(draft: PlanDraft, plan: () => T, make: () => PerhapsCreated): T {
  const { foreignKeys } = draft
  const before = foreignKeys.length
  const planned = plan()
  if (foreignKeys.length === before) return planned
  const created = make()
  const inside = foreignKeys.splice(before)
  foreignKeys.push(...inside.map((lookup) => ({ ...lookup, perhaps: [...(lookup.perhaps ?? []), created] })))
  return planned
}

/** The `upsert` of a call: an `update`, without its `create`. */
export function ofUpsert({ model, draft }: WriteWalk, args: Plain): PerhapsCreated {
  return {
    model,
    filter: () => plainFilter(model, args.where),
    leaveOut() {
      args.data = args.update
      delete args.update
      delete args.create
      draft.sentAs = 'update'
      return true
    },
  }
}

/** One that is nested in `write`: an `update`. */
export function ofNestedUpsert(walk: WriteWalk, relation: RelationEntry, write: Plain, part: Plain): PerhapsCreated {
  const { model } = walk
  const one = relation.list !== true
  return {
    model,
    filter: () => throughParent(walk, plainFilter(model, part.where)),
    leaveOut() {
      // Prisma may take `{ where, data }` for the data of such a row.
      if (one && model.fields.has('data')) return false
      const update = { where: part.where ?? {}, data: part.update }
      return moveItem(write, { from: 'upsert', to: 'update', one }, part, update)
    },
  }
}

/** One of `connectOrCreate` in `write`: a `connect`. */
export function ofConnectOrCreate(
  { model }: WriteWalk,
  relation: RelationEntry,
  write: Plain,
  part: Plain,
): PerhapsCreated {
  const one = relation.list !== true
  return {
    model,
    filter: () => plainFilter(model, part.where),
    leaveOut: () => moveItem(write, { from: 'connectOrCreate', to: 'connect', one }, part, part.where),
  }
}

/** A copy of a filter, with the fields of compound uniques as a list takes them. */
function plainFilter(model: Model, where: unknown): Plain {
  const plain: Plain = {}
  const compounds: Plain[] = []
  for (const [key, value] of isPlainObject(where) ? Object.entries(where) : []) {
    if (model.compounds.has(key) && isPlainObject(value)) compounds.push(value)
    else plain[key] = value
  }
  for (const compound of compounds) addCondition(plain, compound)
  return plain
}

/** Adds to a filter that its rows are linked to the row that they are written through. */
function throughParent({ model, from, relation }: WriteWalk, where: Plain): Plain {
  const opposite = relation === undefined ? undefined : model.fields.get(relation.opposite)
  if (from === undefined || relation === undefined || opposite?.kind !== 'relation') return where
  addCondition(where, { [relation.opposite]: { [opposite.list === true ? 'some' : 'is']: filterOf(from) } })
  return where
}

function filterOf({ model, through, part }: RowWalk): Plain {
  const where = plainFilter(model, part?.where)
  return through === undefined ? where : throughParent(through, where)
}

/**
 * Moves an item of a nested write to another operation, which takes the place of the first: Prisma does them in their order.
 * Returns whether it could: a relation to one row takes one item.
 */
function moveItem(
  write: Plain,
  { from, to, one }: { readonly from: string; readonly to: string; readonly one: boolean },
  item: Plain,
  moved: unknown,
): boolean {
  const there = ownValue(write, to)
  if (one && !isAbsent(there)) return false
  const rest = each(ownValue(write, from)).filter((other) => other !== item)
  const items = one ? moved : [...(isAbsent(there) ? [] : each(there)), moved]
  const entries = Object.entries(write)
  for (const [key] of entries) delete write[key]
  for (const [key, value] of entries) {
    if (key === from && rest.length > 0) write[from] = rest
    if (key === from && isAbsent(there)) write[to] = items
    if (key === to && !isAbsent(there)) write[to] = items
    if (key !== from && key !== to) write[key] = value
  }
  return true
}

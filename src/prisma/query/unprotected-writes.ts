import type { RelationEntry } from '../../schema/model-map.js'
import { ownValue } from './own.js'
import { losesOwner } from './owners.js'
import { isAbsent, type Plain } from './prisma-values.js'
import { tenantChanged } from './refusals.js'
import { refuseUnprotected } from './tenant-filter.js'
import type { RowWalk } from './walk.js'

/** Refuses writes that reach rows which no filter can keep out: those that lose their place in a list, or their link. */
export function refuseUnprotectedWrites(parent: RowWalk, relation: RelationEntry, write: Plain): void {
  refuseLostOwners(parent, relation, write)
  if (relation.list === true) {
    if (!isAbsent(ownValue(write, 'set'))) refuseUnprotected(parent, relation, 'set')
    return
  }
  // In a one-to-one relation the row that was linked before loses its link, whichever tenant it belongs to.
  const loses =
    relation.fields === undefined ? parent.exists : relation.optional === true && isOneToOne(parent, relation)
  if (!loses) return
  const where = parent.exists ? 'an update' : 'a create'
  // A row that is created at the far end of the foreign key was linked to nothing.
  const operations =
    relation.fields === undefined ? ['create', 'connect', 'connectOrCreate'] : ['connect', 'connectOrCreate']
  // The row that loses its link is the one with the foreign key: it is of the parent's model, where that has the key.
  const holder =
    relation.fields === undefined
      ? {}
      : { reached: parent.model, instead: `write the row's foreign keys as scalars (${relation.fields.join(', ')})` }
  for (const operation of operations) {
    if (!isAbsent(ownValue(write, operation))) refuseUnprotected(parent, relation, `${operation} in ${where}`, holder)
  }
}

/**
 * Refuses what leaves a row without the row that says whose it is: an empty foreign key would give it to the shared tenant,
 * and it is sealed for another one.
 */
function refuseLostOwners(parent: RowWalk, relation: RelationEntry, write: Plain): void {
  const [child, name] =
    relation.fields === undefined
      ? [parent.context.models.get(relation.model), relation.opposite]
      : [parent.model, oppositeOf(parent, relation)]
  if (!losesOwner(child, name)) return
  const list = relation.list === true
  const loses = (operation: string): boolean => {
    if (operation === 'disconnect') return relation.fields === undefined
    if (operation === 'set') return list
    // In a one-to-one relation, the row that was linked before.
    return !list && isOneToOne(parent, relation) && (relation.fields !== undefined || parent.exists)
  }
  for (const operation of ['disconnect', 'set', 'create', 'connect', 'connectOrCreate']) {
    const given = ownValue(write, operation)
    if (isAbsent(given) || given === false || !loses(operation)) continue
    if (operation === 'create' && relation.fields !== undefined) continue
    throw tenantChanged(child.name)
  }
}

/** The name that a relation has on the model of its foreign key. */
function oppositeOf({ context, model }: RowWalk, relation: RelationEntry): string {
  const back = context.models.get(relation.model).fields.get(relation.opposite)
  return back?.kind === 'relation' && back.model === model.name ? back.opposite : ''
}

function isOneToOne({ context }: RowWalk, relation: RelationEntry): boolean {
  const opposite = context.models.get(relation.model).fields.get(relation.opposite)
  return opposite?.kind === 'relation' && opposite.list !== true
}

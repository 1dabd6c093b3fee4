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
  const where = parent.exists ? 'an update' : 'a create'
  // The row that loses its link is the one with the foreign key: it is of the parent's model, where that has the key.
  const holder =
    relation.fields === undefined
      ? {}
      : { reached: parent.model, instead: `write the row's foreign keys as scalars (${relation.fields.join(', ')})` }
  for (const operation of takingLinks(parent, relation)) {
    if (isAbsent(ownValue(write, operation))) continue
    refuseUnprotected(parent, relation, operation === 'set' ? 'set' : `${operation} in ${where}`, holder)
  }
}

/**
 * The operations that take the link of a row which is not named: of those that were in the list, or of the one that was linked
 * before in a one-to-one relation, whichever tenant it belongs to.
 */
function takingLinks({ context, exists }: RowWalk, relation: RelationEntry): readonly string[] {
  if (relation.list === true) return ['set']
  // A row that is created at the far end of the foreign key was linked to nothing.
  if (relation.fields === undefined) return exists ? ['create', 'connect', 'connectOrCreate'] : []
  const opposite = oppositeOf(context, relation)
  return relation.optional === true && opposite?.list !== true ? ['connect', 'connectOrCreate'] : []
}

/**
 * Refuses what leaves a row without the row that owns it: an empty foreign key would give it to the shared tenant, and it is
 * sealed for another one.
 */
function refuseLostOwners(parent: RowWalk, relation: RelationEntry, write: Plain): void {
  const { context, model } = parent
  const far = relation.fields === undefined
  const [child, foreignKey] = far
    ? [context.models.get(relation.model), oppositeOf(context, relation)]
    : [model, relation]
  if (foreignKey === undefined || !losesOwner(child, foreignKey)) return
  for (const operation of [...(far ? ['disconnect'] : []), ...takingLinks(parent, relation)]) {
    const given = ownValue(write, operation)
    if (!isAbsent(given) && given !== false) throw tenantChanged(child.name)
  }
}

function oppositeOf({ models }: RowWalk['context'], relation: RelationEntry): RelationEntry | undefined {
  const opposite = models.get(relation.model).fields.get(relation.opposite)
  return opposite?.kind === 'relation' ? opposite : undefined
}

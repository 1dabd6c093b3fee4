import type { Database } from '../../databases/index.js'
import { areShared, type Choice } from '../choices.js'
import { type Field, holdsForeignKey, type Model, onDeleteOf } from '../dmmf.js'
import type { Problem } from '../problems.js'
import { restrictIn } from '../relation-mode.js'

/**
 * Foreign keys that determine which tenant owns a row, and that the database would change by itself: deleting the parent would
 * hand the row to the shared tenant, or to the one named by the default, whose key does not open its values. `SetNull` is
 * Prisma's default for optional relations.
 */
export function referentialActionProblems(
  choices: ReadonlyMap<string, Choice>,
  database: Database,
  emulated: boolean,
): Problem[] {
  return [...choices.values()].flatMap(({ model, field }) => {
    // Shared rows remain shared without the row that they belong to.
    if (field === undefined || areShared(choices, model.name)) return []
    const owner = field.kind === 'object' ? (field.relationFromFields ?? []) : [field.name]
    return model.fields.filter(holdsForeignKey).flatMap((relation): Problem[] => {
      if (!relation.relationFromFields?.some((name) => owner.includes(name))) return []
      const place = { model: model.name, field: relation.name }
      const messages = [deleteMessage(model, relation, database, emulated), updateMessage(relation, database, emulated)]
      return messages.flatMap((message) => (message === undefined ? [] : [{ ...place, message }]))
    })
  })
}

function deleteMessage(model: Model, relation: Field, database: Database, emulated: boolean): string | undefined {
  const action = onDeleteOf(model, relation)
  const effect = effectOf(action, relation, emulated)
  if (effect === undefined) return undefined
  const implied = relation.relationOnDelete === undefined ? ", Prisma's default for an optional relation" : ''
  return (
    `deleting the ${relation.type} ${effect} (\`onDelete: ${action}\`${implied}), and its values do not open for any other tenant. ` +
    `Write \`onDelete: Cascade\` or \`onDelete: ${restrictIn(database, emulated)}\` in its \`@relation\` instead.`
  )
}

function updateMessage(relation: Field, database: Database, emulated: boolean): string | undefined {
  const action = relation.relationOnUpdate
  const effect = effectOf(action, relation, emulated)
  if (effect === undefined) return undefined
  return (
    `a change of the key of the ${relation.type} ${effect} (\`onUpdate: ${action}\`), and its values do not open for any other tenant. ` +
    `Write \`onUpdate: Cascade\` or \`onUpdate: ${restrictIn(database, emulated)}\` in its \`@relation\` instead.`
  )
}

function effectOf(action: string | undefined, relation: Field, emulated: boolean): string | undefined {
  const columns = relation.relationFromFields?.join(', ')
  if (action === 'SetNull') return `sets ${columns} to NULL, which hands the row to the shared tenant`
  if (action === 'SetDefault')
    return `sets ${columns} to the default, which hands the row to the tenant named by that default`
  // Where the database has no foreign keys, nothing stops the deletion.
  if (action === 'NoAction' && emulated) return `leaves ${columns} pointing at nothing, and the row without an owner`
  return undefined
}

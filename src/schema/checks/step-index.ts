import type { Database } from '../../databases/index.js'
import { areShared, type Choice } from '../choices.js'
import type { Datamodel } from '../dmmf.js'
import type { Problem } from '../problems.js'

/**
 * Foreign keys on the way to a tenant column that no database index begins with: a tenant's rows are found by them. Rows that
 * belong to shared ones are never filtered.
 */
export function stepIndexWarnings(
  datamodel: Datamodel,
  choices: ReadonlyMap<string, Choice>,
  database: Database,
  emulated: boolean,
): Problem[] {
  if (database.indexesForeignKeys && !emulated) return []
  return [...choices.values()].flatMap(({ model, field, tenant }): Problem[] => {
    if (tenant.from !== 'relation' || field === undefined || areShared(choices, model.name)) return []
    const columns = field.relationFromFields ?? []
    const isCovered = datamodel.indexes.some(
      (index) =>
        index.model === model.name &&
        index.type !== 'fulltext' &&
        columns.every((name) => index.fields.slice(0, columns.length).some((one) => one.name === name)),
    )
    if (isCovered) return []
    return [
      {
        model: model.name,
        field: field.name,
        message: `no database index begins with its foreign key, by which a tenant's rows are found. Write \`@@index([${columns.join(', ')}])\` as well.`,
      },
    ]
  })
}

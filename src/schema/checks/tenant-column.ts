import type { Database } from '../../databases/index.js'
import { type Datamodel, type Field, type Model, oppositeOf } from '../dmmf.js'
import { tenantColumnTypes } from '../model-map.js'
import type { Problem } from '../problems.js'

/** The reasons why this field cannot be the tenant column; `[]` if it can. */
export function tenantProblems(database: Database, field: Field): string[] {
  if (field.kind === 'enum' || !tenantColumnTypes.some((type) => type === field.type) || field.isList) {
    const written = `${field.type}${field.isList ? '[]' : ''}`
    return [
      `a tenant column of type \`${written}\` is not supported. Write the type \`String\`, \`Int\` or \`BigInt\` instead.`,
    ]
  }
  const problems: string[] = []
  const native = field.nativeType?.[0]
  if (field.type === 'String' && native !== undefined && !database.columns.faithfulText.includes(native)) {
    const reason = reasons[native] ?? 'may return a different spelling than was written'
    problems.push(
      `\`@db.${native}\` ${reason}, so a row's tenant could differ from the one that it was sealed for. Write \`String\` without it instead.`,
    )
  }
  return problems
}

const reasons: Record<string, string> = {
  Char: 'pads its values with blanks',
  NChar: 'pads its values with blanks',
  Citext: 'ignores case',
}

/**
 * Relations between two models with tenant columns whose foreign key does not contain the tenant. A row could be linked
 * to another tenant's row, and our filters do not see such a link in every position; a composite foreign key makes it
 * impossible in the database.
 */
export function tenantLinkWarnings(datamodel: Datamodel, tenantOf: ReadonlyMap<string, string>): Problem[] {
  const warnings: Problem[] = []
  for (const model of datamodel.models) {
    const own = tenantOf.get(model.name)
    if (own === undefined) continue
    for (const relation of model.fields) {
      const other = relation.kind === 'object' ? tenantOf.get(relation.type) : undefined
      if (other === undefined) continue
      const message = linkWarning(datamodel, model, relation, own, other)
      if (message !== undefined) warnings.push({ model: model.name, field: relation.name, message })
    }
  }
  return warnings
}

function linkWarning(
  datamodel: Datamodel,
  model: Model,
  relation: Field,
  own: string,
  other: string,
): string | undefined {
  const from = relation.relationFromFields ?? []
  const to = relation.relationToFields ?? []
  if (from.length === 0) {
    const opposite = oppositeOf(datamodel, model, relation)
    const manyToMany = relation.isList && opposite?.isList === true && opposite.relationFromFields?.length === 0
    // Reported once, from the side whose model and field come first.
    const first = opposite !== undefined && `${model.name}.${relation.name}` < `${relation.type}.${opposite.name}`
    if (!manyToMany || !first) return undefined
    return (
      `the join table to ${relation.type} does not contain the tenant, so rows of two tenants can be linked. ` +
      'Write an explicit join model with composite foreign keys that contain the tenant column instead.'
    )
  }
  if (from.some((name, i) => name === own && to[i] === other)) return undefined
  const fields = [own, ...from.filter((name) => name !== own)].join(', ')
  const references = [other, ...to.filter((name) => name !== other)].join(', ')
  return (
    `the foreign key to ${relation.type} does not contain the tenant column, so rows of two tenants can be linked. ` +
    `Write \`@relation(fields: [${fields}], references: [${references}])\` and \`@@unique([${references}])\` in ${relation.type} instead.`
  )
}

import type { Choice } from '../choices.js'
import { foreignKeyOf, isAlwaysSet } from '../dmmf.js'
import type { TenantColumnType } from '../model-map.js'
import type { Problem } from '../problems.js'
import { type Search, tenantColumnsOf } from '../suggestions.js'

/**
 * Tenant columns that name something else than the tenant: a project, which itself belongs to one, by its annotation or by
 * a column like the tenant columns of other models.
 */
export function twoMeaningsProblems(search: Search): Problem[] {
  const { datamodel, choices } = search
  return [...choices.values()].flatMap(({ model, field, tenant }): Problem[] => {
    if (tenant.from !== 'column' || field === undefined) return []
    const relation = foreignKeyOf(model, field)
    const parent = datamodel.models.find(({ name }) => name === relation?.type)
    if (relation?.relationFromFields?.length !== 1 || parent === undefined) return []
    const choice = choices.get(parent.name)
    const likely = choice === undefined ? tenantColumnsOf(search, parent)[0] : undefined
    const owner = choice?.field ?? likely
    if (owner === undefined || !isAlwaysSet(parent, owner) || owner.name === relation.relationToFields?.[0]) return []
    const steps = [`${model.name}.${relation.name}`, ...(likely === undefined ? [] : [`${parent.name}.${likely.name}`])]
    const places = steps.map((place) => `\`${place}\``)
    return [
      {
        model: model.name,
        field: field.name,
        message:
          `it names a row of ${parent.name}, which belongs to the tenant of ${parent.name}.${owner.name}, so this schema ` +
          `would have two different kinds of tenants. Write \`/// @encrypted.tenant\` on ${places.join(' and on ')} instead of \`${field.name}\`, ` +
          `and a row belongs to the tenant of its ${parent.name}.`,
      },
    ]
  })
}

/**
 * Text and numbers as tenants of one schema, where rows get their tenant from other rows: `$forTenant` accepts one spelling,
 * which must be right for all of them.
 */
export function mixedTypesProblems(choices: ReadonlyMap<string, Choice>): Problem[] {
  const all = [...choices.values()]
  const apart = all.every(
    ({ tenant, field }) => tenant.from === 'bound' || (tenant.from === 'column' && field?.isRequired === true),
  )
  if (apart) return []
  const columns = all.flatMap(({ model, field, tenant }) =>
    tenant.from === 'column' && field !== undefined ? [{ model, field, kind: kindOf(tenant.type) }] : [],
  )
  const [first] = columns
  return columns
    .filter(({ kind }) => kind !== first?.kind)
    .map(({ model, field, kind }) => ({
      model: model.name,
      field: field.name,
      message:
        `its tenants are ${kind}, and those of ${first?.model.name}.${first?.field.name} are ${first?.kind}: a client that is bound to one tenant could ` +
        `not reach both. Write the type \`${first?.field.type}\` for the same tenants instead.`,
    }))
}

function kindOf(type: TenantColumnType): 'text' | 'numbers' {
  return type === 'String' ? 'text' : 'numbers'
}

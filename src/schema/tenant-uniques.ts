import type { ModelEntry, ModelMap } from './model-map.js'
import { ownerColumns, ownerOf } from './owners.js'
import { scalarsOf } from './scalars.js'

/** The keys of a model that a database keeps unique, as `Model.field` or `Model.compound`, with their fields. */
function uniquesOf(model: string, entry: ModelEntry): { readonly name: string; readonly fields: readonly string[] }[] {
  const singles = scalarsOf(entry).flatMap(([field, { unique }]) =>
    unique === true ? [[field, [field]] as const] : [],
  )
  return [...singles, ...Object.entries(entry.compounds)].map(([name, fields]) => ({
    name: `${model}.${name}`,
    fields,
  }))
}

/**
 * Uniques that contain an index of scope `tenant`, without which they would be unique over all rows: the same value of two
 * tenants has two tokens.
 */
export function uniquePerTenant(map: ModelMap): string[] {
  return Object.entries(map.models).flatMap(([model, entry]) => {
    if (ownerOf(map, model) === 'shared') return []
    const isToken = (name: string): boolean => {
      const field = entry.fields[name]
      return field?.kind === 'scalar' && field.index?.scope === 'tenant'
    }
    const owner = ownerColumns(entry)
    return uniquesOf(model, entry)
      .filter(({ fields }) => fields.some(isToken) && !fields.some((name) => owner.includes(name)))
      .map(({ name }) => name)
  })
}

/** Compound uniques with an optional tenant column: no two NULLs are equal to the database. */
export function openToNull(map: ModelMap): string[] {
  return Object.entries(map.models).flatMap(([model, entry]) => {
    const { tenant } = entry
    if (tenant?.from !== 'column' || tenant.optional !== true) return []
    return uniquesOf(model, entry)
      .filter(({ fields }) => fields.length > 1 && fields.includes(tenant.field))
      .map(({ name }) => name)
  })
}

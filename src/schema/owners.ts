import type { ModelEntry, ModelMap } from './model-map.js'

/** Where the way from a model's rows to their tenant ends: a tenant column, shared rows, or nowhere. */
export function ownerOf(map: ModelMap, start: string): 'column' | 'shared' | undefined {
  const { tenant } = endOf(map, start)?.entry ?? {}
  return tenant?.from === 'column' || tenant?.from === 'shared' ? tenant.from : undefined
}

/** The model whose rows are the tenants of a model: what its tenant column refers to, if that is in the schema. */
export function tenantsOf(map: ModelMap, start: string): string | undefined {
  const end = endOf(map, start)
  if (end?.entry.tenant?.from !== 'column') return undefined
  const { field } = end.entry.tenant
  const relation = Object.values(end.entry.fields).find(
    (other) => other.kind === 'relation' && other.fields?.length === 1 && other.fields[0] === field,
  )
  if (relation?.kind === 'relation') return relation.model
  return end.entry.key.join() === field ? end.name : undefined
}

/** The last model on the way to the tenant; `undefined` if there is no way. */
function endOf(map: ModelMap, start: string): { name: string; entry: ModelEntry } | undefined {
  const seen = new Set<string>()
  for (let name = start; !seen.has(name); ) {
    seen.add(name)
    const entry = map.models[name]
    if (entry?.tenant === undefined) return undefined
    if (entry.tenant.from !== 'relation') return { name, entry }
    const step = entry.fields[entry.tenant.field]
    if (step?.kind !== 'relation') return undefined
    name = step.model
  }
  return undefined
}

/** The columns that say which tenant owns a row: the tenant column, or the foreign key on the way to it. */
export function ownerColumns({ tenant, fields }: ModelEntry): readonly string[] {
  if (tenant?.from === 'column') return [tenant.field]
  const step = tenant?.from === 'relation' ? fields[tenant.field] : undefined
  return step?.kind === 'relation' ? (step.fields ?? []) : []
}

import type { ModelEntry, ModelMap } from './model-map.js'

/** Where the way from a model's rows to their tenant ends: a tenant column, shared rows, or nowhere. */
export function ownerOf(map: ModelMap, start: string): 'column' | 'shared' | undefined {
  const seen = new Set<string>()
  for (let name = start; !seen.has(name); ) {
    seen.add(name)
    const entry = map.models[name]
    if (entry?.tenant === undefined || entry.tenant.from === 'bound') return undefined
    if (entry.tenant.from !== 'relation') return entry.tenant.from
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

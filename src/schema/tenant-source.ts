import type { TenantEntry } from './model-map.js'

/** Where the tenant of a model's rows comes from, in a word or two, for people. */
export function tenantSource(tenant: TenantEntry | undefined): string {
  switch (tenant?.from) {
    case 'column':
      return tenant.field
    case 'relation':
      return `through ${tenant.field}`
    case 'shared':
      return 'shared'
    case 'bound':
      return 'of each call'
    default:
      return 'from context'
  }
}

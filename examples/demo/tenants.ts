/** The three companies that share the database. Each is a tenant, with a CMK of its own. */
export const TENANTS = {
  acme: 'Acme Insurance',
  globex: 'Globex Energy',
  initech: 'Initech Bank',
} as const

export type Tenant = keyof typeof TENANTS

export const tenants = Object.keys(TENANTS) as Tenant[]

export const aliasOf = (tenant: Tenant): string => `alias/demo/${tenant}`

/** The HMAC key in KMS that the search indexes are derived from. */
export const INDEX_ALIAS = 'alias/demo/index'

export function isTenant(name: string): name is Tenant {
  return Object.hasOwn(TENANTS, name)
}

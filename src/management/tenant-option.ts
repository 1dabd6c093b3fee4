import type { TenantId } from '../tenancy/index.js'

/** The tenant that a value belongs to, if the client is not bound to one. */
export interface TenantOption {
  /** Default: the tenant that the client is bound to, or the `tenant` option. */
  tenant?: TenantId
}

import { EnvelopeTenantError } from '../errors.js'
import { canonicalTenant } from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { TenantId } from '../tenancy/index.js'

/** The tenant whose keys a verb acts on. A bound client may not act on other tenants' keys: `ENVELOPE_TENANT_BOUND`. */
export function withinBounds(runtime: EncryptionRuntime, given: TenantId): string {
  const tenant = canonicalTenant(runtime.models, given)
  const { bound } = runtime.context()
  if (bound !== undefined && bound !== tenant) throw beyondBounds(bound)
  return tenant
}

export function beyondBounds(bound: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_BOUND',
    `This client is bound to tenant ${JSON.stringify(bound)}, but the call would act on other tenants' keys. Call it on the unbound client, outside runWithTenant.`,
    { tenant: bound },
  )
}

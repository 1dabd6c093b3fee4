import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { TenantId } from '../tenancy/index.js'
import { withinBounds } from './bounds.js'

/** `$encryption.indexCheck`. */
export async function indexCheck(runtime: EncryptionRuntime, tenant?: TenantId): Promise<string> {
  return runtime.indexKeys().check(tenant === undefined ? undefined : withinBounds(runtime, tenant))
}

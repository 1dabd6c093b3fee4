import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { TenantId } from '../tenancy/index.js'
import { withinBounds } from './bounds.js'

/** `$encryption.evict`. */
export function evict(runtime: EncryptionRuntime, tenant: TenantId): void {
  runtime.keys.evict(withinBounds(runtime, tenant))
}

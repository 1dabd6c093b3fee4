import { AsyncLocalStorage } from 'node:async_hooks'
import { type TenantId, tenantText } from './tenant.js'

/**
 * The tenant of the running call. One store per process, however many copies of this package are loaded: two stores
 * would let a tenant that one copy was told of go unseen by the other.
 */
const STORE = Symbol.for('prisma-envelope/tenant/v1')

const registry = globalThis as typeof globalThis & { [STORE]?: AsyncLocalStorage<string> }
registry[STORE] ??= new AsyncLocalStorage<string>()
const store = registry[STORE]

/** The tenant that `runWithTenant` or a bound client set for what runs now. */
export function ambientTenant(): string | undefined {
  return store.getStore()
}

/** Calls `work` inside the tenant's context. What it leaves pending keeps the context. */
export function enterTenant<A extends unknown[], T>(tenant: string, work: (...args: A) => T, ...args: A): T {
  return store.run(tenant, work, ...args)
}

/**
 * Runs `work` for one tenant: every call of an extended client that is made inside it, however deep, is that tenant's,
 * wherever its promise is awaited. Inside, a call that was made outside every tenant is refused when it is awaited.
 *
 * @example
 * ```ts
 * const patients = await runWithTenant('acme', () => prisma.patient.findMany())
 * ```
 *
 * @throws `ENVELOPE_TENANT_INVALID` for what cannot be a tenant: as a rejection, never synchronously.
 */
export async function runWithTenant<T>(tenant: TenantId, work: () => T | PromiseLike<T>): Promise<T> {
  // Awaited inside: whatever else is lazy (a query builder, a thenable) would otherwise run outside the context.
  return store.run(tenantText(tenant), async () => await work())
}

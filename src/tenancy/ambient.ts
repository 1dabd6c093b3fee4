import { AsyncLocalStorage } from 'node:async_hooks'
import { type TenantId, tenantText } from './tenant.js'

/**
 * The tenant of the running call. One store per process, however many copies of this package are loaded: with two stores,
 * one copy would not see the tenant that was set through the other.
 */
const STORE = Symbol.for('prisma-envelope/tenant/v1')

const registry = globalThis as typeof globalThis & { [STORE]?: AsyncLocalStorage<string> }
registry[STORE] ??= new AsyncLocalStorage<string>()
const store = registry[STORE]

/** The tenant that `runWithTenant` or a bound client has set for the code that is running. */
export function ambientTenant(): string | undefined {
  return store.getStore()
}

/** Calls `work` inside the tenant's context. Whatever it leaves pending keeps the context. */
export function enterTenant<A extends unknown[], T>(tenant: string, work: (...args: A) => T, ...args: A): T {
  return store.run(tenant, work, ...args)
}

/**
 * Runs `work` for one tenant: every call of an extended client that is made inside it, however deep, is for that tenant,
 * wherever its promise is awaited. A call that was made outside every tenant is refused when it is awaited inside.
 *
 * @example
 * ```ts
 * const patients = await runWithTenant('acme', () => prisma.patient.findMany())
 * ```
 *
 * @throws `ENVELOPE_TENANT_INVALID` for an invalid tenant: as a rejection, never synchronously.
 */
export async function runWithTenant<T>(tenant: TenantId, work: () => T | PromiseLike<T>): Promise<T> {
  // Awaited inside: anything else that is lazy (a query builder, a thenable) would otherwise run outside the context.
  return store.run(tenantText(tenant), async () => await work())
}

import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { runWithTenant } from 'prisma-envelope'
import type { Db } from './db.js'
import { unauthorized } from './errors.js'

/** What the tenant middleware leaves for the handlers and the log. */
export interface TenantEnv {
  Variables: { tenant: string }
}

/**
 * Finds out who calls, and runs the rest of the request for that tenant: handlers use `prisma` and name no tenant.
 *
 * `runWithTenant` awaits `next()` inside its context, so the context lasts until the handler is done, and no request
 * sees another's.
 */
export function tenantFromApiKey(prisma: Db): MiddlewareHandler<TenantEnv> {
  return async (c, next) => {
    const tenant = await tenantOfKey(prisma, c.req.header('Authorization'))
    // A missing key and an unknown one look the same from outside.
    if (tenant === undefined) throw unauthorized()
    c.set('tenant', tenant)
    await runWithTenant(tenant, next)
  }
}

/** The tenant never comes from the request itself, as a header or a path would: it is what the key was issued for. */
async function tenantOfKey(prisma: Db, authorization: string | undefined): Promise<string | undefined> {
  const key = /^Bearer (\S{16,256})$/i.exec(authorization ?? '')?.[1]
  if (key === undefined) return undefined
  const found = await prisma.apiKey.findUnique({ where: { hash: hashOfKey(key) } })
  return found?.tenant
}

/** Looked up by hash: how long that takes says nothing about how close a guessed key was. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

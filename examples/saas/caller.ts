import type { MiddlewareHandler } from 'hono'
import type { Auth } from './auth.js'
import { type Db, SHARED } from './db.js'
import { found, refuse } from './errors.js'
import { hashOf } from './tokens.js'

/** Who sends a request: a person, with a session or a key of theirs, or the key of an organisation. */
export type Caller = { readonly userId: string } | { readonly organizationId: string }

export interface CallerEnv {
  Variables: { caller: Caller }
}

/** Inside `/organizations/:organization`: `db` is bound to that organisation, and reaches nothing of any other. */
export interface MemberEnv {
  Variables: { caller: Caller; db: Db; organizationId: string; isOwner: boolean }
}

/** Finds out who calls. */
export function authenticated(prisma: Db, auth: Auth): MiddlewareHandler<CallerEnv> {
  return async (c, next) => {
    const key = c.req.header('Authorization')
    const caller = key === undefined ? await ofSession(auth, c.req.raw.headers) : await ofApiKey(prisma, key)
    c.set('caller', caller ?? refuse('unauthorized'))
    await next()
  }
}

/**
 * The organisation switcher: the path names an organisation, the membership admits to it, and the rest of the request has a
 * client of that tenant. To anyone else it does not exist.
 */
export function inOrganization(prisma: Db): MiddlewareHandler<MemberEnv> {
  return async (c, next) => {
    const organizationId = found(c.req.param('organization'))
    const role = found(await roleIn(prisma, organizationId, c.var.caller))
    c.set('organizationId', organizationId)
    c.set('isOwner', role === 'owner')
    c.set('db', prisma.$forTenant(organizationId))
    await next()
  }
}

export const ownersOnly: MiddlewareHandler<MemberEnv> = async (c, next) => {
  if (!c.var.isOwner) refuse('forbidden')
  await next()
}

/** The person who calls. What only a person can do is not for an organisation's key. */
export function personOf(caller: Caller): string {
  return 'userId' in caller ? caller.userId : refuse('forbidden')
}

async function roleIn(prisma: Db, organizationId: string, caller: Caller): Promise<string | undefined> {
  if ('organizationId' in caller) return caller.organizationId === organizationId ? 'member' : undefined
  const { userId } = caller
  const membership = await prisma.membership.findUnique({
    where: { organizationId_userId: { organizationId, userId } },
  })
  return membership?.role
}

async function ofSession(auth: Auth, headers: Headers): Promise<Caller | undefined> {
  const session = await auth.api.getSession({ headers })
  return session === null ? undefined : { userId: session.user.id }
}

/** A key is found before it is known which tenant owns it: `tenantOf` says so, and only then is its row opened. */
async function ofApiKey(prisma: Db, authorization: string): Promise<Caller | undefined> {
  const key = /^Bearer (\S+)$/i.exec(authorization)?.[1]
  if (key === undefined) return undefined
  const hash = hashOf(key)
  const tenant = await prisma.$encryption.tenantOf('ApiKey', { hash })
  if (tenant === undefined) return undefined
  if (tenant !== SHARED) return { organizationId: String(tenant) }
  return (await prisma.$forTenant(tenant).apiKey.findUnique({ where: { hash }, select: { userId: true } })) ?? undefined
}

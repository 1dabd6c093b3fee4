import { type Context, type Env, Hono } from 'hono'
import { z } from 'zod'
import { type CallerEnv, type MemberEnv, ownersOnly, personOf } from './caller.js'
import { type Db, SHARED } from './db.js'
import { bodyOf, text } from './input.js'
import { hashOf, newToken } from './tokens.js'

const NewApiKey = z.strictObject({ name: text(100) })
const SHOWN = { id: true, name: true, createdAt: true } as const

/** `/api-keys`: a person's own. They belong to no organisation, so the shared tenant's client reaches them, and all others'. */
export function personalApiKeys(prisma: Db): Hono<CallerEnv> {
  const db = prisma.$forTenant(SHARED)
  return apiKeys<CallerEnv>((c) => ({ db, owner: { userId: personOf(c.var.caller) }, userId: personOf(c.var.caller) }))
}

/** `/organizations/:organization/api-keys`: the organisation's. Its owners make them. */
export function organizationApiKeys(): Hono<MemberEnv> {
  const routes = new Hono<MemberEnv>()
  routes.use(ownersOnly)
  return routes.route(
    '/',
    apiKeys<MemberEnv>((c) => ({ db: c.var.db, owner: {}, userId: personOf(c.var.caller) })),
  )
}

interface Scope {
  readonly db: Db
  /** Whose keys those of `db` are, where these are not all. */
  readonly owner: { userId?: string }
  readonly userId: string
}

function apiKeys<E extends Env>(scopeOf: (c: Context<E>) => Scope): Hono<E> {
  const routes = new Hono<E>()

  routes.post('/', async (c) => {
    const { db, userId } = scopeOf(c)
    const { name } = await bodyOf(c, NewApiKey)
    const key = newToken()
    // The bound client fills in the column that says who owns it: the organisation, or NULL for the shared tenant.
    const row = await db.apiKey.create({ data: { name, userId, hash: hashOf(key) }, select: SHOWN })
    // Shown this once.
    return c.json({ ...row, key }, 201)
  })

  routes.get('/', async (c) => {
    const { db, owner } = scopeOf(c)
    return c.json({ apiKeys: await db.apiKey.findMany({ where: owner, select: SHOWN }) })
  })

  routes.delete('/:id', async (c) => {
    const { db, owner } = scopeOf(c)
    await db.apiKey.delete({ where: { id: c.req.param('id'), ...owner }, select: { id: true } })
    return c.body(null, 204)
  })

  return routes
}

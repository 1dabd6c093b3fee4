import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { customers } from './customers.js'
import type { Db } from './db.js'
import { notFound, onError, Problem } from './errors.js'
import type { Log } from './log.js'
import { type TenantEnv, tenantFromApiKey } from './tenant.js'

const LARGEST_BODY = 64 * 1024

/** The whole API. It opens and closes nothing: `server.ts` does, and so do the tests. */
export function createApp(prisma: Db, log: Log): Hono<TenantEnv> {
  const app = new Hono<TenantEnv>()
  app.onError(onError(log))
  app.notFound(() => {
    throw notFound()
  })

  app.use(async (c, next) => {
    const started = performance.now()
    await next()
    log({
      level: 'info',
      event: 'request',
      method: c.req.method,
      // The pattern, not the path or the query, in which callers may put anything.
      route: c.req.routePath,
      status: c.res.status,
      ms: Math.round(performance.now() - started),
      tenant: c.get('tenant'),
    })
  })

  app.get('/health', (c) => c.json({ ok: true }))

  app.use('/customers/*', tenantFromApiKey(prisma))
  app.use('/customers/*', bodyLimit({ maxSize: LARGEST_BODY, onError: refuseBody }))
  app.route('/customers', customers(prisma))
  return app
}

function refuseBody(): never {
  throw new Problem('too-large')
}

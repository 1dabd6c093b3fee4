import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { organizationApiKeys, personalApiKeys } from './api-keys.js'
import { createAuth } from './auth.js'
import { authenticated, inOrganization, type MemberEnv } from './caller.js'
import type { Db } from './db.js'
import { documents } from './documents.js'
import { onError, refuse } from './errors.js'
import { invitationLinks, invitations } from './invitations.js'
import type { CreateKey } from './kms.js'
import type { Log } from './log.js'
import type { SendMail } from './mail.js'
import { organization, organizations } from './organizations.js'
import { signing } from './signing.js'

export interface Services {
  readonly prisma: Db
  readonly createKey: CreateKey
  readonly sendMail: SendMail
  readonly log: Log
  /** Where the application is reached from outside: links begin with it, and cookies are for it. */
  readonly baseURL: string
  /** Signs the session cookies. */
  readonly secret: string
}

const LARGEST_BODY = 256 * 1024

/** The whole application. It opens and closes nothing: `server.ts` does, and so do the tests. */
export function createApp({ prisma, createKey, sendMail, log, baseURL, secret }: Services): Hono<MemberEnv> {
  const auth = createAuth(prisma, { baseURL, secret, sendMail })
  const app = new Hono<MemberEnv>()
  app.onError(onError(log))
  app.notFound(() => refuse('not-found'))
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: () => refuse('too-large') }))

  // Before anyone is known.
  app.on(['GET', 'POST'], '/auth/*', (c) => auth.handler(c.req.raw))
  app.route('/sign', signing(prisma))

  // A person, or a key.
  app.use(authenticated(prisma, auth))
  app.route('/api-keys', personalApiKeys(prisma))
  app.route('/invitations', invitationLinks(prisma))
  app.route('/organizations', organizations(prisma, createKey))

  // A member of this organisation: from here on the client is bound to it.
  const one = '/organizations/:organization'
  app.use(`${one}/*`, inOrganization(prisma))
  app.route(one, organization())
  app.route(`${one}/invitations`, invitations(sendMail, baseURL))
  app.route(`${one}/documents`, documents(sendMail, baseURL))
  app.route(`${one}/api-keys`, organizationApiKeys())
  return app
}

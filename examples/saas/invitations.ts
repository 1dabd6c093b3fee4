import { Hono } from 'hono'
import { z } from 'zod'
import { type CallerEnv, type MemberEnv, ownersOnly, personOf } from './caller.js'
import type { Db } from './db.js'
import { found } from './errors.js'
import { bodyOf, email } from './input.js'
import type { SendMail } from './mail.js'
import { newToken } from './tokens.js'

const NewInvitation = z.strictObject({ email, role: z.enum(['member', 'owner']).default('member') })
const SHOWN = { id: true, email: true, role: true, expiresAt: true } as const
const WEEK = 7 * 24 * 60 * 60 * 1000

/** `/organizations/:organization/invitations`: for owners. */
export function invitations(sendMail: SendMail, baseURL: string): Hono<MemberEnv> {
  const routes = new Hono<MemberEnv>()
  routes.use(ownersOnly)

  routes.post('/', async (c) => {
    const { organizationId, db } = c.var
    const data = await bodyOf(c, NewInvitation)
    const token = newToken()
    const invitation = await db.invitation.create({
      data: { ...data, token, expiresAt: new Date(Date.now() + WEEK), organizationId },
      select: SHOWN,
    })
    await sendMail({ to: data.email, subject: 'You are invited', link: `${baseURL}/invitations/${token}` })
    return c.json(invitation, 201)
  })

  routes.get('/', async (c) => c.json({ invitations: await c.var.db.invitation.findMany({ select: SHOWN }) }))

  routes.delete('/:id', async (c) => {
    await c.var.db.invitation.delete({ where: { id: c.req.param('id') }, select: { id: true } })
    return c.body(null, 204)
  })

  return routes
}

/** `/invitations/:token`: for whoever got the link, and has logged in. Which organisation it is of, only the token says. */
export function invitationLinks(prisma: Db): Hono<CallerEnv> {
  const routes = new Hono<CallerEnv>()

  routes.get('/:token', async (c) => {
    const token = c.req.param('token')
    const db = prisma.$forTenant(found(await prisma.$encryption.tenantOf('Invitation', { token })))
    const invitation = await db.invitation.findFirst({
      where: { token, expiresAt: { gt: new Date() } },
      select: { email: true, role: true, organization: { select: { id: true, name: true } } },
    })
    return c.json(found(invitation))
  })

  routes.post('/:token/accept', async (c) => {
    const userId = personOf(c.var.caller)
    const token = c.req.param('token')
    const db = prisma.$forTenant(found(await prisma.$encryption.tenantOf('Invitation', { token })))
    const membership = await db.$transaction(async (tx) => {
      const where = { token, expiresAt: { gt: new Date() } }
      const { id, role, organizationId } = found(await tx.invitation.findFirst({ where }))
      // Of two who accept at once, the second finds nothing to delete.
      await tx.invitation.delete({ where: { id }, select: { id: true } })
      return tx.membership.create({ data: { organizationId, userId, role } })
    })
    return c.json({ organizationId: membership.organizationId, role: membership.role }, 201)
  })

  return routes
}

import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import { type CallerEnv, type MemberEnv, ownersOnly, personOf } from './caller.js'
import type { Db } from './db.js'
import { found, refuse } from './errors.js'
import { bodyOf, email, text } from './input.js'
import type { CreateKey } from './kms.js'

const NewOrganization = z.strictObject({ name: text(200), billingEmail: email.exactOptional() })
const Changes = z.strictObject({ name: text(200).exactOptional(), billingEmail: email.nullable().exactOptional() })

/** `/organizations`: those that a person belongs to. */
export function organizations(prisma: Db, createKey: CreateKey): Hono<CallerEnv> {
  const routes = new Hono<CallerEnv>()

  routes.post('/', async (c) => {
    const userId = personOf(c.var.caller)
    const data = await bodyOf(c, NewOrganization)
    const id = randomUUID()
    await createKey(id)
    const organization = await prisma.$forTenant(id).organization.create({
      data: { id, ...data, memberships: { create: { userId, role: 'owner' } } },
    })
    return c.json(organization, 201)
  })

  // For the switcher. An organisation is read by a client of its own, and its name needs no key.
  routes.get('/', async (c) => {
    const memberships = await prisma.membership.findMany({ where: { userId: personOf(c.var.caller) } })
    const all = memberships.map(async ({ organizationId: id, role }) => {
      const own = await prisma.$forTenant(id).organization.findUnique({ where: { id }, select: { name: true } })
      return { id, role, name: own?.name }
    })
    return c.json({ organizations: await Promise.all(all) })
  })

  return routes
}

/** `/organizations/:organization`, and its members. */
export function organization(): Hono<MemberEnv> {
  const routes = new Hono<MemberEnv>()

  routes.get('/', async (c) => {
    return c.json(found(await c.var.db.organization.findUnique({ where: { id: c.var.organizationId } })))
  })

  routes.patch('/', ownersOnly, async (c) => {
    const data = await bodyOf(c, Changes)
    return c.json(await c.var.db.organization.update({ where: { id: c.var.organizationId }, data }))
  })

  routes.delete('/', ownersOnly, async (c) => {
    // Its documents, invitations and keys go with it. Then schedule the deletion of its CMK: what is in backups is gone too.
    await c.var.db.organization.delete({ where: { id: c.var.organizationId }, select: { id: true } })
    return c.body(null, 204)
  })

  routes.get('/members', async (c) => {
    const members = await c.var.db.membership.findMany({
      where: { organizationId: c.var.organizationId },
      select: { role: true, user: { select: { id: true, name: true, email: true } } },
      orderBy: { id: 'asc' },
    })
    return c.json({ members: members.map(({ role, user }) => ({ ...user, role })) })
  })

  routes.delete('/members/:user', ownersOnly, async (c) => {
    const { organizationId } = c.var
    const where = { organizationId_userId: { organizationId, userId: c.req.param('user') } }
    const { role } = found(await c.var.db.membership.findUnique({ where }))
    if (role === 'owner') refuse('conflict', 'An organisation keeps its owner.')
    await c.var.db.membership.delete({ where })
    return c.body(null, 204)
  })

  return routes
}

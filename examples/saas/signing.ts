import { Hono } from 'hono'
import { z } from 'zod'
import type { Db } from './db.js'
import { FIELDS } from './documents.js'
import { found, refuse } from './errors.js'
import { bodyOf, text } from './input.js'

const Signature = z.strictObject({ fields: z.record(z.string(), text(1000)).default({}) })

interface SigningEnv {
  Variables: { db: Db }
}

/** `/sign/:token`: without an account. The token finds its recipient, and the recipient's document the tenant. */
export function signing(prisma: Db): Hono<SigningEnv> {
  const routes = new Hono<SigningEnv>()

  routes.use('/:token', async (c, next) => {
    const tenant = found(await prisma.$encryption.tenantOf('Recipient', { token: c.req.param('token') }))
    c.set('db', prisma.$forTenant(tenant))
    await next()
  })

  routes.get('/:token', async (c) => {
    const recipient = await c.var.db.recipient.findFirst({
      where: { token: c.req.param('token'), document: { status: 'sent' } },
      select: {
        name: true,
        signedAt: true,
        document: { select: { title: true, body: true } },
        fields: FIELDS,
      },
    })
    return c.json(found(recipient))
  })

  routes.post('/:token', async (c) => {
    const { fields: values } = await bodyOf(c, Signature)
    const signedAt = new Date()
    await c.var.db.$transaction(async (tx) => {
      const { id, fields } = found(
        await tx.recipient.findFirst({
          where: { token: c.req.param('token'), document: { status: 'sent' } },
          select: { id: true, fields: { select: { id: true } } },
        }),
      )
      if (fields.length !== Object.keys(values).length || !fields.every((field) => Object.hasOwn(values, field.id))) {
        refuse('invalid', 'Every field must be filled in.')
      }
      // Of two who sign at once, the second changes nothing.
      const { count } = await tx.recipient.updateMany({ where: { id, signedAt: null }, data: { signedAt } })
      if (count === 0) refuse('conflict', 'It has been signed.')
      for (const field of fields) {
        await tx.field.update({
          where: { id: field.id },
          data: { value: values[field.id] ?? null },
          select: { id: true },
        })
      }
    })
    return c.json({ signedAt })
  })

  return routes
}

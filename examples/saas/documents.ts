import { Hono } from 'hono'
import { z } from 'zod'
import type { MemberEnv } from './caller.js'
import { found, refuse } from './errors.js'
import type { Prisma } from './generated/prisma/client.js'
import { bodyOf, email, text } from './input.js'
import type { SendMail } from './mail.js'
import { newToken } from './tokens.js'

const Content = z.strictObject({ title: text(200), body: text(50_000) })
const Recipients = z.array(z.strictObject({ name: text(200), email, fields: z.array(text(200)).max(20).default([]) }))
const NewDocument = Content.extend({ recipients: Recipients.min(1).max(20) })
const Changes = z.strictObject({ title: Content.shape.title.exactOptional(), body: Content.shape.body.exactOptional() })
const PAGE = 50

export const FIELDS = {
  orderBy: { position: 'asc' },
  select: { id: true, label: true, value: true },
} as const satisfies Prisma.Recipient$fieldsArgs

/** All but the signing links' tokens, which are for the recipients alone. */
const SHOWN = {
  id: true,
  title: true,
  body: true,
  status: true,
  createdAt: true,
  recipients: {
    orderBy: { position: 'asc' },
    select: { id: true, name: true, email: true, signedAt: true, fields: FIELDS },
  },
} as const satisfies Prisma.DocumentSelect

/**
 * `/organizations/:organization/documents`: plain Prisma. `db` seals and opens under the organisation's key, and adds it to
 * every filter, also for recipients and fields, which have no column for it.
 */
export function documents(sendMail: SendMail, baseURL: string): Hono<MemberEnv> {
  const routes = new Hono<MemberEnv>()

  routes.post('/', async (c) => {
    const { recipients, ...content } = await bodyOf(c, NewDocument)
    const create = recipients.map(({ fields, ...recipient }, position) => ({
      ...recipient,
      position,
      token: newToken(),
      fields: { create: fields.map((label, position) => ({ label, position })) },
    }))
    const data = { ...content, organizationId: c.var.organizationId, recipients: { create } }
    return c.json(await c.var.db.document.create({ data, select: SHOWN }), 201)
  })

  // By a recipient's address, if one is given: found by its blind index, which is the organisation's own.
  routes.get('/', async (c) => {
    const { recipient, after } = c.req.query()
    const documents = await c.var.db.document.findMany({
      ...(recipient !== undefined && { where: { recipients: { some: { email: recipient } } } }),
      ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
      orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      take: PAGE,
      select: { id: true, title: true, status: true, createdAt: true },
    })
    return c.json({ documents })
  })

  routes.get('/:id', async (c) => {
    return c.json(found(await c.var.db.document.findUnique({ where: { id: c.req.param('id') }, select: SHOWN })))
  })

  routes.patch('/:id', async (c) => {
    const id = c.req.param('id')
    const data = await bodyOf(c, Changes)
    // What has been sent is what is being signed.
    await mustBeDraft(c.var.db.document.findUnique({ where: { id }, select: { status: true } }))
    return c.json(await c.var.db.document.update({ where: { id, status: 'draft' }, data, select: SHOWN }))
  })

  routes.delete('/:id', async (c) => {
    await c.var.db.document.delete({ where: { id: c.req.param('id') }, select: { id: true } })
    return c.body(null, 204)
  })

  routes.post('/:id/send', async (c) => {
    const { db } = c.var
    const id = c.req.param('id')
    await mustBeDraft(db.document.findUnique({ where: { id }, select: { status: true } }))
    const { title, recipients } = await db.document.update({
      where: { id, status: 'draft' },
      data: { status: 'sent' },
      select: { title: true, recipients: { select: { email: true, token: true } } },
    })
    for (const { email: to, token } of recipients) {
      await sendMail({ to, subject: `Please sign: ${title}`, link: `${baseURL}/sign/${token}` })
    }
    return c.json({ id, status: 'sent' })
  })

  return routes
}

async function mustBeDraft(document: PromiseLike<{ status: string } | null>): Promise<void> {
  if (found(await document).status !== 'draft') refuse('conflict', 'The document has been sent.')
}

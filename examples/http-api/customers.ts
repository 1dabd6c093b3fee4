import { type Context, Hono } from 'hono'
import { parseChanges, parseNewCustomer } from './customer-input.js'
import { ORDERS, parseSearch } from './customer-search.js'
import type { Db } from './db.js'
import { invalidRequest, notFound } from './errors.js'
import type { Prisma } from './generated/prisma/client.js'
import type { TenantEnv } from './tenant.js'

const DEFAULT_PAGE = 20
const LARGEST_PAGE = 100

/** What callers see of a customer: all but the tenant, which is themselves. */
const SHOWN = {
  id: true,
  status: true,
  name: true,
  email: true,
  phone: true,
  birthday: true,
  notes: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.CustomerSelect

/**
 * The routes under `/customers`. They run inside `tenantFromApiKey`, so `prisma` is the tenant's: values are sealed and
 * opened under its keys, and no filter reaches another tenant's rows, though none of these names a tenant.
 */
export function customers(prisma: Db): Hono<TenantEnv> {
  const routes = new Hono<TenantEnv>()

  routes.post('/', async (c) => {
    const data = parseNewCustomer(await bodyOf(c))
    const customer = await prisma.customer.create({ data, select: SHOWN })
    return c.json(customer, 201, { Location: `/customers/${customer.id}` })
  })

  routes.get('/', async (c) => {
    const { limit, after } = pageOf(c.req.query())
    const found = await prisma.customer.findMany({
      ...(after === undefined ? {} : { where: { id: { gt: after } } }),
      orderBy: { id: 'asc' },
      take: limit + 1,
      select: SHOWN,
    })
    const page = found.slice(0, limit)
    return c.json({ customers: page, next: found.length > limit ? page.at(-1)?.id : null })
  })

  // In the body, since URLs get into logs: what is typed is as private as what is found.
  routes.post('/search', async (c) => {
    const { q, sort, status, limit, after } = parseSearch(await bodyOf(c))
    const contains = { contains: q }
    const { rows, cursor } = await prisma.$encryption.search('Customer', {
      where: { status },
      match: { OR: [{ name: contains }, { email: contains }, { phone: contains }] },
      mode: 'insensitive',
      orderBy: ORDERS[sort],
      locale: 'en',
      select: SHOWN,
      take: limit,
      cursor: after === undefined ? undefined : { id: after },
      // Closed by the caller when the next letter is typed.
      signal: c.req.raw.signal,
    })
    return c.json({ customers: rows, next: cursor?.id ?? null })
  })

  routes.get('/:id', async (c) => {
    const customer = await prisma.customer.findUnique({ where: { id: idOf(c.req.param('id')) }, select: SHOWN })
    if (customer === null) throw notFound()
    return c.json(customer)
  })

  routes.patch('/:id', async (c) => {
    const id = idOf(c.req.param('id'))
    const data = parseChanges(await bodyOf(c))
    return c.json(await prisma.customer.update({ where: { id }, data, select: SHOWN }))
  })

  routes.delete('/:id', async (c) => {
    // Nothing encrypted is asked back: a customer can be deleted even while the tenant's CMK is disabled.
    await prisma.customer.delete({ where: { id: idOf(c.req.param('id')) }, select: { id: true } })
    return c.body(null, 204)
  })

  // With more than ten thousand customers, look them up by their whole e-mail address: that needs a blind index on `email`
  // (`@encrypted.index`) and the option `indexCmk`.

  return routes
}

async function bodyOf(c: Context): Promise<unknown> {
  const text = await c.req.text()
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body.
    throw invalidRequest('The body must be JSON.')
  }
}

/** An id that no customer can have is one that no customer has. */
function idOf(text: string): string {
  if (!isId(text)) throw notFound()
  return text
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** Other parameters are refused: a filter that is ignored would answer with customers that were not asked for. */
function pageOf({ limit = String(DEFAULT_PAGE), after, ...others }: Record<string, string>) {
  if (Object.keys(others).length > 0) throw invalidRequest('The parameters are limit and after.')
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LARGEST_PAGE) {
    throw invalidRequest(`limit must be a whole number from 1 to ${LARGEST_PAGE}.`)
  }
  if (after !== undefined && !isId(after)) throw invalidRequest('after must be what next said on the page before.')
  return { limit: Number(limit), after }
}

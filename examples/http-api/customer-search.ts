import { invalidRequest } from './errors.js'

/** What can be sorted by. Names that are the same are told apart by when they were entered. */
export const ORDERS = {
  name: [{ name: 'asc' }, { createdAt: 'asc' }],
  email: [{ email: 'asc' }],
  newest: [{ createdAt: 'desc' }],
} as const

const STATUSES: readonly unknown[] = ['active', 'archived']
const LARGEST_PAGE = 100
const LONGEST = 200

export interface CustomerSearch {
  /** What was typed into the box. */
  readonly q: string
  readonly sort: keyof typeof ORDERS
  readonly status: string | undefined
  readonly limit: number
  /** What `next` said on the page before. */
  readonly after: string | undefined
}

/** Throws an `invalid-request` problem. */
export function parseSearch(body: unknown): CustomerSearch {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidRequest('The body must be a JSON object.')
  }
  const { q = '', sort = 'name', status, limit = 20, after, ...others } = body as Record<string, unknown>
  if (Object.keys(others).length > 0) throw invalidRequest('A search has q, sort, status, limit and after.')
  if (typeof q !== 'string' || q.length > LONGEST || !q.isWellFormed()) {
    throw invalidRequest(`q must be a text of at most ${LONGEST} characters.`)
  }
  if (typeof sort !== 'string' || !isOrder(sort))
    throw invalidRequest(`sort must be ${Object.keys(ORDERS).join(', ')}.`)
  if (status !== undefined && !STATUSES.includes(status)) throw invalidRequest('status must be active or archived.')
  if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > LARGEST_PAGE) {
    throw invalidRequest(`limit must be a whole number from 1 to ${LARGEST_PAGE}.`)
  }
  if (after !== undefined && typeof after !== 'string') {
    throw invalidRequest('after must be what next said on the page before.')
  }
  return { q: q.trim(), sort, status: status as string | undefined, limit: Number(limit), after }
}

function isOrder(name: string): name is keyof typeof ORDERS {
  return Object.hasOwn(ORDERS, name)
}

import type { Context } from 'hono'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from 'prisma-envelope'
import { Prisma } from './generated/prisma/client.js'
import type { Log } from './log.js'

/**
 * What callers are told, as `application/problem+json` (RFC 9457). The list is closed and every text in it is fixed: what
 * a caller sees never comes from an error's message, so no value, tenant, key or query can get into it.
 */
const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid.' },
  unauthorized: { status: 401, title: 'A valid API key is needed: Authorization: Bearer <key>.' },
  'not-found': { status: 404, title: 'There is no such thing here.' },
  cancelled: { status: 400, title: 'The request was cancelled.' },
  'list-changed': { status: 409, title: 'The list has changed. Begin with the first page.' },
  'too-many': { status: 422, title: 'There are too many customers to search. Choose a status first.' },
  'too-large': { status: 413, title: 'The request body is too large.' },
  'key-unavailable': { status: 503, title: 'The encryption key of this account cannot be used at the moment.' },
  'try-again': { status: 503, title: 'The service is busy. Try again soon.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
} as const

export type ProblemName = keyof typeof PROBLEMS

/** An answer other than success, thrown from anywhere in a request. `detail` is a text of ours, never of the caller's. */
export class Problem extends Error {
  readonly problem: ProblemName
  readonly detail: string | undefined

  constructor(problem: ProblemName, detail?: string) {
    super(detail ?? PROBLEMS[problem].title)
    this.name = 'Problem'
    this.problem = problem
    this.detail = detail
  }
}

export const invalidRequest = (detail: string): Problem => new Problem('invalid-request', detail)
export const unauthorized = (): Problem => new Problem('unauthorized')
export const notFound = (): Problem => new Problem('not-found')

/** Every error of the library that an API has a better answer to than 500. */
const ENVELOPE_PROBLEMS: Partial<Record<EnvelopeErrorCode, ProblemName>> = {
  // The clinic, or whoever owns its CMK, has withdrawn it; nobody else is concerned.
  ENVELOPE_KMS_DISABLED: 'key-unavailable',
  ENVELOPE_KMS_INVALID_STATE: 'key-unavailable',
  ENVELOPE_KMS_ACCESS_DENIED: 'key-unavailable',
  ENVELOPE_KMS_NOT_FOUND: 'key-unavailable',
  ENVELOPE_TENANT_UNKNOWN: 'key-unavailable',
  // Another tenant's row is as if it were not there.
  ENVELOPE_TENANT_MISMATCH: 'not-found',
  ENVELOPE_TENANT_CONFLICT: 'not-found',
  ENVELOPE_VALUE_INVALID: 'invalid-request',
  ENVELOPE_SEARCH_TOO_LARGE: 'too-many',
  ENVELOPE_SEARCH_CURSOR_GONE: 'list-changed',
}

/** The answer to whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof EnvelopeKeyError && error.retryable) return new Problem('try-again')
  if (error instanceof EnvelopeError) return new Problem(ENVELOPE_PROBLEMS[error.code] ?? 'internal')
  // The caller has gone: nobody reads the answer.
  if (error instanceof Error && error.name === 'AbortError') return new Problem('cancelled')
  // "Record to update not found": gone, or another tenant's, which the client's lock keeps out of reach.
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2025') return notFound()
  return new Problem('internal')
}

/** The application's error handler: logs what an operator needs, answers with what a caller may know. */
export function onError(log: Log): (error: Error, c: Context) => Response {
  return (error, c) => {
    const problem = problemOf(error)
    const { status } = PROBLEMS[problem.problem]
    if (status >= 500) log({ level: 'error', event: 'request failed', ...describe(error) })
    return respond(c, problem)
  }
}

function respond(c: Context, { problem, detail }: Problem): Response {
  const { status, title } = PROBLEMS[problem]
  if (problem === 'unauthorized') c.header('WWW-Authenticate', 'Bearer')
  if (problem === 'try-again') c.header('Retry-After', '5')
  const body = { type: `urn:clinics:problem:${problem}`, title, status, ...(detail === undefined ? {} : { detail }) }
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' })
}

/**
 * An error for the log. An `EnvelopeError` is safe as it is. Of any other, the message is left out: Prisma prints a
 * call's arguments in it, and databases print rows.
 */
function describe(error: unknown): Record<string, unknown> {
  if (error instanceof EnvelopeError) {
    const { name, code, message, model, field, tenant } = error
    return { error: name, code, message, model, field, tenant }
  }
  if (!(error instanceof Error)) return { error: typeof error }
  const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined
  return { error: error.name, code, at: framesOf(error) }
}

/** The stack without the message that it begins with. */
function framesOf({ stack = '', message }: Error): string[] {
  const from = stack.indexOf(message)
  if (from < 0) return []
  const frames = stack.slice(from + message.length).split('\n')
  return frames.slice(1, 6).map((frame) => frame.trim())
}

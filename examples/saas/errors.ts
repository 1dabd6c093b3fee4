import type { Context } from 'hono'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from 'prisma-envelope'
import { Prisma } from './generated/prisma/client.js'
import type { Log } from './log.js'

/** What callers are told, all of it: an error's own message may hold what was sent or stored. */
const PROBLEMS = {
  invalid: [400, 'The request is not valid.'],
  unauthorized: [401, 'Log in, or send an API key: Authorization: Bearer <key>.'],
  forbidden: [403, 'This is only for owners of the organisation, or for people who are logged in, not for API keys.'],
  'not-found': [404, 'There is no such thing here.'],
  conflict: [409, 'It is not in a state that allows this.'],
  'too-large': [413, 'The request body is too large.'],
  'key-unavailable': [503, 'The encryption key of this organisation cannot be used at the moment.'],
  internal: [500, 'Something went wrong on our side.'],
} as const

type ProblemName = keyof typeof PROBLEMS

/** An answer other than success. */
class Problem extends Error {
  constructor(
    readonly problem: ProblemName,
    /** For callers. A text of ours. */
    readonly detail?: string,
  ) {
    super(detail ?? PROBLEMS[problem][1])
  }
}

/** Ends a request, from anywhere in it. */
export function refuse(problem: ProblemName, detail?: string): never {
  throw new Problem(problem, detail)
}

/** What there is, or a 404: also for another organisation's row, of which nobody learns that it exists. */
export function found<T>(row: T | null | undefined): T {
  return row ?? refuse('not-found')
}

/** Every error of the library that has a better answer than 500. */
const ENVELOPE_PROBLEMS: Partial<Record<EnvelopeErrorCode, ProblemName>> = {
  ENVELOPE_TENANT_MISMATCH: 'not-found',
  ENVELOPE_TENANT_CONFLICT: 'not-found',
  ENVELOPE_TENANT_INVALID: 'not-found',
  ENVELOPE_VALUE_INVALID: 'invalid',
}

/** Prisma's: a unique constraint was violated, the row is not there. */
const PRISMA_PROBLEMS: Partial<Record<string, ProblemName>> = { P2002: 'conflict', P2025: 'not-found' }

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof EnvelopeKeyError) return new Problem('key-unavailable')
  if (error instanceof EnvelopeError) return new Problem(ENVELOPE_PROBLEMS[error.code] ?? 'internal')
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    return new Problem(PRISMA_PROBLEMS[error.code] ?? 'internal')
  }
  return new Problem('internal')
}

/** Answers with what callers may know (RFC 9457), and logs what an operator needs. */
export function onError(log: Log) {
  return (error: Error, c: Context): Response => {
    const { problem, detail } = problemOf(error)
    const [status, title] = PROBLEMS[problem]
    if (status >= 500) log({ level: 'error', event: 'request failed', ...describe(error) })
    const body = { type: `urn:signatures:problem:${problem}`, title, status, ...(detail && { detail }) }
    return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' })
  }
}

/** An `EnvelopeError` holds no values. The messages of others may: Prisma prints a call's arguments. */
function describe(error: unknown): Record<string, unknown> {
  if (error instanceof EnvelopeError) {
    const { name, code, message, model, field, tenant } = error
    return { error: name, code, message, model, field, tenant }
  }
  if (!(error instanceof Error)) return { error: typeof error }
  return { error: error.name, code: 'code' in error ? error.code : undefined, at: framesOf(error) }
}

/** The stack without the message that it begins with; nothing where that is not in it as it is. */
function framesOf({ stack = '', message }: Error): string[] {
  const from = stack.indexOf(message)
  if (from < 0) return []
  const frames = stack.slice(from + message.length).split('\n')
  return frames.slice(1, 6).map((frame) => frame.trim())
}

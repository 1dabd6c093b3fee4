import { EnvelopeKeyError } from '../../errors.js'

/** The database did not do what the key table was asked for. Nothing is wrong with any data key. */
export class KeyTableFailure extends Error {
  /** @param isLate whether it has not answered at all. */
  constructor(
    message: string,
    readonly isLate = false,
  ) {
    super(message)
  }
}

export function failureOf(error: unknown): KeyTableFailure {
  return error instanceof KeyTableFailure ? error : new KeyTableFailure(codeOf(error))
}

/** For a value that cannot be opened without the key table. Prisma's message is not repeated: it quotes arguments. */
export function keyTableUnavailable(tenant: string, error: unknown): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_KEY_TABLE_UNAVAILABLE',
    `The key table could not be read (${codeOf(error)}). Apply the migration that creates it, or let this database user SELECT from it; if the database is down, try again.`,
    { tenant, retryable: true },
  )
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /^\w{1,20}$/.test(code) ? code : 'the database failed'
}

import { EnvelopeKeyError } from '../../errors.js'

/** How long a look-up for sealing may take before a value is sealed inline instead: milliseconds. */
const PATIENCE = 1_000

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

/** The outcome, or a {@link KeyTableFailure}, also where the database has not answered after a second. */
export async function patiently<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KeyTableFailure('no answer', true)), PATIENCE)
  })
  try {
    return await Promise.race([asked, late])
  } catch (error) {
    throw error instanceof KeyTableFailure ? error : new KeyTableFailure(codeOf(error))
  } finally {
    clearTimeout(timer)
  }
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

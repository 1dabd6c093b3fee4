import { EnvelopeError, EnvelopeJobError } from '../../errors.js'

/** What asks the database, without the database's own error, which may quote values. @param left what has become of the work. */
export async function answered<T>(verb: string, ask: () => Promise<T>, left = 'Nothing was changed.'): Promise<T> {
  try {
    return await ask()
  } catch (failure) {
    if (failure instanceof EnvelopeError) throw failure
    const { code, meta } = (failure ?? {}) as { code?: unknown; meta?: { code?: unknown } }
    const codes = [code, meta?.code].filter((one) => /^\w{1,20}$/.test(String(one ?? '')))
    throw new EnvelopeJobError(
      'ENVELOPE_JOB_INTERRUPTED',
      `${verb} ended before it was done: the database failed (${codes.join(' ') || 'without a code'}). ${left} Call it again; $encryption.doctor() says whether the tables are as in the schema.`,
    )
  }
}

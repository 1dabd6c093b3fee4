import type { WrappedKey } from '../envelope/index.js'
import { EnvelopeKeyError } from '../errors.js'
import { quoted } from '../quoting/quote.js'

/** Without the other's name, of which an envelope holds no more than two bytes. */
function anotherApps(app: string, tenant: string): EnvelopeKeyError {
  return new EnvelopeKeyError(
    'ENVELOPE_APP_MISMATCH',
    `This row was sealed by an application with a different name than ${quoted(app)}, the option app of this client: it would open, but no search would find it. If this application was renamed, set app back to the name that its rows were sealed under.`,
    { tenant },
  )
}

/** Throws `ENVELOPE_APP_MISMATCH` for the wrapped key of another application, which KMS does not tell apart. */
export function assertOwnApps(app: string, tag: number, { context }: WrappedKey): void {
  if (context.appTag !== tag) throw anotherApps(app, context.tenant)
}

import { EnvelopeError } from '../errors.js'
import { refusals } from '../observers/index.js'
import type { Model, Models } from './query/index.js'

/** Publishes that a call fails, if it does so with an error of this package's. */
export function publishRefusal(models: Models, model: Model, operation: string, error: unknown): void {
  if (!refusals.hasSubscribers || !(error instanceof EnvelopeError)) return
  const { code, field, tenant } = error
  const about = error.model !== undefined && models.has(error.model) ? models.get(error.model) : model
  refusals.publish({
    type: 'refusal',
    code,
    operation,
    model: about.name,
    // Not what a caller wrote in place of a field's name: that may be a value.
    field: field !== undefined && about.fields.has(field) ? field : undefined,
    tenant,
  })
}

import { beginsSealed } from '../../envelope/index.js'
import { EnvelopeError, located } from '../../errors.js'
import { type Holder, valueAt } from '../../leaves/holder.js'
import type { EncryptedField } from '../../leaves/index.js'
import { likeAnEnvelope, ownerUnnamed, tenantRequired } from './refusals.js'
import type { RowWalk } from './walk.js'

/**
 * Notes a value to be sealed, now or once its row's tenant has been looked up; or leaves it as it is, where the field's values
 * are written in plaintext. Throws `ENVELOPE_TENANT_REQUIRED`, `ENVELOPE_VALUE_INVALID`.
 */
export function noteSeal(
  { model, draft, tenant, ask }: RowWalk,
  holder: Holder,
  key: string | number,
  field: EncryptedField,
): void {
  if (field.writesPlain === true) checkPlain(field, valueAt(holder, key))
  else if (tenant !== undefined) draft.seals.push({ holder, key, field, tenant })
  else if (ask !== undefined) ask.ask().seals.push({ holder, key, field, tenant: '' })
  else if (model.step !== undefined) throw ownerUnnamed(model.name, model.step.name)
  else throw tenantRequired(model.name, model.tenant?.field)
}

/** What is stored as it is must be of the field's type, and must not be taken for a damaged envelope when it is read. */
function checkPlain(field: EncryptedField, value: unknown): void {
  if ((typeof value === 'string' || value instanceof Uint8Array) && beginsSealed(value)) throw likeAnEnvelope(field)
  if (field.type.structured) return
  try {
    field.type.encode(value)
  } catch (error) {
    throw error instanceof EnvelopeError ? located(error, { model: field.model, field: field.field }) : error
  }
}

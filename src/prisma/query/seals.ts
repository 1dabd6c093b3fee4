import type { Holder } from '../../leaves/holder.js'
import type { EncryptedField } from '../../leaves/index.js'
import { ownerUnnamed, tenantRequired } from './refusals.js'
import type { RowWalk } from './walk.js'

/** Notes a value to be sealed, now or once its row's tenant has been looked up. Throws `ENVELOPE_TENANT_REQUIRED`. */
export function noteSeal(
  { model, draft, tenant, ask }: RowWalk,
  holder: Holder,
  key: string | number,
  field: EncryptedField,
): void {
  if (tenant !== undefined) draft.seals.push({ holder, key, field, tenant })
  else if (ask !== undefined) ask.ask().seals.push({ holder, key, field, tenant: '' })
  else if (model.step !== undefined) throw ownerUnnamed(model.name, model.step.name)
  else throw tenantRequired(model.name, model.tenant?.field)
}

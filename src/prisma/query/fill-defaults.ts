import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, type Plain } from './prisma-values.js'

/**
 * Adds to a created row the defaults of the encrypted fields that it leaves out. Prisma, or the database, would put them into
 * the row after encryption, in plaintext.
 */
export function fillDefaults(model: Model, data: Plain): void {
  for (const [field, make] of model.defaults) if (isAbsent(ownValue(data, field))) data[field] = make()
}

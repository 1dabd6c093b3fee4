import type { EncryptedField } from '../../leaves/index.js'
import { JSON_NULL } from '../internals.js'
import type { Model } from './models.js'
import { ownValue } from './own.js'
import { isAbsent, type Plain } from './prisma-values.js'

/**
 * Adds to a created row the literal defaults of the encrypted fields that it leaves out. Prisma, or the database, would
 * put them into the row after encryption, in plaintext.
 */
export function fillDefaults(model: Model, data: Plain): void {
  for (const field of model.encrypted.values()) {
    if (field.default !== undefined && isAbsent(ownValue(data, field.field))) data[field.field] = defaultOf(field)
  }
}

/** A new value each time: it is sealed in place. */
function defaultOf({ type, list, default: written }: EncryptedField): unknown {
  // A plain null would be NULL.
  if (typeof written === 'string') return type.literal(written) ?? JSON_NULL
  // The elements of a Json list are JSON values, null among them.
  return list ? written?.map((item) => type.literal(item)) : written
}

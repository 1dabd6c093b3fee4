import { EnvelopeConfigError } from '../errors.js'
import type { TableRewraps } from '../keys/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'

/** `$encryption.rewrap`. */
export async function rewrap(runtime: EncryptionRuntime): Promise<TableRewraps> {
  if (runtime.keyTable === undefined) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      'This schema has no key table: each value carries its wrapped key, and is rewrapped when it is read (docs/rotation.md).',
    )
  }
  return runtime.keys.rewrapTable(runtime.context().bound)
}

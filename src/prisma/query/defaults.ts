import type { EncryptedField } from '../../leaves/index.js'
import type { EncryptedEntry, FieldEntry } from '../../schema/model-map.js'
import { JSON_NULL } from '../internals.js'
import { functionValue } from './default-functions.js'

/** Makes the value of a default: a new one each time, since it is sealed in place. */
export type MakeDefault = () => unknown

/** The defaults of a model's encrypted fields, by their names. */
export function defaultsOf(
  fields: ReadonlyMap<string, FieldEntry>,
  encrypted: ReadonlyMap<string, EncryptedField>,
): Map<string, MakeDefault> {
  const defaults = new Map<string, MakeDefault>()
  for (const [name, field] of encrypted) {
    const entry = fields.get(name)
    const written = entry?.kind === 'scalar' ? entry.encrypted?.default : undefined
    if (written !== undefined) defaults.set(name, () => made(field, written))
  }
  return defaults
}

function made({ type }: EncryptedField, written: NonNullable<EncryptedEntry['default']>): unknown {
  // A plain null would be NULL.
  if (typeof written === 'string') return type.literal(written) ?? JSON_NULL
  if ('function' in written) return functionValue(written)
  // The elements of a Json list are JSON values, null among them.
  return written.map((item) => type.literal(item))
}

import type { EncryptedEntry, IndexEntry, ModelMap } from '../../src/schema/model-map.js'
import { encryptedModels } from './client.js'

/** What is different of a field: parts of its entry as an encrypted field, or as an index. */
export type FieldChange = Partial<EncryptedEntry> | Partial<IndexEntry>

/** Makes `Patient.ssn`, which may be NULL, a field with an index: in the column of `photo`, which is encrypted no more. */
export function withSsnIndex<M extends ModelMap>(map: M, index: Partial<IndexEntry> = {}, unique = false): M {
  const models = structuredClone(map) as unknown as { models: { Patient: { fields: Record<string, object> } } }
  const { encrypted: _, ...photo } = models.models.Patient.fields.photo as { encrypted?: object }
  models.models.Patient.fields.photo = {
    ...photo,
    ...(unique && { unique }),
    index: { kind: 'equality', source: 'ssn', normalize: [], scope: 'tenant', as: 'Patient.ssnIndex', ...index },
  }
  return models as unknown as M
}

/** The model map of the tests' schema as if some of its annotations were others: by `Model.field`. */
export function changedModels<M extends ModelMap = typeof encryptedModels>(
  changes: Readonly<Record<string, FieldChange>>,
  map: M = encryptedModels as unknown as M,
): M {
  const models = structuredClone(map) as { models: Record<string, { fields: Record<string, object> }> }
  for (const [place, change] of Object.entries(changes)) {
    const [model = '', field = ''] = place.split('.')
    const entry = models.models[model]?.fields[field] as { encrypted?: object; index?: object } | undefined
    if (entry?.encrypted !== undefined) Object.assign(entry.encrypted, change)
    else if (entry?.index !== undefined) Object.assign(entry.index, change)
    else throw new Error(`${place} is neither encrypted nor an index`)
  }
  return models as unknown as M
}

import { EnvelopeConfigError } from '../errors.js'
import { schemaDigest } from '../schema/digest.js'
import type { ModelMap } from '../schema/model-map.js'
import { modelsOfClient, schemaOfClient } from './internals.js'

/**
 * Refuses a model map that was not generated from the client's schema: a column that was annotated since would be written
 * in plaintext, and a field that is missing from the map could be one. A map that is newer than the client is refused as
 * well: what it says about defaults, unique fields and relations is not what Prisma does.
 *
 * Throws `ENVELOPE_CONFIG_INVALID`.
 */
export function assertSameSchema(client: object, map: ModelMap): void {
  for (const [model, { fields = [] }] of Object.entries(modelsOfClient(client) ?? {})) {
    const known = Object.hasOwn(map.models, model) ? map.models[model] : undefined
    if (known === undefined) throw older(model)
    for (const { name } of fields) if (!Object.hasOwn(known.fields, name)) throw older(model, name)
  }
  const schema = schemaOfClient(client)
  if (schema === undefined || map.digest === undefined || schemaDigest(schema) === map.digest) return
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    'The client and the model map were generated from different schemas: one of the two lacks the latest annotations, ' +
      'fields or defaults. Run `prisma generate` without `--generator`, which writes both, and build again.',
  )
}

function older(model: string, field?: string): EnvelopeConfigError {
  const what = field === undefined ? model : `${model}.${field}`
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The client has ${what}, but the model map does not: they were generated from different schemas. Run \`prisma generate\` without \`--generator\`, which writes both.`,
    { model, field },
  )
}

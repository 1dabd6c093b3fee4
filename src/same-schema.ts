import { EnvelopeConfigError } from './errors.js'
import type { ModelMap } from './schema/model-map.js'

/** What Prisma's runtime knows of its schema. Private: where it is not there, nothing is compared. */
interface RuntimeDataModel {
  readonly models?: Readonly<Record<string, { readonly fields?: readonly { readonly name: string }[] }>>
}

/**
 * Refuses a model map that is not of the client's schema: a column that was annotated since would be written in clear,
 * and a field that the map does not know could be one.
 *
 * Throws `ENVELOPE_CONFIG_INVALID`.
 */
export function assertSameSchema(client: { readonly _runtimeDataModel?: RuntimeDataModel }, map: ModelMap): void {
  for (const [model, { fields = [] }] of Object.entries(client._runtimeDataModel?.models ?? {})) {
    const known = Object.hasOwn(map.models, model) ? map.models[model] : undefined
    if (known === undefined) throw older(model)
    for (const { name } of fields) if (!Object.hasOwn(known.fields, name)) throw older(model, name)
  }
}

function older(model: string, field?: string): EnvelopeConfigError {
  const what = field === undefined ? model : `${model}.${field}`
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The client knows ${what}, and the model map does not: the two were generated from different schemas. Run prisma generate for both.`,
    { model, field },
  )
}

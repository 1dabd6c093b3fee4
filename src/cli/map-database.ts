import { type Database, databaseOf, databases } from '../databases/index.js'
import { EnvelopeConfigError } from '../errors.js'
import type { ModelMap } from '../schema/model-map.js'

/** The database of a model map. Throws `ENVELOPE_CONFIG_INVALID` for an unknown one. */
export function databaseFor({ provider }: ModelMap): Database {
  const database = databaseOf(provider)
  if (database !== undefined) return database
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `The model map is for the database ${JSON.stringify(provider)}, which is not supported. Supported databases are ${Object.keys(databases).join(', ')}.`,
  )
}

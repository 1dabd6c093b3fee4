import type { CountedKeys } from '../../databases/index.js'
import { EnvelopeConfigError } from '../../errors.js'
import type { CountTarget } from '../../operations/index.js'
import type { Model } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'

/** The models whose values are counted. A view shows rows of a table, which are. */
export function countTargets(
  { models }: EncryptionRuntime,
  names: readonly string[] | undefined,
  field: string | undefined,
): CountTarget[] {
  const chosen = names === undefined ? models.all : [...new Set(names)].map((name) => models.get(name))
  const isCounted = ({ encrypted, unopened }: Model): boolean => encrypted.size > 0 && unopened === undefined
  const plain = names === undefined ? undefined : chosen.find((model) => !isCounted(model))
  if (plain !== undefined)
    throw nothingToCount(`${plain.name} has no encrypted fields that are stored in its own table`)
  const targets = chosen
    .filter(isCounted)
    .map((model) => targetOf(model, models.sharedTenant, field))
    .filter(({ columns }) => columns.length > 0)
  if (targets.length === 0 && field !== undefined) throw nothingToCount(`no model has an encrypted field ${field}`)
  return targets
}

function targetOf(model: Model, sharedTenant: string | undefined, wanted: string | undefined): CountTarget {
  const columns = [...model.encrypted.values()].filter(({ field }) => wanted === undefined || field === wanted)
  return {
    model: model.name,
    table: {
      table: model.table,
      schema: model.schema,
      tenant: model.tenant && columnOf(model, model.tenant.field),
    },
    columns: columns.map(({ field, type, list }) => {
      const indexFields = (model.indexes.get(field) ?? []).map((index) => index.field)
      return {
        field,
        column: columnOf(model, field),
        form: type.column,
        list,
        indexFields,
        indexes: indexFields.map((index) => columnOf(model, index)),
      }
    }),
    shared: model.shared ?? (model.tenant?.optional === true ? sharedTenant : undefined),
    isShared: model.shared !== undefined,
  }
}

/** The key table, where the schema has one. */
export function countedKeys({ models, keyTable }: EncryptionRuntime): CountedKeys | undefined {
  if (keyTable === undefined) return undefined
  const model = models.get(keyTable.keys)
  const column = (field: string): string => columnOf(model, field)
  return {
    table: model.table,
    schema: model.schema,
    id: column('id'),
    section: column('section'),
    wrapTag: column('wrapTag'),
    cmk: column('cmk'),
    tenant: column('tenant'),
    retiredAt: column('retiredAt'),
  }
}

function columnOf({ fields }: Model, field: string): string {
  const entry = fields.get(field)
  return entry?.kind === 'scalar' ? entry.column : field
}

function nothingToCount(why: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `$encryption.census: ${why}. Name others, or leave out \`models\` and \`field\`.`,
  )
}

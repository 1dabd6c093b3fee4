import { NAMED_OWNER, type OwnerColumn, SHARED_OWNER } from '../../databases/index.js'
import type { ValueTarget } from '../../operations/index.js'
import { type Model, type Models, tenantColumnOf, tenantOfColumn } from '../../prisma/query/index.js'
import type { EncryptionRuntime } from '../../prisma/runtime.js'
import { type ChosenModel, columnOf, sweepTarget } from './chosen-fields.js'

/**
 * The models whose values a job reads.
 *
 * @param tenant the one that the job is for: rows belong to it that do not say to which.
 */
export function valueTargets(
  runtime: EncryptionRuntime,
  chosen: readonly ChosenModel[],
  tenant: string | undefined,
): ValueTarget[] {
  return chosen.map((one) => valueTarget(runtime, one, tenant))
}

function valueTarget(runtime: EncryptionRuntime, chosen: ChosenModel, tenant: string | undefined): ValueTarget {
  const { models } = runtime
  const { model, fields } = chosen
  const target = sweepTarget(chosen)
  const encrypted = fields.flatMap((field) => model.encrypted.get(field) ?? [])
  const indexes = fields.flatMap((field) => model.indexes.get(field) ?? [])
  const tokens = indexes.map(({ field }) => columnOf(model, field))
  const owner = ownerColumn(models, model)
  const { fallback } = runtime.context()
  const last = tenantColumnOf(models, model)?.model ?? model
  return {
    ...target,
    table: { ...target.table, tokens, ...(owner !== undefined && { owner }) },
    fields: new Map([
      ...target.fields,
      ...indexes.map(({ field }): [string, string] => [columnOf(model, field), field]),
    ]),
    encrypted,
    indexes,
    tenantOf({ owner: found }, named) {
      if (model.shared !== undefined) return model.shared
      // Nothing in the row says which: the one that all rows are of, or that it was sealed for.
      if (owner === undefined) return fallback ?? named() ?? tenant
      if (found === null) return undefined
      if (found === SHARED_OWNER) return models.sharedTenant
      return tenantOfColumn(models, last, found.slice(NAMED_OWNER.length))
    },
  }
}

/** The way to the column that names a row's tenant; nothing where no column does. */
function ownerColumn(models: Models, model: Model): OwnerColumn | undefined {
  const { tenant, step } = model
  if (tenant !== undefined) return { column: columnOf(model, tenant.field), optional: tenant.optional === true }
  if (step === undefined) return undefined
  const parent = models.get(step.entry.model)
  const owner = ownerColumn(models, parent)
  if (owner === undefined) return undefined
  return {
    table: parent.table,
    schema: parent.schema,
    foreignKey: step.fields.map((field, at) => ({
      column: columnOf(model, field),
      references: columnOf(parent, step.references[at] ?? ''),
    })),
    optional: step.nullable,
    owner,
  }
}

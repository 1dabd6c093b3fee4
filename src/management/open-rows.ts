import { EnvelopeTenantError } from '../errors.js'
import { type EncryptedField, isPlaintext, mayHoldPlaintext, OpenColumns, type RowFinder } from '../leaves/index.js'
import {
  addLeaves,
  foreignRow,
  keyOf,
  type Model,
  type Models,
  ownValue,
  type Plain,
  tenantOfColumn,
} from '../prisma/query/index.js'
import type { EncryptionRuntime } from '../prisma/runtime.js'
import type { ModelMap } from '../schema/model-map.js'
import type { EncryptedModelName, OpenedRow } from './model-types.js'

/** `$encryption.openRows`. */
export async function openRows<M extends ModelMap, N extends EncryptedModelName<M>, R extends object>(
  runtime: EncryptionRuntime,
  modelName: N,
  rows: readonly R[],
): Promise<OpenedRow<M, N, R>[]> {
  const model = runtime.models.get(modelName)
  const context = runtime.context()
  const copies = rows.map((row) => ({ ...row }))
  const leaves = new OpenColumns()
  for (const copy of copies) {
    const row = copy as Plain
    const own = tenantOfRaw(runtime.models, model, row)
    const tenant = own ?? context.bound ?? (model.step === undefined ? context.fallback : undefined)
    for (const field of model.encrypted.values()) {
      const key = nameIn(model, field.field, row)
      if (key === undefined || row[key] === null) continue
      if (tenant === undefined) throw tenantNotSelected(model)
      if (context.bound !== undefined && tenant !== context.bound && model.shared === undefined) {
        throw foreignRow(model.name, context.bound)
      }
      if (field.type.column === 'json') row[key] = jsonTexts(field, row[key])
      addLeaves(leaves, row, key, field, tenant)
    }
  }
  const find: RowFinder = (row) => {
    const at = (copies as object[]).indexOf(row)
    return { path: [at], ...keyOf(model, [], row as Plain, (field) => nameIn(model, field, row as Plain)) }
  }
  await runtime.open(leaves, undefined, find)
  // Each column of an encrypted field has been opened in place.
  return copies as OpenedRow<M, N, R>[]
}

/** Raw SQL returns only what it selects, and nothing is added to it. */
function tenantNotSelected({ name, tenant, fields }: Model): EnvelopeTenantError {
  const entry = tenant === undefined ? undefined : fields.get(tenant.field)
  const remedy =
    entry?.kind === 'scalar'
      ? `Select their tenant column, ${entry.column}, in the SQL as well; or call openRows`
      : 'Call openRows'
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `These rows of ${name} do not say which tenant owns them, and no tenant is set. ${remedy} on prisma.$forTenant(tenant).`,
    { model: name },
  )
}

/** The tenant that a raw row itself names. The row that it belongs to is not in it. */
function tenantOfRaw(models: Models, model: Model, row: Plain): string | undefined {
  if (model.shared !== undefined) return model.shared
  const column = model.tenant === undefined ? undefined : nameIn(model, model.tenant.field, row)
  if (model.tenant === undefined || column === undefined) return undefined
  const value = row[column]
  if (value === null && model.tenant.optional === true) return models.sharedTenant
  return tenantOfColumn(models, model, value)
}

/** The name under which a raw row holds a field: the field's, or its column's. */
function nameIn(model: Model, field: string, row: Plain): string | undefined {
  if (ownValue(row, field) !== undefined) return field
  const entry = model.fields.get(field)
  const column = entry?.kind === 'scalar' ? entry.column : field
  return ownValue(row, column) === undefined ? undefined : column
}

/** For a list, each element. */
function jsonTexts(field: EncryptedField, value: unknown): unknown {
  return field.list && Array.isArray(value) ? value.map((item) => jsonText(field, item)) : jsonText(field, value)
}

/**
 * Some drivers return a raw JSON column parsed, others as its JSON text. A document in plaintext is returned as the driver
 * returns it: the text `"a"` may be a string or, parsed, a string in quotation marks.
 */
function jsonText(field: EncryptedField, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('"')) return value
  if (mayHoldPlaintext(field) && isPlaintext(field, value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

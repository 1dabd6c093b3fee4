import { EnvelopeQueryError, EnvelopeTenantError } from '../../errors.js'
import type { EncryptedField } from '../../leaves/index.js'
import { quoted } from '../../quoting/quote.js'
import { isIndexable } from '../../values/index.js'

/** Errors that a call is refused with before any SQL. They name fields and say what to do; they never hold a value. */

/** Equality needs an index, which a document cannot have. */
export function indexMissing({ model, field, type }: EncryptedField): EnvelopeQueryError {
  const remedy = !isIndexable(type)
    ? 'Json fields cannot be indexed: filter by another field, or filter after reading.'
    : `To search by equality, add an index column to the model, \`${field}Index Bytes? /// @encrypted.index(${field})\`; otherwise filter by another field, or filter after reading.`
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is encrypted and has no index, so the database cannot compare it; only null checks work. ${remedy}`,
    { model, field },
  )
}

export function noSuchIndex(model: string, field: string, index: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} has no index ${quoted(index)}. Name a column that says @encrypted.index(${field}).`,
    { model, field },
  )
}

/** A value of which an index's normalizers leave nothing has no token: by it nothing could be found, or everything missed. */
export function notSearchable(model: string, field: string, index: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `The normalizers of ${model}.${index} leave nothing of this value, so no index holds it. Search for another value, or give ${field} an index without them.`,
    { model, field },
  )
}

/** What can be asked of a list whose elements are sealed. */
export function refusedListFilter(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is a list of encrypted values, so the database cannot compare them; only isEmpty and { equals: null } work. Filter by another field, or filter after reading.`,
    { model, field },
  )
}

/**
 * An index answers equality and nothing else.
 *
 * @param indexed whether the field has one.
 */
export function refusedOperator(
  { model, field, type }: EncryptedField,
  operator: string,
  indexed: boolean,
): EnvelopeQueryError {
  const what = /^[\w ]{1,64}$/.test(operator) ? operator : 'this operator'
  const instead = indexed
    ? 'Its index supports equals, in, notIn and not, and null checks; normalizers of the index decide about case and white space.'
    : !isIndexable(type)
      ? 'Only null checks work.'
      : 'Only null checks work; with an index (@encrypted.index), equals, in, notIn and not as well.'
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is encrypted, so ${what} does not work on it. ${instead} Otherwise filter after reading.`,
    { model, field },
  )
}

export function listWanted({ model, field }: EncryptedField, operator: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field}: ${operator} takes a list of values. Pass an array, or use equals for one value.`,
    { model, field },
  )
}

/** The name that a compound unique had before one of its fields was encrypted and an index column took its place. */
export function compoundRenamed(
  model: string,
  former: string,
  name: string,
  fields: readonly string[],
): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${model} has no ${former}: one of its fields is encrypted, and the compound unique contains its index column instead. Use ${name}: { ${fields.join(', ')} }, with the same values.`,
    { model },
  )
}

/** An index of scope tenant gives other tokens for every tenant. */
export function searchTenantRequired(model: string, field: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `${model}.${field} is searched by an index of one tenant, and nothing says which. Use prisma.$forTenant(tenant) or runWithTenant(tenant, …), or an index with scope: global.`,
    { model, field },
  )
}

export function indexIsComputed(model: string, field: string, source: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is the index of ${source} and computed with it. Leave it out of the data.`,
    { model, field },
  )
}

export function refusedUse(model: string, field: string, use: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is encrypted, so ${use} would go by its ciphertext. Use another field, or do it after reading.`,
    { model, field },
  )
}

export function unknownArgument(model: string, argument: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${model} has no ${nameShown(argument)} that encryption knows of. Correct the name; if the schema has changed, run prisma generate.`,
    { model },
  )
}

export function unknownRootArgument(model: string, operation: string, argument: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${model}.${operation} has no argument ${nameShown(argument)}. Correct the name; if it is for an extension after fieldEncryption, name it in the option passArguments.`,
    { model },
  )
}

export function unknownOperation(model: string, operation: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `This release does not know the operation ${operation}. Upgrade prisma-envelope, or use another operation.`,
    { model },
  )
}

/** A key as an error shows it. One that could not be a field's name may be a value in the wrong place. */
function nameShown(key: string): string {
  return /^\w{1,64}$/.test(key) ? quoted(key) : 'such argument'
}

export function wrongShape(model: string, argument: string, wanted: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `${model}: ${argument} takes ${wanted}.`, { model })
}

/** An element of a list is a value; Prisma's markers are not. */
export function nullInList(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is a list, whose elements are values: DbNull, JsonNull and AnyNull are none. Write null for JSON's null, or leave the element out.`,
    { model, field },
  )
}

/** Prisma damages these values itself. */
export function noBytesInPush(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field}: Prisma stores a list that is pushed to a Bytes[] as other bytes than it was given. Push one value at a time, { push: bytes }, or set the list.`,
    { model, field },
  )
}

export function tenantRequired(model: string, column: string | undefined): EnvelopeTenantError {
  const row = column === undefined ? '' : `, give ${column} in the row`
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `Nothing says which tenant this ${model} belongs to. Use prisma.$forTenant(tenant) or runWithTenant(tenant, …)${row}, or set the tenant option.`,
    { model },
  )
}

/** The row above gives a nested row its tenant, through the foreign key, and does not say it. */
export function parentTenantUnknown(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This ${model} gets its tenant from the row it is written through, whose id this call does not give. Pass that id; where the database generates it, create that row first, and this one by a call of its own.`,
    { model },
  )
}

/** A row is linked to another one, from which its foreign key takes the tenant. */
export function movePossible(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This ${model} takes its tenant from the row that it is linked to, and nothing says that this is its own. Use prisma.$forTenant(tenant), or give the tenant column in where and in a row that is created.`,
    { model },
  )
}

export function tenantConflict(model: string, row: string, context: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `This ${model} says tenant ${quoted(row)}, but the call is made for tenant ${quoted(context)}. Correct one of them.`,
    { model, tenant: context },
  )
}

export function tenantUnprotected(model: string, what: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNPROTECTED',
    `${model}: ${what} could reach rows of other tenants, since the foreign key does not contain the tenant column. Add that column to the foreign key, or do this with a client that is not bound.`,
    { model },
  )
}

export function linkedElsewhere(model: string, field: string, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `${model}.${field} points at a row that this tenant does not have. Correct it.`,
    { model, field, tenant },
  )
}

/** Whose row it is is not said: that would tell one tenant of another. */
export function foreignRow(model: string, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    `This ${model} belongs to another tenant than the one this call is made for. Call the client that is bound to its tenant.`,
    { model, tenant },
  )
}

export function tenantChanged(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CHANGED',
    `An update cannot move a ${model} to another tenant: its envelopes would not open there. Read it, create it under the other tenant, and delete it here.`,
    { model },
  )
}

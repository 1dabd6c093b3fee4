import { EnvelopeConfigError, EnvelopeQueryError, EnvelopeTenantError } from '../../errors.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { quoted } from '../../quoting/quote.js'
import { meantBy } from '../../schema/spelling.js'

/** Errors that refuse a call before any SQL. They name fields and say what to do; they never contain a value. */

export function noSuchIndex(model: string, field: string, index: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} has no index ${quoted(index)}. Name a column that is annotated with @encrypted.index(${field}).`,
    { model, field },
  )
}

/** A value that an index's normalizers reduce to nothing has no token, so it cannot be searched for. */
export function notSearchable(model: string, field: string, index: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `The normalizers of ${model}.${index} reduce this value to nothing, so it is not in the index. Search for another value, or add an index of ${field} without normalizers.`,
    { model, field },
  )
}

/** A value without a token cannot be stored where the index column is required. */
export function tokenMissing({ model, field, source }: IndexField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `The normalizers of ${model}.${field} reduce this value to nothing, so it has no token, which this required column must hold. Write another value of ${source.field}, or make the column optional, \`${field} Bytes?\`.`,
    { model, field: source.field },
  )
}

/** An index column is compared with tokens alone. */
export function tokenWanted(model: string, field: string, source: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} holds tokens, which are bytes, and is compared with a text. Filter by ${source} itself, or give a token that $encryption.index has returned.`,
    { model, field },
  )
}

export function nullRefused({ model, field, source }: IndexField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${source.field} cannot be NULL, because its index ${field} is a required column. Write a value.`,
    { model, field: source.field },
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

/** An index of scope tenant has different tokens for every tenant. */
export function searchTenantRequired(model: string, field: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `No tenant is set for this call, and the index of ${model}.${field} is per tenant. Use prisma.$forTenant(tenant) or runWithTenant(tenant, …), or an index with scope: global.`,
    { model, field },
  )
}

export function indexIsComputed(model: string, field: string, source: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is the index of ${source} and is computed from it. Leave it out of the data.`,
    { model, field },
  )
}

/** @param known what there is, of which the nearest name may be meant. */
export function unknownArgument(model: string, argument: string, known: Iterable<string> = []): EnvelopeQueryError {
  const meant = isName(argument) ? meantBy(argument, known) : undefined
  const remedy =
    meant === undefined ? 'Correct the name; if the schema' : `Did you mean ${quoted(meant)}? If the schema`
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `The model map has no ${nameShown(argument)} in ${model}. ${remedy} has changed, run \`prisma generate\`.`,
    { model },
  )
}

export function unknownRootArgument(model: string, operation: string, argument: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${model}.${operation} has no argument ${nameShown(argument)}. Correct the name; if it is for an extension after fieldEncryption, add it to the option passArguments.`,
    { model },
  )
}

export function unknownOperation(model: string, operation: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `Unknown operation ${operation}. Upgrade prisma-envelope, or use another operation.`,
    { model },
  )
}

/** The key table has the keys of all tenants, and what is written there by hand may be taken for a key. */
export function keyTableRefused(model: string, operation: string): EnvelopeConfigError {
  return new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `${model}.${operation}: ${model} belongs to prisma-envelope itself, has rows of all tenants, and calls on it are refused here. To look at it, use the client without fieldEncryption.`,
    { model },
  )
}

/** A key as an error shows it. A key that cannot be a field's name may be a value in the wrong place. */
function nameShown(key: string): string {
  return isName(key) ? quoted(key) : 'such argument'
}

function isName(key: string): boolean {
  return /^\w{1,64}$/.test(key)
}

export function wrongShape(model: string, argument: string, wanted: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `${model}: ${argument} must be ${wanted}.`, { model })
}

/** An element of a list is a value; Prisma's markers are not. */
export function nullInList(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is a list, whose elements cannot be DbNull, JsonNull or AnyNull. Write null for JSON's null, or leave the element out.`,
    { model, field },
  )
}

/** Prisma damages these values itself. */
export function noBytesInPush(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field}: Prisma corrupts a list that is pushed to a Bytes[]. Push one value at a time, { push: bytes }, or set the list.`,
    { model, field },
  )
}

/** A value to be stored in plaintext, beside envelopes. */
export function likeAnEnvelope({ model, field }: EncryptedField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is written in plaintext (write: plain), and this value begins as an envelope does: it would not be read again. Write another value; or drop the annotation, once prisma-envelope eject finds nothing more.`,
    { model, field },
  )
}

export function tenantRequired(model: string, column: string | undefined): EnvelopeTenantError {
  const row = column === undefined ? '' : `, set ${column} in the row`
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `No tenant is set for this ${model}. Use prisma.$forTenant(tenant) or runWithTenant(tenant, …)${row}, or set the tenant option.`,
    { model },
  )
}

/** A row that is written belongs to the tenant of another row, which the call does not name. */
export function ownerUnnamed(model: string, step: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `Nothing in this call says which tenant owns this ${model}: it belongs to the tenant of its ${step}. Use prisma.$forTenant(tenant); or link a ${model} that is created to its ${step}, update one by a unique field, and name the tenant of the ${step} in the where of an updateMany.`,
    { model },
  )
}

/** A row that was read belongs to the tenant of another row, which is missing. */
export function ownerNotThere(model: string, step: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `Nothing says which tenant owns this ${model}: the ${step} that its foreign key refers to is missing. Restore that row, or delete this one.`,
    { model },
  )
}

/** A nested row gets its tenant from its parent row, through the foreign key, but the parent's tenant is not known. */
export function parentTenantUnknown(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This ${model} gets its tenant from its parent row, whose id is not in this call. Pass that id; if the database generates it, create the parent row first, and this one in a separate call.`,
    { model },
  )
}

/** A row is linked to another one, whose tenant its foreign key copies. */
export function movePossible(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `This ${model} would get its tenant from the row that it is linked to, which may be a different one. Use prisma.$forTenant(tenant), or set the tenant column in where, and in a row that is created.`,
    { model },
  )
}

export function tenantConflict(model: string, row: string, context: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `This ${model} has tenant ${quoted(row)}, but the call is for tenant ${quoted(context)}. Correct one of them.`,
    { model, tenant: context },
  )
}

export function tenantUnprotected(
  model: string,
  what: string,
  instead = 'use a client that is not bound',
): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNPROTECTED',
    `${model}: ${what} could reach rows of other tenants, because the foreign key does not contain the tenant column. Add that column to the foreign key, or ${instead}.`,
    { model },
  )
}

export function linkedElsewhere(model: string, field: string, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `${model}.${field} references a row that this tenant does not have. Correct it.`,
    { model, field, tenant },
  )
}

/** The message does not name the owner: that would reveal one tenant to another. */
export function foreignRow(model: string, tenant: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_MISMATCH',
    `This ${model} belongs to a different tenant than this call's. Use the client that is bound to its tenant.`,
    { model, tenant },
  )
}

export function tenantChanged(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CHANGED',
    `An update cannot move a ${model} to another tenant: its envelopes would not open there. Move it, with all that belongs to it, by $encryption.move or \`prisma-envelope move\` (docs/moving.md).`,
    { model },
  )
}

export function cursorUnprotected(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNPROTECTED',
    `${model}: a cursor in a nested list could name a row of another tenant, and Prisma accepts no filter on it that would prevent that. Page by a where and an orderBy, or list these rows in a call of their own.`,
    { model },
  )
}

/** A row's owner is looked up by its foreign key, and there is no such row. */
export function ownerMissing(owner: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_REQUIRED',
    `The foreign key of a row that is written refers to no ${owner}, so nothing says which tenant the row belongs to. Create the ${owner} first, or correct the key.`,
    { model: owner },
  )
}

/** One write links a row to several others that could own it. */
export function ownersDiffer(model: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_CONFLICT',
    `This call links a ${model} to rows of two tenants. Link it to one row: connect, create or connectOrCreate.`,
    { model },
  )
}

export function manyUnprotected(model: string, step: string): EnvelopeTenantError {
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNPROTECTED',
    `${model}: a nested updateMany or deleteMany could reach rows of other tenants, because the tenant of a ${model} is in another row and Prisma accepts no filter on it here. Nest it in the ${step} of these rows, or make it a call of its own.`,
    { model },
  )
}

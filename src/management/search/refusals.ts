import { EnvelopeConfigError, EnvelopeQueryError, EnvelopeTenantError } from '../../errors.js'
import type { EncryptedField } from '../../leaves/index.js'
import type { Model } from '../../prisma/query/index.js'
import { counted } from '../../quoting/counted.js'

/** Errors of a search. They name fields and say what to do; they never contain a value. */

export const VERB = '$encryption.search'

export function optionInvalid(model: string, what: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `${VERB} of ${model}: ${what}.`, { model })
}

export function operandInvalid(model: string, field: string, what: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', `${VERB}: ${what} in the match of ${model}.${field}.`, {
    model,
    field,
  })
}

export function cannotSearch(model: string, why: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `${VERB} of ${model}: ${why}`, { model })
}

export function notEncrypted(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${VERB}: ${model}.${field} is not encrypted, so the database compares it. Move it from \`match\` to \`where\`.`,
    { model, field },
  )
}

export function matchUnsupported({ model, field, list, type }: EncryptedField): EnvelopeQueryError {
  const what = list ? 'a list' : 'a document'
  const remedy =
    list || type.structured
      ? 'Put a null check into `where`, or select the field, and look at it in the rows'
      : 'Select it, and look at it in the rows'
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${VERB}: ${model}.${field} is ${what}, which \`match\` does not compare. ${remedy}.`,
    { model, field },
  )
}

/** A filter of a search's `where` that the database cannot answer, of a field that `match` compares. */
export function matchInstead({ model, field }: EncryptedField, cause: Error): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${VERB}: the database cannot answer this filter of ${model}.${field}, which is encrypted. Move it from \`where\` to \`match\`.`,
    { model, field },
    { cause },
  )
}

export function operatorUnsupported({ model, field }: EncryptedField, operator: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${VERB}: ${operator} does not work on ${model}.${field}, which is Bytes. Use equals, not, in or notIn.`,
    { model, field },
  )
}

/** A word that is no operator is not repeated: it might be a value. */
export function operatorUnknown({ model, field }: EncryptedField, operators: readonly string[]): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_ARGUMENT_UNKNOWN',
    `${VERB}: the match of ${model}.${field} has an unknown operator. The operators are ${operators.join(', ')}.`,
    { model, field },
  )
}

export function cannotOrder(model: string, field: string, what: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${VERB}: ${model}.${field} is ${what}, which has no order. Order by another field of ${model}, or order the rows afterwards.`,
    { model, field },
  )
}

/** What is searched, and whose rows of it. */
interface Searched {
  readonly model: Model
  readonly tenant: string | undefined
}

export function tooManyRows({
  model: { name: model },
  tenant,
  max,
}: Searched & { readonly max: number }): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_SEARCH_TOO_LARGE',
    `${VERB}: more than ${counted(max, 'row')} of ${model} ${max === 1 ? 'is' : 'are'} to be searched. Narrow \`where\`, by a plain column or an index; or raise \`max\`, up to 30,000.`,
    { model, tenant },
  )
}

export function cursorGone({ model: { name: model }, tenant }: Searched): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_SEARCH_CURSOR_GONE',
    `${VERB}: the row of the cursor is no longer among the rows of ${model} under \`where\`. Begin with the first page.`,
    { model, tenant },
  )
}

/** Rows that were found cannot be read again: the database may have more digits of their keys than Prisma reads. */
export function keyInexact({ name, key }: Model): EnvelopeConfigError {
  return cannotSearch(
    name,
    `rows could not be found again by their key (${key.join(', ')}). Either they have just been deleted: try again. Or the key has a DateTime with more digits than the milliseconds that Prisma reads, or a Float that the column rounds: make it @db.Timestamp(3), or @db.DoublePrecision.`,
  )
}

export function tenantsMixed({ name, shared }: Model): EnvelopeTenantError {
  const whose = shared === undefined ? 'Nothing in a row says which tenant owns it' : 'All tenants share these rows'
  return new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNPROTECTED',
    `${VERB} of ${name}: ${whose}, so a client that is bound to one tenant needs a \`where\` that says which of them to search, such as \`{ memberships: { some: {} } }\`. Or search on a client that is not bound.`,
    { model: name },
  )
}

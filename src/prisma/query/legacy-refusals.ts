import { EnvelopeQueryError } from '../../errors.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { counted } from '../../quoting/counted.js'

/** Refusals of calls on a field whose rows may still be in plaintext. They name fields and say what to do, and contain no value. */

/** Rows that are still in plaintext have no token, and the database does not compare them as their index would. */
export function legacyNotComparable({ model, field }: EncryptedField, why: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is legacy, so rows may still hold it in plaintext, and ${why}. Run prisma-envelope backfill and take legacy out of the schema; until then, filter by another field.`,
    { model, field },
  )
}

/** A unique input has no place for a row that is found in one of two ways. */
export function legacyNotUnique({ model, field }: EncryptedField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is legacy: a row may still hold it in plaintext, and a unique input asks its index only. Use findFirst({ where: { ${field} } }), or name the row by another unique field, with ${field} beside it or without.`,
    { model, field },
  )
}

/** The column and the index are both asked for each value. */
export function legacyListTooLong({ model, field }: EncryptedField, most: number): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is legacy, so each value of a list is searched for twice, and the database does not take as many parameters. Search for at most ${counted(most, 'value')} in one call.`,
    { model, field },
  )
}

/** A token finds none of the rows that are still in plaintext. */
export function legacyIndexIncomplete({ model, field }: EncryptedField, index: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${index} is the index of ${field}, which is legacy: rows that are still in plaintext have no token, and would be missed. Filter by ${field} itself; to group rows, or to drop duplicates, read them first.`,
    { model, field: index },
  )
}

/** The index does not see a row in plaintext: Prisma would report no conflict. */
export function valueTaken({ model, field, source }: IndexField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_NOT_UNIQUE',
    `${model}.${source.field} must be unique (${field}), and a row that is still in plaintext holds this value. Write another value; or, if that row is the one to be changed, update it in a call of its own.`,
    { model, field: source.field },
  )
}

import { EnvelopeQueryError } from '../../errors.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { isIndexable, NO_PADDING } from '../../values/index.js'
import { type Lack, partLine, wholeLine } from './index-lines.js'
import type { Model } from './models.js'

/** Refusals of filters on encrypted fields. They name fields and say what to write instead, and contain no value. */

function refused({ model, field }: EncryptedField, what: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_FILTER_UNSUPPORTED', `${model}.${field}${what}`, { model, field })
}

/** Equality needs an index, which a document cannot have. */
export function indexMissing(lack: Omit<Lack, 'operator'>): EnvelopeQueryError {
  const { model, encrypted } = lack
  const { field, type } = encrypted
  const parts = model.indexes.get(field)?.some(({ kind }) => kind.needles !== undefined) === true
  const remedy = !isIndexable(type)
    ? 'A document cannot be indexed: write what you search for to a String field of its own, which can be, or filter after reading.'
    : `To search by equality, add an index column to the model, \`${wholeLine({ ...lack, operator: 'equals' })}\`; otherwise filter by another field, or filter after reading.`
  return refused(
    encrypted,
    parts
      ? ` is encrypted and has indexes of a part only, so the database cannot compare whole values. ${remedy}`
      : ` is encrypted and has no index, so the database cannot compare it; only null checks work. ${remedy}`,
  )
}

/** Only two filters work on a list whose elements are sealed. */
export function refusedListFilter(model: string, field: string): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_FILTER_UNSUPPORTED',
    `${model}.${field} is a list of encrypted values, so the database cannot compare them; only isEmpty and { equals: null } work. Filter by another field, or filter after reading.`,
    { model, field },
  )
}

/** What `$encryption.search` answers as well. */
const SEARCHED: ReadonlySet<string> = new Set(['contains', 'startsWith', 'endsWith', 'gt', 'gte', 'lt', 'lte'])

/** What no index of the field supports. */
export function refusedOperator(lack: Lack): EnvelopeQueryError {
  const { model, encrypted, operator } = lack
  const { field, type } = encrypted
  const indexes = model.indexes.get(field)
  const what = /^[\w ]{1,64}$/.test(operator) ? operator : 'this operator'
  const instead =
    indexes !== undefined
      ? `${supported(indexes)}, and null checks; the index's normalizers determine case and white space.`
      : !isIndexable(type)
        ? 'The document is encrypted as a whole, and only null checks work. Write what you search for to a String field of its own, with an index (@encrypted.index).'
        : 'Only null checks work; with an index (@encrypted.index), equals, in, notIn and not as well.'
  const remedy = type.normalizable ? remedyFor(lack) : undefined
  return refused(
    encrypted,
    ` is encrypted, so ${what} does not work on it. ${instead} ${remedy ?? 'Otherwise filter after reading.'}`,
  )
}

/** A cursor, or a compound unique, in which Prisma takes values alone. */
export function wholeValueWanted(encrypted: EncryptedField, operator: string): EnvelopeQueryError {
  return refused(
    encrypted,
    ` is compared as a whole in a cursor and in a compound unique, so ${operator} does not work there. Give its value, or filter by ${operator} in \`where\`.`,
  )
}

/** `Its index supports equals, in, notIn and not`. */
function supported(indexes: readonly IndexField[]): string {
  const parts = indexes.filter(({ kind }) => kind.needles !== undefined)
  if (parts.length === 0) return 'Its index supports equals, in, notIn and not'
  const whole = parts.length < indexes.length ? ['equals, in, notIn and not'] : []
  return `Its indexes support ${[...whole, ...parts.map(answered)].join('; ')}`
}

/** `startsWith with 3 characters (emailFirst)`. */
function answered({ field, kind }: IndexField): string {
  return `${Object.keys(kind.operators).join(', ')} with ${kind.needles} (${field})`
}

/** What does work: an index to add, and a search of the tenant's rows. `undefined` for an operator that neither answers. */
function remedyFor(lack: Lack): string | undefined {
  const { encrypted, operator } = lack
  if (!SEARCHED.has(operator)) return undefined
  const index = partToAdd(lack)
  return `${index === undefined ? '' : `${index} `}${searchInstead(encrypted, operator, index !== undefined)}`
}

/** The line to write for an index of a part, and what the field then needs. */
function partToAdd(lack: Lack): string | undefined {
  const { encrypted, operator } = lack
  const { field, pad = NO_PADDING } = encrypted
  const part = partLine(lack)
  if (part === undefined) return undefined
  const { line, normalize } = part
  const what = operator === 'startsWith' ? 'the first 3 characters' : 'the last 4 characters'
  // Digits have no "@" among them.
  const others =
    operator === 'startsWith' || normalize.includes('digits') ? '' : ' (or `part: domain`, for what follows the "@")'
  const padded = pad > NO_PADDING ? '' : `, and \`@encrypted(pad: 16)\` on ${field}`
  return `To search by exactly ${what}, add an index column to the model, \`${line}\`${others}${padded}.`
}

/**
 * The call that opens the rows of one tenant and compares them.
 *
 * @param otherwise where something else was named that is better, where it does.
 */
function searchInstead({ model, field }: EncryptedField, operator: string, otherwise: boolean): string {
  const call = `$encryption.search('${model}', { match: { ${field}: { ${operator}: … } } })`
  return `${otherwise ? 'For all else, search' : 'Search'} the rows of a tenant by \`${call}\`, or filter after reading.`
}

/**
 * A needle that no index of the field answers exactly. The message says which it would. It has the code of a wrong value, which whoever
 * typed it can put right; that no index answers an operator at all is for a programmer.
 */
export function needleRefused(
  encrypted: EncryptedField,
  operator: string,
  indexes: readonly IndexField[],
): EnvelopeQueryError {
  const { model, field } = encrypted
  const wanted = indexes.map((index) => `${index.kind.needles} (${index.field})`).join(', or ')
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    `${model}.${field} is encrypted, and no index of it answers ${operator} with what it is given: after the normalizers, that must be ${wanted}. ${searchInstead(encrypted, operator, true)}`,
    { model, field },
  )
}

/**
 * `mode: 'insensitive'`, of a field that no index finds in any letter case.
 *
 * @param operator which, where it asks for a part.
 */
export function caseMatters(model: Model, encrypted: EncryptedField, operator?: string): EnvelopeQueryError {
  const { type } = encrypted
  const lack: Lack = { model, encrypted, operator: operator ?? 'equals', anyCase: true }
  if (!isIndexable(type)) return indexMissing(lack)
  if (!type.normalizable) return refusedOperator({ ...lack, operator: 'mode' })
  const line = (operator === undefined ? undefined : partLine(lack)?.line) ?? wholeLine(lack)
  const which =
    operator === undefined ? 'no index of it ignores case' : `no index of it that answers ${operator} ignores case`
  return refused(
    encrypted,
    ` is encrypted, and ${which}, so mode: 'insensitive' does not work on it. Add an index column with \`lowercase\` among its normalizers, \`${line}\`; or leave the mode out.`,
  )
}

export function listWanted(encrypted: EncryptedField, operator: string): EnvelopeQueryError {
  return refused(
    encrypted,
    `: the operand of ${operator} must be a list of values. Pass an array, or use equals for one value.`,
  )
}

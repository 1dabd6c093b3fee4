import { EnvelopeQueryError } from '../../errors.js'
import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { looksLowEntropy } from '../../schema/low-entropy.js'
import { isIndexable, NO_PADDING } from '../../values/index.js'

/** Refusals of filters on encrypted fields. They name fields and say what to write instead, and contain no value. */

function refused({ model, field }: EncryptedField, what: string): EnvelopeQueryError {
  return new EnvelopeQueryError('ENVELOPE_FILTER_UNSUPPORTED', `${model}.${field}${what}`, { model, field })
}

/**
 * Equality needs an index, which a document cannot have.
 *
 * @param parts whether the field has indexes of a part.
 */
export function indexMissing(encrypted: EncryptedField, parts = false): EnvelopeQueryError {
  const { field, type } = encrypted
  const remedy = !isIndexable(type)
    ? 'A document cannot be indexed: write what you search for to a String field of its own, which can be, or filter after reading.'
    : `To search by equality, add an index column to the model, \`${field}Index Bytes? /// @encrypted.index(${field})\`; otherwise filter by another field, or filter after reading.`
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

/**
 * What no index of the field supports.
 *
 * @param indexes those of the field; `undefined` if it has none.
 */
export function refusedOperator(
  encrypted: EncryptedField,
  operator: string,
  indexes: readonly IndexField[] | undefined,
): EnvelopeQueryError {
  const { type } = encrypted
  const what = /^[\w ]{1,64}$/.test(operator) ? operator : 'this operator'
  const instead =
    indexes !== undefined
      ? `${supported(indexes)}, and null checks; the index's normalizers determine case and white space.`
      : !isIndexable(type)
        ? 'The document is encrypted as a whole, and only null checks work. Write what you search for to a String field of its own, with an index (@encrypted.index).'
        : 'Only null checks work; with an index (@encrypted.index), equals, in, notIn and not as well.'
  const remedy = type.normalizable ? remedyFor(encrypted, operator) : undefined
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
function remedyFor(encrypted: EncryptedField, operator: string): string | undefined {
  if (!SEARCHED.has(operator)) return undefined
  const index = partToAdd(encrypted, operator)
  return `${index === undefined ? '' : `${index} `}${searchInstead(encrypted, operator, index !== undefined)}`
}

/** The line to write for an index of a part, and what the field then needs. */
function partToAdd(encrypted: EncryptedField, operator: string): string | undefined {
  const { field, pad = NO_PADDING } = encrypted
  const line = partLine(encrypted, operator)
  if (line === undefined) return undefined
  const what = operator === 'startsWith' ? 'the first 3 characters' : 'the last 4 characters'
  const others = operator === 'startsWith' ? '' : ' (or `part: domain`, for what follows the "@")'
  const padded = pad > NO_PADDING ? '' : `, and \`@encrypted(pad: 16)\` on ${field}`
  return `To search by exactly ${what}, add an index column to the model, \`${line}\`${others}${padded}.`
}

/** `emailFirst Bytes? /// @encrypted.index(email, part: first(3))`. */
function partLine({ field }: EncryptedField, operator: string, options: readonly string[] = []): string | undefined {
  const [suffix, part] = operator === 'startsWith' ? ['First', 'first(3)'] : ['Last', 'last(4)']
  if (operator !== 'startsWith' && operator !== 'endsWith') return undefined
  const all = [...options, ...(looksLowEntropy(field) ? ['lowEntropy: accepted'] : [])]
  return `${field}${suffix} Bytes? /// @encrypted.index(${[field, `part: ${part}`, ...all].join(', ')})`
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

/** A needle that no index of the field answers exactly. The message says which it would. */
export function needleRefused(
  encrypted: EncryptedField,
  operator: string,
  indexes: readonly IndexField[],
): EnvelopeQueryError {
  return refused(
    encrypted,
    ` is encrypted, and no index of it answers ${operator} with what it is given: after the normalizers, that must be ${indexes.map(({ field, kind }) => `${kind.needles} (${field})`).join(', or ')}. ${searchInstead(encrypted, operator, true)}`,
  )
}

/**
 * `mode: 'insensitive'`, of a field that no index finds in any letter case.
 *
 * @param operator of an index of a part.
 */
export function caseMatters(encrypted: EncryptedField, operator?: string): EnvelopeQueryError {
  const { field, type } = encrypted
  if (!isIndexable(type)) return indexMissing(encrypted)
  if (!type.normalizable) return refusedOperator(encrypted, 'mode', [])
  const ofPart = operator === undefined ? undefined : partLine(encrypted, operator, ['normalize: [lowercase]'])
  const line = ofPart ?? `Bytes? /// @encrypted.index(${field}, normalize: [lowercase])`
  const which =
    ofPart === undefined ? 'no index of it ignores case' : `no index of it that answers ${operator} ignores case`
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

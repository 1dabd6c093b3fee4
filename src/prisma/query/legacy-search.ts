import { databaseOf } from '../../databases/index.js'
import { TEXT_PREFIX } from '../../envelope/index.js'
import { type EncryptedField, type IndexField, readsPlaintext } from '../../leaves/index.js'
import { addCondition } from './conditions.js'
import { legacyIndexIncomplete, legacyListTooLong, legacyNotComparable, legacyNotUnique } from './legacy-refusals.js'
import { listsIn, MOST_VALUES, ofNull, withoutLongLists } from './long-lists.js'
import type { Model } from './models.js'
import { ownerFilter } from './ownership.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'
import { filterTenant, type Walk } from './walk.js'

/**
 * Search by equality while rows may still hold a field in plaintext: those that are sealed are asked by the index, the others
 * by the column itself. Which of the two a row is, the column says, and not its index: a program without the extension may
 * have written plaintext over an envelope, and left the token.
 */

/** Where a filter stands: in a unique input, Prisma takes no `OR` in the place of a unique field. */
export type FilterPlace = 'filter' | 'unique' | 'compound'

/** Why the column in plaintext does not answer exactly what the index answers; `undefined` if it does. */
export function inexactness({ type, legacy }: EncryptedField, index: IndexField): string | undefined {
  if (type.column !== 'text') return 'the database cannot tell an envelope in a Bytes column from plaintext'
  if (legacy?.folds === true) return 'the database may treat two spellings of a text as equal, which the index does not'
  const { normalize } = index.definition
  return normalize.length === 0
    ? undefined
    : `the database cannot apply the normalizers of its index ${index.field} (${normalize.join(', ')})`
}

/**
 * Adds the search to a filter, in place. Such a plan is never kept for other calls of its shape, as it has what was asked in
 * two places: so it ends with the day.
 *
 * @param byToken the filter on the index column.
 * @param filter what was asked of the field.
 */
export function addLegacySearch(walk: Walk, where: Plain, index: IndexField, byToken: Plain, filter: unknown): void {
  const { field } = index.source
  const { context, model } = walk
  const sealed = { [field]: beginsAsEnvelope(context.models.provider) }
  const plainly = withoutMode(filter)
  const asked = withoutLongLists(plainly, (part) => ({ [field]: part }))
  const entry = model.fields.get(field)
  // NULL neither begins as an envelope nor does not: without this, a branch that is not about it could be NULL, not false.
  const there = entry?.kind === 'scalar' && entry.optional === true ? [{ [field]: { not: null } }] : []
  const branches: Plain[] = [
    { AND: [...there, sealed, byToken] },
    { AND: [...there, { NOT: sealed }, asked, ...ownRows(walk, index)] },
  ]
  if (there.length > 0) branches.push({ AND: [{ [field]: null }, { [field]: ofNull(plainly) }] })
  addCondition(where, { OR: branches })
}

/** Throws `ENVELOPE_FILTER_UNSUPPORTED` where a filter on a legacy field cannot be answered exactly. */
export function refuseInexact(walk: Walk, where: Plain, index: IndexField, place: FilterPlace): void {
  const why = inexactness(index.source, index)
  if (why !== undefined) throw legacyNotComparable(index.source, why)
  if (place === 'compound' || (place === 'unique' && !namesRow(walk.model, where, index))) {
    throw legacyNotUnique(index.source)
  }
}

/** Throws `ENVELOPE_FILTER_UNSUPPORTED` for a list that would be too long for one statement, as it is sent twice. */
export function refuseTooMany(field: EncryptedField, filter: unknown): void {
  if (listsIn(filter).some(({ length }) => length > MOST_VALUES)) throw legacyListTooLong(field, MOST_VALUES)
}

/** Throws `ENVELOPE_FILTER_UNSUPPORTED` where the column in plaintext does not answer what an index of a part is asked. */
export function refuseInexactPart(provider: string, index: IndexField, sought: unknown): void {
  const why =
    inexactness(index.source, index) ??
    (databaseOf(provider)?.likeFoldsCase === true
      ? 'the database ignores the case of letters where the index does not'
      : typeof sought === 'string' && /[%_\\]/.test(sought)
        ? 'to the database, %, _ and \\ are no letters there'
        : undefined)
  if (why !== undefined) throw legacyNotComparable(index.source, why)
}

/** Refuses to go by the index column itself of a legacy field, but for NULL: rows in plaintext have no token. */
export function refuseLegacyIndex(model: Model, field: string, filter: unknown): void {
  const source = legacySourceOf(model, field)
  if (source === undefined || isAbsent(filter) || filter === null) return
  if (isPlainObject(filter) && Object.values(filter).every((value) => isAbsent(value) || value === null)) return
  throw legacyIndexIncomplete(source, field)
}

/** The field that an index column is computed from, if plaintext of it is still read. */
export function legacySourceOf(model: Model, column: string): EncryptedField | undefined {
  const entry = model.fields.get(column)
  const index = entry?.kind === 'scalar' ? entry.index : undefined
  const source = index === undefined ? undefined : model.encrypted.get(index.source)
  return source !== undefined && readsPlaintext(source) ? source : undefined
}

/** Whether a unique input names its row by something else than this index. */
function namesRow(model: Model, where: Plain, { source, field }: IndexField): boolean {
  return Object.entries(where).some(([key, value]) => {
    if (isAbsent(value) || value === null) return false
    const fields = model.compounds.get(key)
    if (fields !== undefined) return !fields.includes(field)
    const entry = model.fields.get(key)
    return key !== source.field && entry?.kind === 'scalar' && entry.unique === true
  })
}

/** An index of scope `tenant` finds rows of one tenant, also where no filter keeps the call to it. */
function ownRows(walk: Walk, index: IndexField): Plain[] {
  const { context, model, tenant } = walk
  if (index.scope === 'global' || tenant === undefined || filterTenant(walk) !== undefined) return []
  const filter = ownerFilter(context.models, model, tenant, true)
  return filter === undefined ? [] : [filter]
}

/** SQLite's LIKE ignores case, and its comparisons do not; elsewhere a collation may order texts in another way than their bytes. */
function beginsAsEnvelope(provider: string): Plain {
  const after = `${TEXT_PREFIX.slice(0, -1)};`
  return databaseOf(provider)?.likeFoldsCase === true ? { gte: TEXT_PREFIX, lt: after } : { startsWith: TEXT_PREFIX }
}

/** It says `default`, or it was refused. */
function withoutMode(filter: unknown): unknown {
  if (!isPlainObject(filter)) return filter
  const { mode: _, ...operators } = filter
  return operators
}

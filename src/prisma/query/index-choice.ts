import type { EncryptedField, IndexField } from '../../leaves/index.js'
import { caseMatters, indexMissing } from './filter-refusals.js'
import type { FilterPlace } from './legacy-search.js'
import type { Model } from './models.js'
import { noSuchIndex, searchTenantRequired, unknownArgument } from './refusals.js'

/** The field's indexes of whole values, which answer equality. */
export function wholeIndexes(model: Model, field: string): readonly IndexField[] {
  return answering(model, field, 'equals')
}

/** The field's indexes that answer an operator. */
function answering(model: Model, field: string, operator: string): readonly IndexField[] {
  return (model.indexes.get(field) ?? []).filter(({ kind }) => Object.hasOwn(kind.operators, operator))
}

export function encryptedField(model: Model, name: string): EncryptedField {
  const field = model.encrypted.get(name)
  if (field === undefined) throw unknownArgument(model.name, name)
  return field
}

/** Which of several indexes a filter takes. Where it takes none that can be used, any will do: Prisma will refuse it. */
export interface IndexChoice {
  takes(index: IndexField): boolean
  readonly place: FilterPlace
}

/**
 * The index to search a field by, as a whole: the first in the schema whose tenant is known, of those that the filter takes. One of
 * scope `global` also serves where no tenant is known.
 */
export function indexOf(model: Model, field: string, tenant: string | undefined, choice?: IndexChoice): IndexField {
  const indexes = wholeIndexes(model, field)
  if (indexes.length === 0) throw indexMissing({ model, encrypted: encryptedField(model, field) })
  const usable = usableOf(model, field, indexes, tenant)
  return (choice && usable.find((index) => choice.takes(index))) ?? usable[0]
}

/** The index to search a field by in any letter case: as {@link indexOf}, of those that ignore it. */
export function caselessIndexOf(model: Model, field: string, tenant: string | undefined): IndexField {
  const indexes = wholeIndexes(model, field).filter(ignoresCase)
  if (indexes.length === 0) throw caseMatters(model, encryptedField(model, field))
  return usableOf(model, field, indexes, tenant)[0]
}

/**
 * The indexes of a part to ask for an operator. Which of them has the answer, what is sought says.
 *
 * @param anyCase only those that ignore the letter case.
 */
export function partIndexes(model: Model, field: string, operator: string, anyCase: boolean): readonly IndexField[] {
  const indexes = answering(model, field, operator).filter((index) => !anyCase || ignoresCase(index))
  if (indexes.length === 0) throw caseMatters(model, encryptedField(model, field), operator)
  return indexes
}

function ignoresCase({ kind, definition }: IndexField): boolean {
  return kind.ignoresCase(definition)
}

/** Those whose key is known. One of scope `global` has the key that all share. */
function usableOf(
  model: Model,
  field: string,
  indexes: readonly IndexField[],
  tenant: string | undefined,
): [IndexField, ...IndexField[]] {
  const [first, ...others] = indexes.filter(({ scope }) => scope === 'global' || tenant !== undefined)
  if (first === undefined) throw searchTenantRequired(model.name, field)
  return [first, ...others]
}

/** An index by the name of its column. */
export function namedIndex(model: Model, field: string, tenant: string | undefined, name: string): IndexField {
  const index = (model.indexes.get(field) ?? []).find((one) => one.field === name)
  if (index === undefined) throw noSuchIndex(model.name, field, name)
  if (index.scope === 'tenant' && tenant === undefined) throw searchTenantRequired(model.name, field)
  return index
}

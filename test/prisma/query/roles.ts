import type { InputType } from './dmmf.js'

/** What an input type is, going by its name alone. */
export type Role =
  /** The data of a row, checked or unchecked: values of encrypted fields in it are sealed. */
  | { readonly kind: 'row'; readonly model: string; readonly creates: boolean }
  /** `where`, unique or not. */
  | { readonly kind: 'filter'; readonly model: string }
  | { readonly kind: 'having'; readonly model: string }
  /** `orderBy`, and the aggregates in it: `_min: { … }`. */
  | { readonly kind: 'order'; readonly model: string; readonly counts: boolean }
  | { readonly kind: 'compound'; readonly model: string }
  /** What only leads to other types: nested writes, relation filters, operators on a value. */
  | { readonly kind: 'other' }

const ROW = [
  /^(Unchecked)?(Create|Update|CreateMany|UpdateMany)Input$/,
  /^UpdateManyMutationInput$/,
  /^(Unchecked)?(Create|Update|UpdateMany)Without\w+(?<!Nested)Input$/,
  // Inside a nested `createMany`, named after the relation.
  /^CreateMany\w+Input$/,
]

const roles = new WeakMap<InputType, Role>()

export function roleOf(type: InputType): Role {
  const known = roles.get(type)
  if (known !== undefined) return known
  const role = readRole(type)
  roles.set(type, role)
  return role
}

function readRole(type: InputType): Role {
  const model = type.meta?.grouping
  if (model === undefined || !type.name.startsWith(model)) return { kind: 'other' }
  const rest = type.name.slice(model.length)
  if (ROW.some((pattern) => pattern.test(rest)))
    return { kind: 'row', model, creates: /^(Unchecked)?Create/.test(rest) }
  if (/^(Scalar)?Where(Unique)?Input$/.test(rest)) return { kind: 'filter', model }
  if (rest === 'ScalarWhereWithAggregatesInput') return { kind: 'having', model }
  if (/^OrderByWith(Relation|Aggregation)Input$/.test(rest)) return { kind: 'order', model, counts: false }
  if (/^(Count|Avg|Min|Max|Sum)OrderByAggregateInput$/.test(rest)) {
    return { kind: 'order', model, counts: rest.startsWith('Count') }
  }
  if (rest.endsWith('CompoundUniqueInput')) return { kind: 'compound', model }
  return { kind: 'other' }
}

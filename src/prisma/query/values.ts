import type { EncryptedField } from '../../leaves/index.js'
import { planNoToken, planToken } from './index-tokens.js'
import { planList } from './list-values.js'
import { ownValue } from './own.js'
import { noteTwins } from './plaintext-twins.js'
import { isAbsent, isPlainObject, nullMarker, type Plain } from './prisma-values.js'
import { wrongShape } from './refusals.js'
import { noteSeal } from './seals.js'
import type { RowWalk } from './walk.js'

/** Plans what is written to an encrypted field of a row: what is sealed, and the tokens in the indexes over it. */
export function planValue(row: RowWalk, data: Plain, field: EncryptedField, written: unknown): void {
  if (field.list) {
    planList(row, data, field, written)
    return
  }
  const { context, model } = row
  // A Json field takes any object as its value; elsewhere an object is Prisma's `{ set }`.
  const inSet = !field.type.structured && isPlainObject(written)
  if (inSet && Object.keys(written).some((key) => key !== 'set')) {
    throw wrongShape(model.name, field.field, 'a value or { set: value }')
  }
  const [holder, key] = inSet ? [written, 'set'] : [data, field.field]
  const value = ownValue(holder, key)
  // NULL says that there is no value: there is nothing to hide. JSON null is a value, and sealed like any other.
  if (isAbsent(value)) return
  const indexes = model.indexes.get(field.field) ?? NO_INDEXES
  if (value === null || nullMarker(value) === 'DbNull') {
    for (const index of indexes) planNoToken(index, data)
    return
  }
  noteSeal(row, holder, key, field)
  if (!context.searchable) return
  for (const index of indexes) planToken(row, index, data, value)
  noteTwins(row, field, indexes, value)
}

const NO_INDEXES: readonly [] = []

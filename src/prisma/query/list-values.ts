import type { Holder } from '../../leaves/holder.js'
import type { EncryptedField } from '../../leaves/index.js'
import { isAbsent, isPlainObject, nullMarker, type Plain } from './prisma-values.js'
import { noBytesInPush, nullInList, wrongShape } from './refusals.js'
import { noteSeal } from './seals.js'
import type { RowWalk } from './walk.js'

/**
 * Plans what is written to a list. Each element is sealed by itself, so that `push` needs to read nothing:
 * `[…]`, `{ set: […] }`, `{ push: value }` and, except for Json, `{ push: […] }`.
 */
export function planList(row: RowWalk, data: Plain, field: EncryptedField, value: unknown): void {
  // Prisma itself refuses NULL for a list.
  if (value === null) return
  if (Array.isArray(value)) {
    planElements(row, field, value)
    return
  }
  const given = isPlainObject(value) ? Object.entries(value).filter(([, part]) => !isAbsent(part)) : undefined
  if (given === undefined || given.some(([key]) => key !== 'set' && key !== 'push')) {
    throw wrongShape(row.model.name, field.field, 'a list, { set: list } or { push: value }')
  }
  for (const [key, part] of given) {
    // The object that `given` was read from.
    const holder = value as Plain
    if (key === 'push') planPush(row, field, holder, part)
    else if (Array.isArray(part)) {
      planElements(row, field, part)
      // Prisma 7.10 stores the base64 text of bytes in `set` as their bytes, and stores the list itself correctly.
      if (field.type.column === 'bytes') data[field.field] = part
    } else if (part !== null) throw wrongShape(row.model.name, field.field, '{ set: list }')
  }
}

function planPush(row: RowWalk, field: EncryptedField, holder: Plain, value: unknown): void {
  // Prisma appends one element to a Json list, whatever it is: `{ push: [1, 2] }` appends the list [1, 2].
  if (!Array.isArray(value) || field.type.structured) {
    if (value === null && !field.type.structured) return
    planElement(row, field, holder, 'push', value)
    return
  }
  // Prisma 7.10 stores the base64 text of such elements as their bytes: no envelope would open again.
  if (field.type.column === 'bytes') throw noBytesInPush(row.model.name, field.field)
  planElements(row, field, value)
}

function planElements(row: RowWalk, field: EncryptedField, list: unknown[]): void {
  for (const at of list.keys()) planElement(row, field, list, at, list[at])
}

function planElement(row: RowWalk, field: EncryptedField, holder: Holder, key: string | number, value: unknown): void {
  // JSON's null is an element like any other; Prisma takes no marker for it here.
  if (nullMarker(value) !== undefined) throw nullInList(row.model.name, field.field)
  noteSeal(row, holder, key, field)
}

import type { Holder } from '../../leaves/holder.js'
import type { EncryptedField } from '../../leaves/index.js'
import type { Call, Plain } from './call.js'
import type { Model } from './models.js'
import { isAbsent, isPlainObject, nullMarker } from './prisma-values.js'
import { noBytesInPush, nullInList, tenantRequired, wrongShape } from './refusals.js'

/**
 * Plans what is written to a list. Each element is sealed by itself, so that `push` needs to read nothing:
 * `[…]`, `{ set: […] }`, `{ push: value }` and, but for Json, `{ push: […] }`.
 */
export function planList(
  call: Call,
  model: Model,
  data: Plain,
  field: EncryptedField,
  value: unknown,
  tenant: string | undefined,
): void {
  // A list is never NULL by Prisma: it says so itself.
  if (value === null) return
  if (Array.isArray(value)) {
    planElements(call, model, field, value, tenant)
    return
  }
  const given = isPlainObject(value) ? Object.entries(value).filter(([, part]) => !isAbsent(part)) : undefined
  if (given === undefined || given.some(([key]) => key !== 'set' && key !== 'push')) {
    throw wrongShape(model.name, field.field, 'a list, { set: list } or { push: value }')
  }
  for (const [key, part] of given) {
    // The object that `given` was read from.
    const holder = value as Plain
    if (key === 'push') planPush(call, model, field, holder, part, tenant)
    else if (Array.isArray(part)) {
      planElements(call, model, field, part, tenant)
      // Prisma 7.10 stores the base64 text of bytes in `set` as their bytes, and those of the list itself rightly.
      if (field.type.column === 'bytes') data[field.field] = part
    } else if (part !== null) throw wrongShape(model.name, field.field, '{ set: list }')
  }
}

function planPush(
  call: Call,
  model: Model,
  field: EncryptedField,
  holder: Plain,
  value: unknown,
  tenant: string | undefined,
): void {
  // Prisma appends one element to a Json list, whatever it is: `{ push: [1, 2] }` makes it hold the list [1, 2].
  if (!Array.isArray(value) || field.type.structured) {
    if (value === null && !field.type.structured) return
    planElement(call, model, field, holder, 'push', value, tenant)
    return
  }
  // Prisma 7.10 stores the base64 text of such elements as their bytes: no envelope would open again.
  if (field.type.column === 'bytes') throw noBytesInPush(model.name, field.field)
  planElements(call, model, field, value, tenant)
}

function planElements(
  call: Call,
  model: Model,
  field: EncryptedField,
  list: unknown[],
  tenant: string | undefined,
): void {
  for (const at of list.keys()) planElement(call, model, field, list, at, list[at], tenant)
}

function planElement(
  call: Call,
  model: Model,
  field: EncryptedField,
  holder: Holder,
  key: string | number,
  value: unknown,
  tenant: string | undefined,
): void {
  if (tenant === undefined) throw tenantRequired(model.name, model.tenant?.field)
  // JSON's null is an element like any other; Prisma takes no marker for it here.
  if (nullMarker(value) !== undefined) throw nullInList(model.name, field.field)
  call.seals.push({ holder, key, field, tenant })
}

import type { ValueType } from '../../values/index.js'
import { isAbsent, isPlainObject, nullMarker } from './prisma-values.js'

/** Whether a filter asks only if the column is NULL. A structured value is compared with whole ones, `{}` among them. */
export function isNullCheck(filter: unknown, type: ValueType, operand = false): boolean {
  if (isAbsent(filter) || filter === null || nullMarker(filter) === 'DbNull') return true
  if (!isPlainObject(filter) || (type.structured && operand)) return false
  return Object.entries(filter).every(([operator, value]) => {
    if (isAbsent(value)) return true
    return (operator === 'equals' || operator === 'not') && isNullCheck(value, type, true)
  })
}

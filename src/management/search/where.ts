import { isAbsent } from '../../prisma/internals.js'
import { isPlainObject } from '../../prisma/query/index.js'

const COMBINATORS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT'])

/** Whether a filter says anything of rows: also `{ members: { some: {} } }`, which is met by those that have one. */
export function hasCondition(where: unknown): boolean {
  if (Array.isArray(where)) return where.some(hasCondition)
  if (!isPlainObject(where)) return false
  return Object.entries(where).some(([key, value]) => {
    if (COMBINATORS.has(key)) return hasCondition(value)
    return isPlainObject(value) ? Object.values(value).some((one) => !isAbsent(one)) : !isAbsent(value)
  })
}

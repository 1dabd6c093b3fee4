import { equality } from '../../search/index.js'
import { isAbsent, isPlainObject, type Plain } from './prisma-values.js'

/** An operator that asks for a part of a value, `startsWith`, with what it is given. */
export interface PartFilter {
  readonly operator: string
  readonly sought: unknown
  /** Puts as many `not` around a filter as there are around the operator. */
  around(filter: Plain): Plain
}

/**
 * Takes apart a filter on an encrypted field whose operators have been checked: into the operators that ask for a part, and
 * what is left for whole values, in the same form. All of these must hold, also within `not`: Prisma takes `{ not: { a, b } }`
 * for neither `a` nor `b`.
 */
export function takeParts(filter: unknown): {
  readonly whole: Plain | undefined
  readonly parts: readonly PartFilter[]
} {
  const parts: PartFilter[] = []
  const whole = isPlainObject(filter) ? wholeOf(filter, parts, (inner) => inner) : undefined
  return { whole, parts }
}

/** `undefined` where nothing is left but the mode. */
function wholeOf(filter: Plain, parts: PartFilter[], around: PartFilter['around']): Plain | undefined {
  const whole: Plain = {}
  const before = parts.length
  for (const [operator, value] of Object.entries(filter)) {
    if (isAbsent(value) || operator === 'mode') whole[operator] = value
    else if (!Object.hasOwn(equality.operators, operator)) parts.push({ operator, sought: value, around })
    else if (operator !== 'not' || !isPlainObject(value)) whole[operator] = value
    else {
      const inner = wholeOf(value, parts, (deeper) => around({ not: deeper }))
      if (inner !== undefined) whole.not = inner
    }
  }
  const isEmpty = Object.entries(whole).every(([operator, value]) => isAbsent(value) || operator === 'mode')
  return isEmpty && parts.length > before ? undefined : whole
}

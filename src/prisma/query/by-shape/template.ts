import type { Plain } from '../prisma-values.js'
import type { HoleKind, ObjectPart, Part } from './pattern.js'

/** The tenant of a template. Text and integer columns can hold it, and no database treats it as equal to another. */
export const TENANT = '999999937'

/**
 * Arguments of a shape with stand-ins in the place of values, none of them twice. Planning cannot tell a stand-in from a value:
 * unless it would look at it, as at the name of a tenant, which none of them can be.
 */
export function templateOf(root: ObjectPart): Plain {
  const count = { last: 0 }
  return objectOf(root, count)
}

interface Count {
  last: number
}

function objectOf({ keys, parts }: ObjectPart, count: Count): Plain {
  return Object.fromEntries(keys.map((key, at) => [key, valueAt(parts[at], count)]))
}

function valueAt(part: Part | undefined, count: Count): unknown {
  if (part === undefined) throw new Error('a shape has a key without a part')
  switch (part.kind) {
    case 'fixed':
      return part.value
    case 'object':
      return objectOf(part, count)
    case 'list':
      return part.items.map((item) => valueAt(item, count))
    case 'rows':
      return [objectOf(part.row, count)]
    default:
      count.last += 1
      return standIn(part.kind, count.last)
  }
}

function standIn(kind: HoleKind, number: number): unknown {
  switch (kind) {
    case 'text':
      // With a control character: no tenant is called so.
      return `\0${number}`
    case 'number':
      // No integer: no tenant either.
      return number + 0.5
    case 'bigint':
      // Beyond every column.
      return 2n ** 64n + BigInt(number)
    case 'tenant':
      return TENANT
    case 'tenant number':
      return Number(TENANT)
    case 'tenant bigint':
      return BigInt(TENANT)
    case 'instance':
      return new Date(number)
    case 'values':
      return [`\0${number}`]
    case 'document':
    case 'passed':
      return { document: number }
  }
}

import type { InputType, TestSchema, TypeRef } from './dmmf.js'
import { FieldReference, skip } from './markers.js'

/**
 * Whether Prisma takes a value where one of these types is asked for. It tries them in this order and takes the first
 * that fits (`test/integration/to-one-update.test.ts` shows it), so this also tells which form an ambiguous value is.
 */
export function accepts(schema: TestSchema, types: readonly TypeRef[], value: unknown): boolean {
  return types.some((type) => acceptsType(schema, type, value))
}

export function acceptsType(schema: TestSchema, type: TypeRef, value: unknown): boolean {
  if (type.isList && Array.isArray(value)) return value.every((item) => acceptsOne(schema, type, item))
  // One item in place of a list of one.
  return acceptsOne(schema, type, value)
}

function acceptsOne(schema: TestSchema, type: TypeRef, value: unknown): boolean {
  switch (type.location) {
    case 'scalar':
      return acceptsScalar(type.type, value)
    case 'enumTypes':
      return schema.enumValues(type.type).includes(isMarker(value) ? value._getName() : String(value))
    case 'fieldRefTypes':
      return value instanceof FieldReference
    default:
      return acceptsObject(schema, schema.input(type.type), value)
  }
}

function acceptsScalar(type: string, value: unknown): boolean {
  switch (type) {
    case 'Null':
      return value === null
    case 'String':
      return typeof value === 'string'
    case 'Boolean':
      return typeof value === 'boolean'
    case 'Int':
      return Number.isInteger(value)
    case 'Float':
      return typeof value === 'number'
    case 'BigInt':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'Decimal':
      return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
    case 'DateTime':
      return value instanceof Date
    case 'Bytes':
      return value instanceof Uint8Array
    case 'Json':
      return value !== undefined && value !== null && !isMarker(value) && !(value instanceof FieldReference)
    default:
      throw new Error(`these tests do not know the scalar ${type}`)
  }
}

function acceptsObject(schema: TestSchema, type: InputType, value: unknown): boolean {
  if (!isLiteral(value)) return false
  const given = Object.entries(value).filter(([, item]) => item !== undefined && item !== skip)
  const { minNumFields, maxNumFields } = type.constraints
  if (given.length < (minNumFields ?? 0) || given.length > (maxNumFields ?? given.length)) return false
  const oneOf = type.constraints.fields
  if (oneOf !== undefined && !given.some(([name]) => oneOf.includes(name))) return false
  const known = new Map(type.fields.map((field) => [field.name, field]))
  return (
    given.every(([name, item]) => accepts(schema, known.get(name)?.inputTypes ?? [], item)) &&
    type.fields.every(({ name, isRequired }) => !isRequired || given.some(([key]) => key === name))
  )
}

export function isLiteral(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

export function isMarker(value: unknown): value is { _getName(): string } {
  return typeof value === 'object' && value !== null && '_getName' in value && typeof value._getName === 'function'
}

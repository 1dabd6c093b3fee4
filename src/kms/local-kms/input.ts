import { invalidParameter, KmsFault } from './kms-fault.js'

/**
 * Parsing of request members, with AWS's two kinds of refusal: SerializationException for a member of another type,
 * ValidationException for a value outside its bounds.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject
/** A member that is `undefined` is left out on the wire. */
export interface JsonObject {
  [member: string]: Json | undefined
}

interface Bounds {
  min: number
  max: number
}

const MISSING = 'Member must not be null'

/** Base64 as the wire protocol has it: padded, of the standard alphabet. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export function parseBody(body: string): JsonObject {
  if (body === '') return {}
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new KmsFault('SerializationException')
  }
  if (!isObject(value)) throw new KmsFault('SerializationException')
  return value
}

export function optionalText(input: JsonObject, name: string, { min, max }: Bounds = { min: 1, max: 2048 }) {
  const value = input[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw wrongType(name)
  if (value.length < min) throw invalidParameter(name, `Member must have length greater than or equal to ${min}`, "''")
  if (value.length > max) throw tooLong(name, max)
  return value
}

export function text(input: JsonObject, name: string, bounds?: Bounds): string {
  const value = optionalText(input, name, bounds)
  if (value === undefined) throw invalidParameter(name, MISSING)
  return value
}

export function optionalOneOf<const T extends string>(input: JsonObject, name: string, values: readonly T[]) {
  const value = optionalText(input, name)
  if (value === undefined) return undefined
  const known = values.find((candidate) => candidate === value)
  if (known === undefined) {
    throw invalidParameter(name, `Member must satisfy enum value set: [${values.join(', ')}]`, `'${value}'`)
  }
  return known
}

export function oneOf<const T extends string>(input: JsonObject, name: string, values: readonly T[]): T {
  const value = optionalOneOf(input, name, values)
  if (value === undefined) throw invalidParameter(name, MISSING)
  return value
}

export function bytes(input: JsonObject, name: string, { min, max }: Bounds): Buffer {
  const value = input[name] ?? undefined
  if (value === undefined) throw invalidParameter(name, MISSING)
  if (typeof value !== 'string' || !BASE64.test(value)) throw wrongType(name)
  const decoded = Buffer.from(value, 'base64')
  if (decoded.length < min) {
    throw invalidParameter(
      name,
      `Member must have length greater than or equal to ${min}`,
      `of ${decoded.length} bytes`,
    )
  }
  if (decoded.length > max) throw tooLong(name, max, `of ${decoded.length} bytes`)
  return decoded
}

export function optionalInteger(input: JsonObject, name: string, { min, max }: Bounds): number | undefined {
  const value = input[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name)
  if (value < min) throw invalidParameter(name, `Member must have value greater than or equal to ${min}`, `'${value}'`)
  if (value > max) throw invalidParameter(name, `Member must have value less than or equal to ${max}`, `'${value}'`)
  return value
}

export function flag(input: JsonObject, name: string): boolean {
  const value = input[name] ?? false
  if (typeof value !== 'boolean') throw wrongType(name)
  return value
}

export function stringMap(input: JsonObject, name: string): Readonly<Record<string, string>> {
  const value = input[name] ?? {}
  if (!isObject(value)) throw wrongType(name)
  // Object.fromEntries defines properties, so a pair named __proto__ stays a pair.
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (typeof member !== 'string') throw wrongType(name)
      return [key, member]
    }),
  )
}

export function objects(input: JsonObject, name: string): JsonObject[] {
  const value = input[name] ?? []
  if (!Array.isArray(value)) throw wrongType(name)
  return value.map((member) => {
    if (!isObject(member)) throw wrongType(name)
    return member
  })
}

/** For members that the embedded KMS does not support, where ignoring them would do less than was asked for. */
export function refuse(input: JsonObject, name: string): void {
  if ((input[name] ?? undefined) === undefined) return
  throw new KmsFault('UnsupportedOperationException', `The embedded KMS does not support ${name}.`)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrongType(name: string): KmsFault {
  return new KmsFault('SerializationException', `${name} is of the wrong type.`)
}

function tooLong(name: string, max: number, value = '(too long)'): KmsFault {
  return invalidParameter(name, `Member must have length less than or equal to ${max}`, value)
}

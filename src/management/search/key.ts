import { isDecimal } from '../../prisma/internals.js'
import { type Model, ownValue, type Plain } from '../../prisma/query/index.js'
import { cannotSearch, optionInvalid } from './refusals.js'

/** A value of a key as JSON can hold it. */
export type CursorPart = string | number | boolean

/** How the rows of a model are told apart, and gone through in order. */
export interface SearchKey {
  readonly fields: readonly string[]
  /** Those that are not the same in all rows of a tenant. */
  readonly varying: readonly string[]
  /** Whether a filter can say `gt` of them, and so begin after a row. If not, all rows are read at once. */
  readonly hasPages: boolean
  /** Whether Prisma may read less of a value than the database has. */
  readonly isInexact: boolean
}

/** Whether Prisma has `gt` for a type, and reads what it has written. Not for a real number, which the column may round. */
const ORDERED: ReadonlySet<string> = new Set(['String', 'Int', 'BigInt', 'Decimal', 'DateTime'])

/** Throws `ENVELOPE_CONFIG_INVALID` for a view without a unique. */
export function keyOfModel(model: Model, tenant: string | undefined): SearchKey {
  const { name, key, fields } = model
  if (key.length === 0) throw cannotSearch(name, 'It has no unique field. Give the view one, with @unique.')
  const types = (parts: readonly string[]): string[] =>
    parts.map((part) => {
      const entry = fields.get(part)
      return entry?.kind === 'scalar' ? entry.type : ''
    })
  const others = key.filter((part) => part !== model.tenant?.field)
  const varying = tenant === undefined || model.tenant === undefined || others.length === 0 ? key : others
  return {
    fields: key,
    varying,
    hasPages: types(varying).every((type) => ORDERED.has(type)),
    isInexact: types(key).some((type) => type === 'DateTime' || type === 'Float'),
  }
}

/** The condition that rows meet that come after this one. */
export function afterKey({ varying }: SearchKey, row: Plain): Plain {
  const steps = varying.map((part, i) => ({
    ...Object.fromEntries(varying.slice(0, i).map((before) => [before, row[before]])),
    [part]: { gt: row[part] },
  }))
  const [only] = steps
  return steps.length === 1 && only !== undefined ? only : { OR: steps }
}

/** The condition that one of these rows meets. */
export function amongKeys({ varying }: SearchKey, rows: readonly Plain[]): Plain {
  const [only] = varying
  if (varying.length === 1 && only !== undefined) return { [only]: { in: rows.map((row) => row[only]) } }
  return { OR: rows.map((row) => Object.fromEntries(varying.map((part) => [part, row[part]]))) }
}

/** The key of a row, of all that was read of it. */
export function keyOnly({ fields }: SearchKey, row: Plain): Plain {
  return Object.fromEntries(fields.map((field) => [field, row[field]]))
}

/** The key of a row as one text, by which the row is recognised. */
export function keyText(key: SearchKey, row: Plain): string {
  return JSON.stringify(key.fields.map((field) => cursorPart(row[field])))
}

/** The key of a row as JSON can hold it. */
export function cursorOf(key: SearchKey, row: Plain): Record<string, CursorPart> {
  return Object.fromEntries(key.fields.map((field) => [field, cursorPart(row[field])]))
}

function cursorPart(value: unknown): CursorPart {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isDecimal(value)) return value.toFixed()
  if (typeof value === 'bigint') return String(value)
  // What is left is text, a number or a boolean.
  return value as CursorPart
}

/** The key that a cursor names, in the types of its fields. Throws `ENVELOPE_VALUE_INVALID`. */
export function keyOfCursor(model: Model, { fields }: SearchKey, cursor: unknown): Plain {
  const wanted = `\`cursor\` must be what an earlier search returned as such, { ${fields.join(', ')} }`
  if (typeof cursor !== 'object' || cursor === null || Array.isArray(cursor)) throw optionInvalid(model.name, wanted)
  const extra = Object.keys(cursor).find((name) => !fields.includes(name))
  const values = fields.map((field) => [field, partOf(model, field, ownValue(cursor, field))] as const)
  if (extra !== undefined || values.some(([, value]) => value === undefined)) throw optionInvalid(model.name, wanted)
  return Object.fromEntries(values)
}

const DECIMAL = /^-?\d{1,1000}(\.\d{1,1000})?$/

/** `undefined` where it is no value of the field. */
function partOf({ fields }: Model, field: string, value: unknown): unknown {
  const entry = fields.get(field)
  switch (entry?.kind === 'scalar' ? entry.type : undefined) {
    case 'Int':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? value : undefined
    case 'Float':
      return Number.isFinite(value) ? value : undefined
    case 'Boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'BigInt':
      return wholeNumber(value)
    case 'Decimal':
      return isDecimal(value) || (typeof value === 'string' && DECIMAL.test(value)) ? value : undefined
    case 'DateTime':
      return moment(value)
    case 'Bytes':
      return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : bytesOr(value)
    default:
      // PostgreSQL has no NUL in a text.
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0') ? value : undefined
  }
}

function wholeNumber(value: unknown): bigint | undefined {
  const number =
    typeof value === 'bigint'
      ? value
      : Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))
        ? BigInt(value as number | string)
        : undefined
  return number !== undefined && BigInt.asIntN(64, number) === number ? number : undefined
}

function moment(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : value
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date : undefined
}

function bytesOr(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}

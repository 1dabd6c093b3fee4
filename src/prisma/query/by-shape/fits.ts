import { isDecimal, isMarker, isSkip } from '../../internals.js'
import { isPlainObject, type Plain } from '../prisma-values.js'
import type { ObjectPart, Part } from './pattern.js'

/** The objects of arguments that have a shape, in the order of the shape: what is planned is done to these. */
export interface Found {
  /** The call's tenant. */
  readonly tenant: string | undefined
  readonly nodes: (Plain | unknown[])[]
  /** How many of the nodes come before those of the first row. */
  before: number
  /** How many rows there are, and how many nodes each has. */
  rows: number
  perRow: number
}

/** Compares arguments with a shape. `undefined` where they have another one. */
export function fitting(root: ObjectPart, args: Plain, tenant: string | undefined): Found | undefined {
  const found: Found = { tenant, nodes: [], before: 0, rows: 0, perRow: 0 }
  const later: Later = { rows: undefined, row: undefined }
  if (!fits(root, args, found, later)) return undefined
  found.before = found.nodes.length
  if (later.rows === undefined || later.row === undefined) return found
  for (const row of later.rows) if (!fits(later.row, row, found, NO_ROWS)) return undefined
  found.rows = later.rows.length
  found.perRow = (found.nodes.length - found.before) / found.rows
  return found
}

/** The rows of a `createMany` are compared last: so their nodes follow each other. */
interface Later {
  rows: readonly unknown[] | undefined
  row: ObjectPart | undefined
}

/** Rows have no rows in them. */
const NO_ROWS: Later = Object.freeze({ rows: undefined, row: undefined })

function fits(part: Part, value: unknown, found: Found, later: Later): boolean {
  switch (part.kind) {
    case 'fixed':
      return value === part.value
    case 'object':
      return isPlainObject(value) && fitsObject(part, value, found, later)
    case 'list':
      if (!Array.isArray(value) || value.length !== part.items.length) return false
      found.nodes.push(value)
      return part.items.every((item, at) => fits(item, value[at], found, later))
    case 'rows':
      if (!Array.isArray(value) || value.length === 0) return false
      found.nodes.push(value)
      later.rows = value
      later.row = part.row
      return true
    case 'values':
      return isListOfValues(value)
    case 'instance':
      return isInstance(value)
    case 'document':
      return isDocument(value)
    case 'passed':
      return true
    default:
      return part.kind === scalarKind(value, found.tenant)
  }
}

function fitsObject({ keys, parts }: ObjectPart, value: Plain, found: Found, later: Later): boolean {
  found.nodes.push(value)
  let at = 0
  // Own keys only: a literal inherits none.
  for (const key in value) {
    const part = parts[at]
    if (part === undefined || key !== keys[at] || !fits(part, value[key], found, later)) return false
    at += 1
  }
  return at === keys.length
}

/** The kind of hole that a value without parts makes, if it makes one. */
export function scalarKind(
  value: unknown,
  tenant: string | undefined,
): 'text' | 'number' | 'bigint' | 'tenant' | 'tenant number' | 'tenant bigint' | undefined {
  switch (typeof value) {
    case 'string':
      return value === tenant ? 'tenant' : 'text'
    case 'number':
      return tenant !== undefined && String(value) === tenant ? 'tenant number' : 'number'
    case 'bigint':
      return tenant !== undefined && String(value) === tenant ? 'tenant bigint' : 'bigint'
    default:
      return undefined
  }
}

/** Of the instances that Prisma takes as values, none means anything to planning. */
export function isInstance(value: unknown): boolean {
  return value instanceof Date || ArrayBuffer.isView(value) || isDecimal(value)
}

/** A list of what planning passes on unread. */
export function isListOfValues(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => scalarKind(item, undefined) !== undefined || isInstance(item))
}

/** Whether a value is a document, with which nothing but sealing is to be done. */
export function isDocument(value: unknown): boolean {
  if (value === undefined || value === null) return false
  return typeof value !== 'object' || (!isSkip(value) && !isMarker(value) && !isFieldReference(value))
}

function isFieldReference(value: object): boolean {
  return '_toGraphQLInputType' in value
}

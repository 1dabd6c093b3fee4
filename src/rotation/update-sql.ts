import type { Stored } from '../envelope/index.js'

/**
 * One row's new values, as SQL: written only where the old ones still stand, and without waiting for whoever holds the
 * row. Raw, since Prisma's own update would move `@updatedAt`.
 */

export interface RowUpdate {
  readonly table: string
  readonly schema: string | undefined
  /** The columns that address the row, and its values in them. */
  readonly key: readonly { readonly column: string; readonly value: string | number | bigint }[]
  readonly cells: readonly CellUpdate[]
}

export interface CellUpdate {
  readonly column: string
  readonly json: boolean
  readonly before: Stored | readonly Stored[]
  readonly after: Stored | readonly Stored[]
}

export interface Statement {
  readonly sql: string
  readonly parameters: unknown[]
}

/** The databases for which a row can be rewritten so. */
export function canUpdate(provider: string): boolean {
  return Object.hasOwn(dialects, provider)
}

type ListType = 'text' | 'jsonb' | 'bytea'

interface Dialect {
  json(parameter: string): string
  jsonColumn(column: string): string
  /** A list, as SQL that compares with the column's, which is given too; where the database has lists. */
  list?(type: ListType, parameter: string): string
  /** What keeps the statement from waiting for a lock, where the database has such a thing. */
  readonly skipLocked: boolean
  placeholder(n: number): string
}

const postgres: Dialect = {
  // The column may be json, which knows no equality, or jsonb.
  json: (parameter) => `${parameter}::jsonb`,
  jsonColumn: (column) => `${column}::jsonb`,
  // The column may be json[] or varchar[], which are not compared with these.
  list: (type, parameter) => `${parameter}::${type}[]`,
  skipLocked: true,
  placeholder: (n) => `$${n}`,
}

const sqlite: Dialect = {
  json: (parameter) => parameter,
  jsonColumn: (column) => column,
  // One writer at a time: there is no row lock to skip.
  skipLocked: false,
  placeholder: () => '?',
}

const dialects: Readonly<Record<string, Dialect>> = {
  postgresql: postgres,
  postgres,
  cockroachdb: postgres,
  sqlite,
}

/** A compare-and-set of one row. */
export function updateStatement(provider: string, update: RowUpdate): Statement {
  const dialect = dialects[provider]
  if (dialect === undefined) throw new Error(`rows of ${provider} cannot be rewritten in place`)
  const parameters: unknown[] = []
  const parameter = (value: unknown): string => {
    parameters.push(value)
    return dialect.placeholder(parameters.length)
  }
  const listOf = ({ json }: CellUpdate, items: readonly Stored[], expression: string): string => {
    if (dialect.list === undefined) throw new Error(`${provider} has no lists`)
    const type = json ? 'jsonb' : items.some((item) => typeof item !== 'string') ? 'bytea' : 'text'
    return dialect.list(type, expression)
  }
  const cell = (one: CellUpdate, value: CellUpdate['before']): string => {
    if (typeof value === 'object' && !(value instanceof Uint8Array)) {
      return listOf(one, value, parameter(arrayLiteral(value, one.json)))
    }
    return one.json ? dialect.json(parameter(JSON.stringify(value))) : parameter(value)
  }
  const columnOf = (one: CellUpdate): string => {
    const column = quoted(one.column)
    if (typeof one.before === 'object' && !(one.before instanceof Uint8Array)) return listOf(one, one.before, column)
    return one.json ? dialect.jsonColumn(column) : column
  }
  const table = [update.schema, update.table].flatMap((name) => (name === undefined ? [] : [quoted(name)])).join('.')
  const set = update.cells.map((one) => `${quoted(one.column)} = ${cell(one, one.after)}`).join(', ')
  const unchanged = (): string =>
    [
      ...update.key.map(({ column, value }) => `${quoted(column)} = ${parameter(value)}`),
      ...update.cells.map((one) => `${columnOf(one)} = ${cell(one, one.before)}`),
    ].join(' AND ')
  if (!dialect.skipLocked) return { sql: `UPDATE ${table} SET ${set} WHERE ${unchanged()}`, parameters }
  const columns = update.key.map(({ column }) => quoted(column)).join(', ')
  // A plain update of a row that a transaction holds would wait for it, and hold a connection meanwhile.
  const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} FOR NO KEY UPDATE SKIP LOCKED`
  return { sql: `UPDATE ${table} SET ${set} WHERE (${columns}) IN (${free})`, parameters }
}

/** A list as one parameter: a list of thousands would be more parameters than a statement takes. */
function arrayLiteral(items: readonly Stored[], json: boolean): string {
  const texts = items.map((item) => {
    const text =
      typeof item !== 'string' ? `\\x${Buffer.from(item).toString('hex')}` : json ? JSON.stringify(item) : item
    return `"${text.replace(/["\\]/g, '\\$&')}"`
  })
  return `{${texts.join(',')}}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

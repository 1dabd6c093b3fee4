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
  /** An envelope; of a list, all of its elements. */
  readonly before: Cell
  readonly after: Cell
}

type Cell = Stored | readonly Stored[]

export interface Statement {
  readonly sql: string
  readonly parameters: unknown[]
}

/** The databases for which a row can be rewritten so. */
export function canUpdate(provider: string): boolean {
  return Object.hasOwn(dialects, provider)
}

/** Notes a value, and gives the placeholder that stands for it. Called in the order of the text: some are nameless. */
type Parameter = (value: unknown) => string

/** The parts of the statement, each written where the database wants it. */
interface Parts {
  readonly table: string
  /** The columns that address the row. */
  readonly key: readonly string[]
  set(): string
  unchanged(): string
}

interface Dialect {
  quote(name: string): string
  placeholder(n: number): string
  after(cell: CellUpdate, parameter: Parameter): string
  /** Whether the column holds the old value, letter by letter. */
  isBefore(column: string, cell: CellUpdate, parameter: Parameter): string
  /** Where the database can leave a row that a transaction holds, it does: a plain update would wait, on a connection. */
  update(parts: Parts): string
}

const postgres: Dialect = {
  quote: standardName,
  placeholder: (n) => `$${n}`,
  after: (cell, parameter) => `${parameter(postgresValue(cell, cell.after))}${postgresCast(cell)}`,
  isBefore: (column, cell, parameter) => {
    const cast = postgresCast(cell)
    return `${column}${cast} = ${parameter(postgresValue(cell, cell.before))}${cast}`
  },
  update({ table, key, set, unchanged }) {
    const columns = key.join(', ')
    const values = set()
    const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} FOR NO KEY UPDATE SKIP LOCKED`
    return `UPDATE ${table} SET ${values} WHERE (${columns}) IN (${free})`
  },
}

/** The column may be json, which knows no equality, or jsonb; json[] or varchar[], which are not compared with others. */
function postgresCast({ json, before }: CellUpdate): string {
  if (!isList(before)) return json ? '::jsonb' : ''
  return json ? '::jsonb[]' : before.some((item) => typeof item !== 'string') ? '::bytea[]' : '::text[]'
}

/** A list as one parameter: a list of thousands would be more parameters than a statement takes. */
function postgresValue({ json }: CellUpdate, value: Cell): Stored {
  if (!isList(value)) return json ? JSON.stringify(value) : value
  const texts = value.map((item) => {
    const text =
      typeof item !== 'string' ? `\\x${Buffer.from(item).toString('hex')}` : json ? JSON.stringify(item) : item
    return `"${text.replace(/["\\]/g, '\\$&')}"`
  })
  return `{${texts.join(',')}}`
}

function isList(value: Cell): value is readonly Stored[] {
  return typeof value === 'object' && !(value instanceof Uint8Array)
}

const sqlite: Dialect = {
  quote: standardName,
  placeholder: () => '?',
  after: ({ json, after }, parameter) => parameter(json ? JSON.stringify(after) : after),
  isBefore: (column, { json, before }, parameter) => `${column} = ${parameter(json ? JSON.stringify(before) : before)}`,
  // One writer at a time: there is no row lock to skip.
  update: ({ table, set, unchanged }) => `UPDATE ${table} SET ${set()} WHERE ${unchanged()}`,
}

/** MySQL 8.0, and MariaDB 10.6, which have SKIP LOCKED. */
const mysql: Dialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  after: sqlite.after,
  // As bytes: most collations take different letter cases, and so different envelopes, for the same. Out of a Json
  // column the text of the string, which MySQL and MariaDB store in different ways.
  isBefore: (column, { json, before }, parameter) =>
    `CAST(${json ? `JSON_UNQUOTE(${column})` : column} AS BINARY) = CAST(${parameter(before)} AS BINARY)`,
  update({ table, key, set, unchanged }) {
    const columns = key.join(', ')
    // MySQL takes no subquery on the table that is updated, and with IN would lock all of it; LIMIT keeps the table in
    // brackets from being merged into the statement, and the lock with it.
    const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} LIMIT 1 FOR UPDATE SKIP LOCKED`
    return `UPDATE ${table} JOIN (${free}) AS free USING (${columns}) SET ${set()}`
  },
}

const dialects: Readonly<Record<string, Dialect>> = {
  postgresql: postgres,
  postgres,
  cockroachdb: postgres,
  sqlite,
  mysql,
}

/** A compare-and-set of one row. */
export function updateStatement(provider: string, update: RowUpdate): Statement {
  const dialect = dialects[provider]
  if (dialect === undefined) throw new Error(`rows of ${provider} cannot be rewritten in place`)
  const { quote } = dialect
  const parameters: unknown[] = []
  const parameter: Parameter = (value) => {
    parameters.push(value)
    return dialect.placeholder(parameters.length)
  }
  const sql = dialect.update({
    table: [update.schema, update.table].flatMap((name) => (name === undefined ? [] : [quote(name)])).join('.'),
    key: update.key.map(({ column }) => quote(column)),
    set: () => update.cells.map((cell) => `${quote(cell.column)} = ${dialect.after(cell, parameter)}`).join(', '),
    unchanged: () =>
      [
        ...update.key.map(({ column, value }) => `${quote(column)} = ${parameter(value)}`),
        ...update.cells.map((cell) => dialect.isBefore(quote(cell.column), cell, parameter)),
      ].join(' AND '),
  })
  return { sql, parameters }
}

function standardName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

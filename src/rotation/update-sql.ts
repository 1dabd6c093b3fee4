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
  readonly before: string | Uint8Array
  readonly after: string | Uint8Array
}

export interface Statement {
  readonly sql: string
  readonly parameters: unknown[]
}

/** The databases for which a row can be rewritten so. */
export function canUpdate(provider: string): boolean {
  return Object.hasOwn(dialects, provider)
}

interface Dialect {
  json(parameter: string): string
  jsonColumn(column: string): string
  /** What keeps the statement from waiting for a lock, where the database has such a thing. */
  readonly skipLocked: boolean
  placeholder(n: number): string
}

const postgres: Dialect = {
  // The column may be json, which knows no equality, or jsonb.
  json: (parameter) => `${parameter}::jsonb`,
  jsonColumn: (column) => `${column}::jsonb`,
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
  const cell = ({ json }: CellUpdate, value: string | Uint8Array): string =>
    json ? dialect.json(parameter(JSON.stringify(value))) : parameter(value)
  const table = [update.schema, update.table].flatMap((name) => (name === undefined ? [] : [quoted(name)])).join('.')
  const set = update.cells.map((one) => `${quoted(one.column)} = ${cell(one, one.after)}`).join(', ')
  const unchanged = (): string =>
    [
      ...update.key.map(({ column, value }) => `${quoted(column)} = ${parameter(value)}`),
      ...update.cells.map((one) => {
        const column = one.json ? dialect.jsonColumn(quoted(one.column)) : quoted(one.column)
        return `${column} = ${cell(one, one.before)}`
      }),
    ].join(' AND ')
  if (!dialect.skipLocked) return { sql: `UPDATE ${table} SET ${set} WHERE ${unchanged()}`, parameters }
  const columns = update.key.map(({ column }) => quoted(column)).join(', ')
  // A plain update of a row that a transaction holds would wait for it, and hold a connection meanwhile.
  const free = `SELECT ${columns} FROM ${table} WHERE ${unchanged()} FOR NO KEY UPDATE SKIP LOCKED`
  return { sql: `UPDATE ${table} SET ${set} WHERE (${columns}) IN (${free})`, parameters }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

import { tableName } from './quoted-name.js'
import type { Parameter, RowUpdate, Statement } from './row-update.js'
import { databaseOf } from './table.js'

/** Whether rows of this database can be rewritten. */
export function canUpdate(provider: string): boolean {
  return databaseOf(provider)?.rewrite !== undefined
}

/** A compare-and-set of one row. */
export function updateStatement(provider: string, update: RowUpdate): Statement {
  const database = databaseOf(provider)
  if (database?.rewrite === undefined) throw new Error(`rows of ${provider} cannot be rewritten in place`)
  const { quote, rewrite } = database
  const parameters: unknown[] = []
  const parameter: Parameter = (value) => {
    parameters.push(value)
    return rewrite.placeholder(parameters.length)
  }
  const sql = rewrite.update({
    table: tableName(quote, update),
    key: update.key.map(({ column }) => quote(column)),
    set: () => update.cells.map((cell) => `${quote(cell.column)} = ${rewrite.after(cell, parameter)}`).join(', '),
    unchanged: () =>
      [
        ...update.key.map(({ column, value }) => `${quote(column)} = ${parameter(value)}`),
        ...update.cells.map((cell) => rewrite.isBefore(quote(cell.column), cell, parameter)),
      ].join(' AND '),
  })
  return { sql, parameters }
}

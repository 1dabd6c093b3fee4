import { tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import type { ColumnFacts, PartialRange, RowKey, SweptTable } from './swept-table.js'

export const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``
export const placeholder = (): string => '?'
export const from = (table: SweptTable): string => tableName(quote, table)

/** How a part of a key is written as text, and compared with such a text exactly as the column orders its values. */
interface KeyForm {
  text(column: string): string
  compared(column: string): string
  value(parameter: string): string
}

const asIs = (column: string): string => column
const asText = (column: string): string => `CAST(${column} AS CHAR)`
const byNumber = (column: string): string => `${column} + 0`

/** By the type as the database writes it: `bigint(20) unsigned`. */
export function keyForm(type: string): KeyForm | undefined {
  const name = /^[a-z]+/.exec(type)?.[0] ?? ''
  const form = (value: (parameter: string) => string, text = asText, compared = asIs): KeyForm => ({
    text,
    compared,
    value,
  })
  switch (name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'year':
      // A text would be compared as a floating-point number.
      return form((parameter) => `CAST(${parameter} AS ${type.includes('unsigned') ? 'UNSIGNED' : 'SIGNED'})`)
    case 'decimal':
      return form((parameter) => `CAST(${parameter} AS DECIMAL${/\([\d, ]+\)/.exec(type)?.[0] ?? '(65,30)'})`)
    case 'datetime':
    case 'timestamp':
      return form((parameter) => `CAST(${parameter} AS DATETIME(6))`)
    case 'date':
      return form((parameter) => `CAST(${parameter} AS DATE)`)
    case 'time':
      return form((parameter) => `CAST(${parameter} AS TIME(6))`)
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return form(
        (parameter) => `UNHEX(${parameter})`,
        (column) => `LOWER(HEX(${column}))`,
      )
    // Ordered by their numbers, but compared with a text as texts.
    case 'enum':
    case 'bit':
      return form(
        (parameter) => `CAST(${parameter} AS UNSIGNED)`,
        (column) => asText(byNumber(column)),
        byNumber,
      )
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
    case 'uuid':
      // A parameter has no collation of its own where it meets a column.
      return form(asIs)
    default:
      return undefined
  }
}

export function formOf(facts: ColumnFacts, column: string): KeyForm {
  const form = keyForm(facts.get(column)?.type ?? '')
  if (form === undefined) throw new Error(`the key column ${column} cannot be compared exactly`)
  return form
}

export function keyTexts({ key }: SweptTable, facts: ColumnFacts): string {
  return key.map((column, i) => `${formOf(facts, column).text(quote(column))} AS k${i}`).join(', ')
}

/** Column by column: a comparison of rows as wholes would use no index. */
function compared(
  { key }: SweptTable,
  facts: ColumnFacts,
  operator: '>' | '<',
  orEqual: boolean,
  row: RowKey,
  parameter: Parameter,
): string {
  const from = (i: number): string => {
    const form = formOf(facts, key[i] ?? '')
    const column = form.compared(quote(key[i] ?? ''))
    const value = (): string => form.value(parameter(row[i]))
    if (i === key.length - 1) return `${column} ${operator}${orEqual ? '=' : ''} ${value()}`
    const bound = `${column} ${operator}= ${value()}`
    return `${bound} AND (${column} ${operator} ${value()} OR ${from(i + 1)})`
  }
  return `(${from(0)})`
}

export function within(
  table: SweptTable,
  facts: ColumnFacts,
  { after, last }: PartialRange,
  parameter: Parameter,
): string {
  const bounds = [
    ...(after === undefined ? [] : [compared(table, facts, '>', false, after, parameter)]),
    ...(last === undefined ? [] : [compared(table, facts, '<', true, last, parameter)]),
  ]
  return bounds.length === 0 ? 'true' : bounds.join(' AND ')
}

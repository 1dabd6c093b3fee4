import type { Parameter } from '../row-update.js'
import { type CountedColumn, type CountedKeys, type CountedTable, UNREADABLE } from './counted-table.js'
import type { Dialect } from './dialect.js'
import { FLAGS, inlineHeads, partsOf, textStarts } from './envelope-parts.js'

/**
 * The different wrapped keys of a column, in the order of what they are called: of a text, the characters of the data-key id and
 * those of the section with its length before it, in base64; of bytes the same in hexadecimal. Not the wrap tag, which proves nothing.
 */
export function sectionsOf(
  dialect: Dialect,
  table: CountedTable,
  column: CountedColumn,
  after: string,
  most: number,
  parameter: Parameter,
): string {
  const { quote, length, bytewise, asText } = dialect
  const { form, list } = column
  const value = list ? 'e' : quote(column.column)
  const envelope = dialect.envelope(form, value)
  const from = `${dialect.tableName(table)}${list ? dialect.elements(quote(column.column)) : ''}`
  const isWhole = `${length(form, envelope)} >= ${partsOf(form).shortestInline}`
  const name = form === 'bytes' ? ofBytes(dialect, envelope) : ofText(dialect, form, envelope)
  const where = `${value} IS NOT NULL AND ${isWhole} AND ${name.isInline}`
  const each = `SELECT ${bytewise(name.section)} AS v FROM ${from} WHERE ${where}`
  return `WITH o AS (${each}) SELECT v, count(*) AS n FROM o WHERE v > ${asText(parameter(after))} GROUP BY v ORDER BY v LIMIT ${most}`
}

interface Named {
  readonly isInline: string
  readonly section: string
}

function ofBytes(dialect: Dialect, envelope: string): Named {
  const { part, literal, byte } = dialect
  const at = (from: number, taken: number | string): string => part('bytes', envelope, from, taken)
  const length = `(${byte(at(31, 1))} * 256 + ${byte(at(32, 1))})`
  return {
    isInline: `${at(1, 2)} IN (${inlineHeads.map(literal).join(', ')})`,
    section: named(dialect, length, at(3, 16), at(31, `2 + ${length}`)),
  }
}

function ofText(dialect: Dialect, form: 'text' | 'json', envelope: string): Named {
  const { part, literal, sextet } = dialect
  const at = (from: number, taken: number | string): string => part(form, envelope, from, taken)
  const number = (from: number): string => sextet(at(from, 1))
  const [low, high] = FLAGS.inline
  // What is no base64 counts as less than nothing.
  const length = `abs(${number(45)} * 1024 + ${number(46)} * 16 + (${number(47)} - ${number(47)} % 4) / 4)`
  return {
    isInline: `${at(1, 4)} = ${literal('pe1:')} AND ${at(5, 2)} IN (${textStarts.map(literal).join(', ')}) AND ${at(FLAGS.at, 1)} >= ${literal(low)} AND ${at(FLAGS.at, 1)} <= ${literal(high)}`,
    section: named(dialect, length, at(FLAGS.at, 22), at(45, `4 * (${length} + 2) / 3`)),
  }
}

function named({ literal, joined, longestSection }: Dialect, length: string, id: string, section: string): string {
  return `CASE WHEN ${length} > ${longestSection} OR (${length} + 2) % 3 <> 0 THEN ${literal(UNREADABLE)} ELSE ${joined(id, section)} END`
}

/** Those of the key table, in the order of their ids: `i`, and the section `v`, in hexadecimal. What was erased has none. */
export function keySectionsOf(
  dialect: Dialect,
  keys: CountedKeys,
  after: string,
  most: number,
  parameter: Parameter,
): string {
  const { quote, hex, length, bytewise, asText } = dialect
  const each = `SELECT ${bytewise(hex(quote(keys.id)))} AS i, ${hex(quote(keys.section))} AS v FROM ${dialect.tableName(keys)} WHERE ${length('bytes', quote(keys.section))} > 0`
  return `WITH o AS (${each}) SELECT i, v FROM o WHERE i > ${asText(parameter(after))} ORDER BY i LIMIT ${most}`
}

/** What a section is called in a statement, taken apart; `undefined` for what is none. */
export function sectionIn(
  form: CountedColumn['form'],
  name: string,
): { readonly dataKeyId: string; readonly section: Buffer } | undefined {
  if (name === UNREADABLE) return undefined
  const bytes =
    form === 'bytes'
      ? Buffer.from(name, 'hex')
      : Buffer.concat([
          // The first byte is the suite's, and any will do: what is in the way of the id ends with it.
          Buffer.from(`${textStarts[0]}${name.slice(0, 22)}`, 'base64').subarray(2),
          Buffer.from(name.slice(22), 'base64'),
        ])
  if (bytes.length < 18) return undefined
  const section = bytes.subarray(18)
  return section.length === bytes.readUInt16BE(16)
    ? { dataKeyId: bytes.subarray(0, 16).toString('hex'), section }
    : undefined
}

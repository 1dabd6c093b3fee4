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
  const { quote, length, literal, bytewise, asText } = dialect
  const { form, list } = column
  const value = list ? 'e' : quote(column.column)
  const envelope = dialect.envelope(form, value)
  const from = `${dialect.tableName(table)}${list ? dialect.elements(quote(column.column)) : ''}`
  const {
    isInline,
    length: sectionLength,
    prefix,
    section,
  } = form === 'bytes' ? ofBytes(dialect) : ofText(dialect, form)
  const isWhole = `${length(form, 'x')} >= ${partsOf(form).shortestInline}`
  const isSection = `l <= ${dialect.longestSection} AND (l + 2) % 3 = 0`
  const tables = [
    `a AS (SELECT ${envelope} AS x FROM ${from} WHERE ${value} IS NOT NULL)`,
    // The length once for each value, and not wherever it is used. Not by WHERE, of which no database knows how much it leaves.
    `b AS (SELECT x, CASE WHEN ${isWhole} AND ${isInline} THEN ${sectionLength} END AS l FROM a${dialect.fence})`,
    `o AS (SELECT CASE WHEN l IS NULL THEN NULL WHEN ${isSection} THEN ${prefix} ELSE ${literal(UNREADABLE)} END AS p FROM b)`,
    // Whole prefixes are grouped first: what they are called is made of far fewer then.
    `g AS (SELECT p, count(*) AS n FROM o GROUP BY p${dialect.fence})`,
    `s AS (SELECT ${bytewise(`CASE WHEN p = ${literal(UNREADABLE)} THEN p ELSE ${section} END`)} AS v, n FROM g WHERE p IS NOT NULL)`,
  ]
  return `WITH ${tables.join(', ')} SELECT v, sum(n) AS n FROM s WHERE v > ${asText(parameter(after))} GROUP BY v ORDER BY v LIMIT ${most}`
}

/** Of the envelope `x` that has a section of `l` bytes. */
interface Named {
  readonly isInline: string
  readonly length: string
  readonly prefix: string
  /** Out of the prefix `p`: without its first byte and its wrap tag. */
  readonly section: string
}

function ofBytes({ part, sub, literal, byte, joined }: Dialect): Named {
  const at = (from: number, taken: number | string): string => part('bytes', 'x', from, taken)
  return {
    isInline: `${at(1, 2)} IN (${inlineHeads.map(literal).join(', ')})`,
    length: `(${byte(at(31, 1))} * 256 + ${byte(at(32, 1))})`,
    prefix: at(1, '32 + l'),
    section: joined(sub('p', 5, 32), sub('p', 61, LONGEST)),
  }
}

function ofText({ part, sub, literal, sextet, joined }: Dialect, form: 'text' | 'json'): Named {
  const at = (from: number, taken: number | string): string => part(form, 'x', from, taken)
  const number = (from: number): string => sextet(at(from, 1))
  const [low, high] = FLAGS.inline
  return {
    isInline: `${at(1, 4)} = ${literal('pe1:')} AND ${at(5, 2)} IN (${textStarts.map(literal).join(', ')}) AND ${at(FLAGS.at, 1)} >= ${literal(low)} AND ${at(FLAGS.at, 1)} <= ${literal(high)}`,
    // What is no base64 counts as less than nothing.
    length: `abs(${number(45)} * 1024 + ${number(46)} * 16 + (${number(47)} - ${number(47)} % 4) / 4)`,
    prefix: at(1, '4 + 4 * (l + 32) / 3'),
    section: joined(sub('p', FLAGS.at, 22), sub('p', 45, LONGEST)),
  }
}

/** More than any prefix has. */
const LONGEST = 20_000

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

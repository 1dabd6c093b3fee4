import { suites } from '../../envelope/index.js'
import { TAG_LENGTH } from '../../envelope/suites/suite.js'
import type { Dialect } from '../census/dialect.js'
import { FLAGS, inlineHeads, tableHeads, textStarts } from '../census/envelope-parts.js'
import type { Parameter } from '../row-update.js'
import { statement } from '../sweeping/statement.js'
import { type OwnerSql, ownerOf } from '../sweeping/values-sql.js'
import {
  type ClassQuery,
  type LeakageSql,
  type LeakingIndex,
  type LeakingTable,
  type OwnerRange,
  UNKNOWN_OWNER,
} from './leakage-sql.js'

const ROW = 'leaking'
/** Bytes of a token: `docs/format.md`, Index tokens. */
const TOKEN_BYTES = 16
/** What is in an index column and is no token. No hexadecimal. */
const NO_TOKEN = '~'

/** One way to look at tokens for all databases. @param random an expression that is another one in each row. */
export function leakageOf(dialect: Dialect, owners: OwnerSql, random: string): LeakageSql {
  const sql = { ...dialect, owners, random }
  const write = (text: (parameter: Parameter) => string) => statement(dialect.placeholder, text)
  return {
    counts: (table, indexes, within) => write((parameter) => countsOf(sql, table, indexes, within, parameter)),
    classes: (table, indexes, query) => write((parameter) => classesOf(sql, table, indexes, query, parameter)),
    sample: (table, index, query, most) => write((parameter) => sampleOf(sql, table, index, query, most, parameter)),
  }
}

interface Sql extends Dialect {
  readonly owners: OwnerSql
  readonly random: string
}

function countsOf(
  sql: Sql,
  table: LeakingTable,
  indexes: readonly LeakingIndex[],
  within: OwnerRange | undefined,
  parameter: Parameter,
): string {
  const counted = (when: string, name: string): string => `sum(CASE WHEN ${when} THEN 1 ELSE 0 END) AS ${name}`
  const none = sql.literal(NO_TOKEN)
  const sums = indexes.flatMap((_, i) => [
    counted(`k${i} <> ${none}`, `w${i}`),
    counted(`k${i} = ${none}`, `m${i}`),
    counted(`k${i} <> ${none} AND l${i} < 0`, `u${i}`),
  ])
  return `WITH ${rowsOf(sql, table, indexes)} SELECT t, ${['count(*) AS n', ...sums].join(', ')} FROM b${inRange(sql, within, parameter)} GROUP BY t ORDER BY t`
}

function classesOf(
  sql: Sql,
  table: LeakingTable,
  indexes: readonly LeakingIndex[],
  { pooled, byLength, within }: ClassQuery,
  parameter: Parameter,
): string {
  const pool = pooled ? [] : ['t']
  const tokens = indexes.map((_, i) => `k${i}`)
  const lengths = byLength ? indexes.map((_, i) => `l${i}`) : []
  const names = [...pool, ...tokens, ...lengths]
  // What is no token is seen too, and is nothing to go by.
  const isToken = tokens.map((name) => `${name} <> ${sql.literal(NO_TOKEN)}`).join(' OR ')
  const filter = inRange(sql, within, parameter, `(${isToken})`)
  const grouped = `g AS (SELECT ${names.join(', ')}, count(*) AS c FROM b${filter} GROUP BY ${names.join(', ')})`
  const told = [...pool, ...(lengths.length === 1 ? ['l0'] : [])]
  const selected = [...pool, ...(lengths.length === 1 ? ['l0 AS l'] : []), 'c', 'count(*) AS m']
  const rows = rowsOf(sql, table, indexes)
  return `WITH ${rows}, ${grouped} SELECT ${selected.join(', ')} FROM g GROUP BY ${[...told, 'c'].join(', ')}${pooled ? '' : ' ORDER BY t'}`
}

function sampleOf(
  sql: Sql,
  table: LeakingTable,
  index: LeakingIndex,
  { pooled, within }: Omit<ClassQuery, 'byLength'>,
  most: number,
  parameter: Parameter,
): string {
  const pool = pooled ? '' : 't, '
  const partition = pooled ? '' : 'PARTITION BY t '
  const partitionByLength = `PARTITION BY ${pool}l0 `
  const same = (name: string): string => `${pooled ? '' : `s.t = ${name}.t AND `}s.k0 = ${name}.k0`
  const envelope = index.value.form === 'bytes' ? sql.hex('s.x0') : 's.x0'
  const filter = inRange(sql, within, parameter, `k0 <> ${sql.literal(NO_TOKEN)}`)
  const tables = [
    rowsOf(sql, table, [index]),
    // Parameters without a number are in the order of the text: the filter is used once.
    `v AS (SELECT t, k0, l0, x0 FROM b${filter})`,
    `g AS (SELECT ${pool}k0, l0, count(*) AS c FROM v GROUP BY ${pool}k0, l0)`,
    `h AS (SELECT ${pool}k0, sum(c) AS c FROM g GROUP BY ${pool}k0)`,
    `r AS (SELECT ${pool}k0, row_number() OVER (${partition}ORDER BY c DESC, k0) AS x FROM h)`,
    `q AS (SELECT ${pool}k0, l0, row_number() OVER (${partitionByLength}ORDER BY c DESC, k0) AS x FROM g)`,
    `s AS (SELECT t, k0, l0, x0 FROM v WHERE l0 >= 0 ORDER BY ${sql.random} LIMIT ${most})`,
  ]
  return `WITH ${tables.join(', ')} SELECT s.t AS t, ${envelope} AS x, s.l0 AS l, r.x AS r, q.x AS q FROM s JOIN r ON ${same('r')} JOIN q ON ${same('q')} AND s.l0 = q.l0`
}

function inRange(sql: Sql, within: OwnerRange | undefined, parameter: Parameter, also?: string): string {
  const range =
    within === undefined
      ? []
      : [`t >= ${sql.asText(parameter(within.first))}`, `t <= ${sql.asText(parameter(within.last))}`]
  const conditions = [...range, ...(also === undefined ? [] : [also])]
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}

/** `b`: each row with its owner `t`, its tokens `k0`, `k1`…, the envelopes beside them `x0`… and how long these are, `l0`…. */
function rowsOf(sql: Sql, table: LeakingTable, indexes: readonly LeakingIndex[]): string {
  const { bytewise, literal, fence } = sql
  const named = (column: string): string => `${ROW}.${sql.quote(column)}`
  const owner = bytewise(`coalesce(${ownerOf(sql.owners, table.owner, ROW)}, '${UNKNOWN_OWNER}')`)
  const columns = indexes.flatMap(({ token, value }, i) => {
    const bytes = sql.envelope('bytes', named(token))
    const isToken = `${sql.length('bytes', bytes)} = ${TOKEN_BYTES}`
    const text = `CASE WHEN ${named(token)} IS NULL THEN NULL WHEN ${isToken} THEN ${sql.hex(bytes)} ELSE ${literal(NO_TOKEN)} END`
    return [`${text} AS k${i}`, `${sql.envelope(value.form, named(value.column))} AS x${i}`]
  })
  const kept = indexes.flatMap((_, i) => [`k${i}`, `x${i}`])
  const measured = indexes.map(({ value }, i) => `coalesce(${sealedLength(sql, value.form, `x${i}`)}, -1) AS l${i}`)
  return [
    `a AS (SELECT ${[`${owner} AS t`, ...columns].join(', ')} FROM ${sql.tableName(table)} AS ${ROW})`,
    `b AS (SELECT ${['t', ...kept, ...measured].join(', ')} FROM a${fence})`,
  ].join(', ')
}

/** How many bytes were sealed in an envelope: of what is none, less than nothing, or NULL. */
function sealedLength(sql: Sql, form: LeakingIndex['value']['form'], envelope: string): string {
  const { isInline, isTable, total, section, nonce } =
    form === 'bytes' ? ofBytes(sql, envelope) : ofText(sql, form, envelope)
  const rest = (prefix: string): string => `${total} - ${prefix} - ${nonce} - ${TAG_LENGTH}`
  const of = (prefix: string): string => `CASE WHEN ${rest(prefix)} < 0 THEN -1 ELSE ${rest(prefix)} END`
  return `CASE WHEN ${isInline} THEN ${of(`(32 + ${section})`)} WHEN ${isTable} THEN ${of('18')} ELSE -1 END`
}

/** What the length of an envelope is made of. */
interface Measures {
  readonly isInline: string
  readonly isTable: string
  readonly total: string
  readonly section: string
  readonly nonce: string
}

const nonces = Object.values(suites).map(({ nonceLength }) => nonceLength)

/** The nonce's length by what the heads of each suite are, in their order. */
function nonceOf(which: string, heads: readonly (readonly string[])[]): string {
  const cases = heads.map((of, i) => `WHEN ${which} IN (${of.join(', ')}) THEN ${nonces[i]}`)
  return `CASE ${cases.join(' ')} END`
}

function ofBytes(sql: Sql, x: string): Measures {
  const at = (from: number, taken: number): string => sql.part('bytes', x, from, taken)
  const head = at(1, 2)
  const isOne = (heads: readonly string[]): string => `${head} IN (${heads.map(sql.literal).join(', ')})`
  const bySuite = nonces.map((_, i) => [tableHeads[i], inlineHeads[i]].map((one) => sql.literal(one ?? '')))
  return {
    isInline: isOne(inlineHeads),
    isTable: isOne(tableHeads),
    total: sql.length('bytes', x),
    section: `(${sql.byte(at(31, 1))} * 256 + ${sql.byte(at(32, 1))})`,
    nonce: nonceOf(head, bySuite),
  }
}

function ofText(sql: Sql, form: 'text' | 'json', x: string): Measures {
  const { literal } = sql
  const at = (from: number | string, taken: number): string => sql.part(form, x, from, taken)
  const number = (from: number): string => sql.sextet(at(from, 1))
  const size = sql.length(form, x)
  const start = at(5, 2)
  const isEnvelope = `${at(1, 4)} = ${literal('pe1:')} AND ${start} IN (${textStarts.map(literal).join(', ')}) AND ${size} % 4 = 0`
  const flags = at(FLAGS.at, 1)
  const isBetween = ([low, high]: readonly [string, string]): string =>
    `${isEnvelope} AND ${flags} >= ${literal(low)} AND ${flags} <= ${literal(high)}`
  const padding = `CASE WHEN ${at(`${size} - 1`, 2)} = ${literal('==')} THEN 2 WHEN ${at(size, 1)} = ${literal('=')} THEN 1 ELSE 0 END`
  return {
    isInline: isBetween(FLAGS.inline),
    isTable: isBetween(FLAGS.table),
    // Groups of four characters are three bytes each.
    total: `((${size} - 4) * 3 / 4 - ${padding})`,
    section: `(${number(45)} * 1024 + ${number(46)} * 16 + (${number(47)} - ${number(47)} % 4) / 4)`,
    nonce: nonceOf(
      start,
      nonces.map((_, i) => [literal(textStarts[i] ?? '')]),
    ),
  }
}

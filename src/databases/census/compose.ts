import type { Parameter } from '../row-update.js'
import { statement } from '../sweeping/statement.js'
import type { SweptColumn } from '../sweeping/swept-table.js'
import {
  type CensusSql,
  type CountedColumn,
  type CountedKeys,
  type CountedTable,
  type CountQuery,
  KEY_STATE,
  PLACEMENT,
  PLAINTEXT,
  UNREADABLE,
} from './counted-table.js'
import type { Dialect } from './dialect.js'
import { FLAGS, inlineHeads, packedTenantText, partsOf, tableHeads, textStarts } from './envelope-parts.js'
import { keySectionsOf, sectionsOf } from './sections.js'

type Form = SweptColumn['form']

/** One way to count for all databases. */
export function censusOf(dialect: Dialect): CensusSql {
  return {
    values: (table, column, keys, query) =>
      statement(dialect.placeholder, (parameter) => values(dialect, table, column, keys, query, parameter)),
    keys: (keys, query) => statement(dialect.placeholder, (parameter) => ofKeys(dialect, keys, query, parameter)),
    sections: (table, column, after, most) =>
      statement(dialect.placeholder, (parameter) => sectionsOf(dialect, table, column, after, most, parameter)),
    keySections: (keys, after, most) =>
      statement(dialect.placeholder, (parameter) => keySectionsOf(dialect, keys, after, most, parameter)),
    hides: (table) => {
      const { hides } = dialect
      const name = dialect.tableName(table)
      return hides && statement(dialect.placeholder, (parameter) => hides(parameter(name)))
    },
  }
}

function values(
  dialect: Dialect,
  table: CountedTable,
  column: CountedColumn,
  keys: CountedKeys | undefined,
  query: CountQuery,
  parameter: Parameter,
): string {
  const { sub, literal, textLength, joined } = dialect
  const parts = partsOf(column.form)
  const missing = column.indexes.map((_, i) => `m${i}`)
  const ofRow = query.byTenant && table.tenant !== undefined
  const ofSection = table.tenant === undefined && (query.byTenant || query.tenant !== undefined)
  const one = `o AS (${eachValue(dialect, table, column, query, parameter)})`
  const names = [...(ofRow ? ['t'] : []), 'b', ...(ofSection ? ['p'] : [])]
  // One row for each data key and wrapping: the rest is done with these, however many values there are.
  const sums = missing.map((name) => `, sum(${name}) AS ${name}`).join('')
  const grouped = `i AS (SELECT ${names.join(', ')}, count(*) AS n${sums} FROM o GROUP BY ${names.join(', ')})`

  const isTable = `${textLength('i.b')} = ${parts.tableBeginning}`
  const isEnvelope = `${textLength('i.b')} > 1`
  const first = sub('i.b', ...parts.first)
  const placed = (placement: string): string => joined(literal(placement), first)
  const head = `CASE WHEN NOT (${isEnvelope}) THEN i.b WHEN ${isTable} THEN ${placed(PLACEMENT.table)} ELSE ${placed(PLACEMENT.inline)} END`
  const tag = `CASE WHEN ${isEnvelope} AND NOT (${isTable}) THEN ${sub('i.b', ...parts.tag)} END`
  const row = keys && keyRow(dialect, keys, column.form)
  const join =
    row === undefined ? '' : ` LEFT JOIN (${row}) AS k ON ${isTable} AND ${sub('i.b', ...parts.dataKey)} = k.d`
  const ofKey = (name: string): string => (row === undefined ? 'NULL' : `k.${name}`)
  const state = `CASE WHEN ${isTable} THEN coalesce(${row === undefined ? 'NULL' : 'k.s'}, ${literal(KEY_STATE.missing)}) END`
  const beginning = sub('i.b', 1, parts.tableBeginning)
  const dimensions: [string, string][] = [
    ['h', head],
    ['t', ofRow ? 'i.t' : ofSection ? ofKey('t') : 'NULL'],
    ['p', ofSection ? 'i.p' : 'NULL'],
    ['g', tag],
    ['w', ofKey('w')],
    ['s', state],
    ['d', query.byDataKey ? `CASE WHEN ${isEnvelope} THEN ${beginning} END` : 'NULL'],
  ]
  const counts = ['n', 'k', ...missing]
  const kept = dimensions.filter(([, expression]) => expression !== 'NULL')
  const ofTenant =
    ofSection && typeof query.tenant === 'string'
      ? ` WHERE ${isOfTenant(dialect, column.form, row !== undefined, query.tenant, parameter)}`
      : ''
  const each = `SELECT ${kept.map(([name, expression]) => `${expression} AS ${name}`).join(', ')}, i.n AS n, 1 AS k${missing
    .map((name) => `, i.${name} AS ${name}`)
    .join('')} FROM i${join}${ofTenant}`
  const keptNames = kept.map(([name]) => name)
  return largest([one, grouped, `j AS (${each})`], keptNames, counts, ['h'], query.most)
}

/** The parts of each value that it is counted by. */
function eachValue(
  dialect: Dialect,
  table: CountedTable,
  column: CountedColumn,
  query: CountQuery,
  parameter: Parameter,
): string {
  const { quote, asText } = dialect
  const { form, list } = column
  const value = list ? 'e' : quote(column.column)
  const { tenant } = table
  const ofTenant = tenant === undefined ? undefined : asText(quote(tenant))
  const from = `${dialect.tableName(table)}${list ? dialect.elements(quote(column.column)) : ''}`
  const missing = column.indexes.map((index, i) => `CASE WHEN ${quote(index)} IS NULL THEN 1 ELSE 0 END AS m${i}`)
  const selected = [
    ...(query.byTenant && ofTenant !== undefined ? [`${ofTenant} AS t`] : []),
    `${beginning(dialect, form, dialect.envelope(form, value))} AS b`,
    ...(tenant === undefined && (query.byTenant || query.tenant !== undefined)
      ? [`${packedTenant(dialect, form, dialect.envelope(form, value))} AS p`]
      : []),
    ...missing,
  ]
  const where = [
    `${value} IS NOT NULL`,
    ...(query.tenant === undefined || tenant === undefined
      ? []
      : [query.tenant === null ? `${quote(tenant)} IS NULL` : `${ofTenant} = ${asText(parameter(query.tenant))}`]),
  ]
  return `SELECT ${selected.join(', ')} FROM ${from} WHERE ${where.join(' AND ')}`
}

/** What is grouped by: of plaintext nothing, else head and wrap tag. */
function beginning({ part, length, literal }: Dialect, form: Form, envelope: string): string {
  const { table, inline, shortestTable, shortestInline } = partsOf(form)
  const size = length(form, envelope)
  const whole = (least: number, taken: number): string =>
    `CASE WHEN ${size} < ${least} THEN ${literal(UNREADABLE)} ELSE ${part(form, envelope, 1, taken)} END`
  const isOne = (text: string, of: readonly string[]): string => `${text} IN (${of.map(literal).join(', ')})`
  if (form === 'bytes') {
    const head = part(form, envelope, 1, 2)
    return `CASE WHEN ${isOne(head, inlineHeads)} THEN ${whole(shortestInline, inline)} \
WHEN ${isOne(head, tableHeads)} THEN ${whole(shortestTable, table)} ELSE ${literal(PLAINTEXT)} END`
  }
  const at = (from: number, taken: number): string => part(form, envelope, from, taken)
  const flags = at(FLAGS.at, 1)
  const between = ([low, high]: readonly [string, string]): string =>
    `${flags} >= ${literal(low)} AND ${flags} <= ${literal(high)}`
  // A later version begins with another digit.
  const isReserved = `${at(1, 2)} = ${literal('pe')} AND ${at(3, 1)} >= ${literal('0')} AND ${at(3, 1)} <= ${literal('9')} AND ${at(4, 1)} = ${literal(':')}`
  return `CASE WHEN ${at(1, 4)} <> ${literal('pe1:')} THEN CASE WHEN ${isReserved} THEN ${literal(UNREADABLE)} ELSE ${literal(PLAINTEXT)} END \
WHEN NOT (${isOne(at(5, 2), textStarts)}) THEN ${literal(UNREADABLE)} WHEN ${between(FLAGS.inline)} THEN ${whole(shortestInline, inline)} \
WHEN ${between(FLAGS.table)} THEN ${whole(shortestTable, table)} ELSE ${literal(UNREADABLE)} END`
}

/**
 * The scope and the tenant in the section that an envelope carries: whole groups of base64, which may have a byte or two of what
 * follows in them. NULL for what carries none.
 */
function packedTenant(dialect: Dialect, form: Form, envelope: string): string {
  const { part, literal, sextet, byte } = dialect
  if (form === 'bytes') {
    const scoped = `${part(form, envelope, 1, 2)} IN (${inlineHeads.map(literal).join(', ')}) AND ${part(form, envelope, 40, 1)} = ${literal('01')}`
    const kind = part(form, envelope, 41, 1)
    const length = byte(part(form, envelope, 42, 1))
    return `CASE WHEN NOT (${scoped}) THEN NULL WHEN ${kind} = ${literal('00')} THEN ${part(form, envelope, 40, `3 + ${length}`)} \
WHEN ${kind} = ${literal('01')} THEN ${part(form, envelope, 40, 18)} END`
  }
  const at = (from: number, taken: number | string): string => part(form, envelope, from, taken)
  const [low, high] = FLAGS.inline
  const scoped = `${at(1, 4)} = ${literal('pe1:')} AND ${at(FLAGS.at, 1)} >= ${literal(low)} AND ${at(FLAGS.at, 1)} <= ${literal(high)} AND ${at(57, 2)} = ${literal('AQ')}`
  const kind = at(59, 1)
  const length = `(${sextet(kind)} * 64 + ${sextet(at(60, 1))} + 2)`
  const taken = `4 + (${length} - ${length} % 3) * 4 / 3`
  return `CASE WHEN NOT (${scoped}) THEN NULL WHEN ${kind} >= ${literal('A')} AND ${kind} <= ${literal('D')} THEN ${at(57, taken)} \
WHEN ${kind} >= ${literal('E')} AND ${kind} <= ${literal('H')} THEN ${at(57, 24)} END`
}

/** Whether a value says that it is of this tenant, but for a byte or two: {@link packedTenant}. */
function isOfTenant(dialect: Dialect, form: Form, withKeys: boolean, tenant: string, parameter: Parameter): string {
  const packed = packedTenantText(form, tenant)
  const carried = `${dialect.sub('i.p', 1, packed.length)} = ${dialect.asText(parameter(packed))}`
  return withKeys ? `(${carried} OR k.t = ${dialect.asText(parameter(tenant))})` : carried
}

/** The rows of the key table, by what a beginning says of its data key. */
function keyRow(dialect: Dialect, keys: CountedKeys, form: Form): string {
  const { quote, hex, asText } = dialect
  const columns = [
    `${dialect.dataKey(form, quote(keys.id))} AS d`,
    `${hex(quote(keys.wrapTag))} AS w`,
    `${asText(quote(keys.tenant))} AS t`,
    `${stateOf(dialect, keys)} AS s`,
  ]
  return `SELECT ${columns.join(', ')} FROM ${dialect.tableName(keys)}`
}

function stateOf({ quote, literal, length }: Dialect, keys: CountedKeys): string {
  const { erased, retired, active } = KEY_STATE
  return `CASE WHEN ${length('bytes', quote(keys.section))} = 0 THEN ${literal(erased)} WHEN ${quote(keys.retiredAt)} IS NOT NULL THEN ${literal(retired)} ELSE ${literal(active)} END`
}

function ofKeys(dialect: Dialect, keys: CountedKeys, query: CountQuery, parameter: Parameter): string {
  const { quote, hex, asText } = dialect
  const tenant = asText(quote(keys.tenant))
  const dimensions = [
    ...(query.byTenant ? [`${tenant} AS t`] : []),
    `${hex(quote(keys.wrapTag))} AS w`,
    `${asText(quote(keys.cmk))} AS c`,
    `${stateOf(dialect, keys)} AS s`,
  ]
  const where = typeof query.tenant === 'string' ? ` WHERE ${tenant} = ${asText(parameter(query.tenant))}` : ''
  const each = `j AS (SELECT ${dimensions.join(', ')}, 1 AS n FROM ${dialect.tableName(keys)}${where})`
  return largest([each], [...(query.byTenant ? ['t'] : []), 'w', 'c', 's'], ['n'], ['s'], query.most)
}

/**
 * The groups of `j`, the largest of them: the others are summed up by the dimensions that are always told apart. The common table
 * expressions are used once each: MariaDB would evaluate them again.
 */
function largest(
  tables: readonly string[],
  dimensions: readonly string[],
  counts: readonly string[],
  always: readonly string[],
  most: number,
): string {
  const sums = counts.map((name) => `sum(${name}) AS ${name}`)
  const all = dimensions.join(', ')
  const groups = `g AS (SELECT ${[...dimensions, ...sums].join(', ')} FROM j GROUP BY ${all})`
  const ranked = `r AS (SELECT ${[...dimensions, ...counts].join(', ')}, row_number() OVER (ORDER BY n DESC, ${all}) AS x FROM g)`
  const isKept = `x <= ${most}`
  const told = dimensions.map((name) =>
    always.includes(name) ? name : `CASE WHEN ${isKept} THEN ${name} END AS ${name}`,
  )
  const cut = `c AS (SELECT CASE WHEN ${isKept} THEN x ELSE 0 END AS x, ${[...told, ...counts].join(', ')} FROM r)`
  const summed = `CASE WHEN x = 0 THEN count(*) END AS a`
  return `WITH ${[...tables, groups, ranked, cut].join(', ')} SELECT ${[...dimensions, ...sums, summed].join(', ')} FROM c GROUP BY x, ${all}`
}

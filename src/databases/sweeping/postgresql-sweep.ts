import { TEXT_PREFIX } from '../../envelope/index.js'
import { envelopeHeads } from '../envelope-bytes.js'
import { standardName as quote, tableName } from '../quoted-name.js'
import type { Parameter } from '../row-update.js'
import { byLength, groupsOf, type ReplacementGroup, sizeIn, statement } from './statement.js'
import {
  BEGINNING,
  type ColumnFacts,
  LIST_SEPARATOR,
  NO_ENVELOPE,
  type PartialRange,
  type RowKey,
  SHORTEST_REST,
  type SweepSql,
  type SweptColumn,
  type SweptTable,
  TABLE_BEGINNING,
} from './swept-table.js'

export const placeholder = (n: number): string => `$${n}`

/** A column's values, one at a time. */
type Form = SweptColumn['form']

/** A value as what its envelope is, compared byte by byte whatever the column's collation. */
const envelopeIn: Readonly<Record<Form, (value: string) => string>> = {
  text: (value) => `(${value}::text COLLATE "C")`,
  // json and jsonb have functions with different names, and this operator.
  json: (value) => `((${value} #>> '{}') COLLATE "C")`,
  bytes: (value) => value,
}

/** So many of an envelope's first characters; of bytes, hexadecimal. */
function first(form: Form, value: string, length: number): string {
  const envelope = envelopeIn[form](value)
  return form === 'bytes' ? `encode(substring(${envelope}, 1, ${length}), 'hex')` : `left(${envelope}, ${length})`
}

/** The type of the value back in its column. */
function lengthOf(form: Form, value: string): string {
  return `octet_length(${envelopeIn[form](value)})`
}

const heads = envelopeHeads.map((head) => `'${head}'`).join(', ')

function beginning(form: Form, value: string): string {
  const none = `WHEN ${value} IS NULL THEN NULL`
  if (form === 'bytes') {
    return `CASE ${none} WHEN ${first(form, value, 2)} NOT IN (${heads}) THEN '${NO_ENVELOPE}' \
WHEN get_byte(${value}, 1) & 1 = 0 THEN ${first(form, value, TABLE_BEGINNING.bytes)} ELSE ${first(form, value, BEGINNING.bytes)} END`
  }
  const envelope = envelopeIn[form](value)
  return `CASE ${none} WHEN ${first(form, value, TEXT_PREFIX.length)} <> '${TEXT_PREFIX}' THEN '${NO_ENVELOPE}' \
WHEN substr(${envelope}, 7, 1) <= 'D' THEN ${first(form, value, TABLE_BEGINNING.characters)} ELSE ${first(form, value, BEGINNING.characters)} END`
}

export const from = (table: SweptTable): string => tableName(quote, table)

export function keyTexts({ key }: SweptTable): string {
  return key.map((column, i) => `${quote(column)}::text AS k${i}`).join(', ')
}

/** By the type's own operator, and the column's own collation: the value on the other side has none of its own. */
function compared(
  { key }: SweptTable,
  facts: ColumnFacts,
  operator: '>' | '<=',
  row: RowKey,
  parameter: Parameter,
): string {
  const values = key.map((column, i) => `${parameter(row[i])}::text::${facts.get(column)?.type ?? 'text'}`)
  if (key.length === 1) return `${quote(key[0] ?? '')} ${operator} ${values[0]}`
  return `(${key.map(quote).join(', ')}) ${operator} (${values.join(', ')})`
}

export function within(
  table: SweptTable,
  facts: ColumnFacts,
  { after, last }: PartialRange,
  parameter: Parameter,
): string {
  const bounds = [
    ...(after === undefined ? [] : [compared(table, facts, '>', after, parameter)]),
    ...(last === undefined ? [] : [compared(table, facts, '<=', last, parameter)]),
  ]
  return bounds.length === 0 ? 'true' : bounds.join(' AND ')
}

/** The text that is put before the rest of an envelope whose prefix is one of the group's; NULL for any other. */
function putBefore(group: ReplacementGroup, { puts, room }: Given, value: string): string {
  const { form } = group.column
  const least = group.cut + (form === 'bytes' ? SHORTEST_REST.bytes : SHORTEST_REST.characters)
  const length = lengthOf(form, value)
  // What was cut off in the middle stays as it is, and what there is no room for.
  const fits =
    group.growth === 0 || room === undefined
      ? `${length} >= ${least}`
      : `${length} BETWEEN ${least} AND ${room - group.growth}`
  return `CASE WHEN ${fits} THEN ${puts} ->> encode(substring(${bytesIn(form, value, group.cut)}, 1, ${group.cut}), 'hex') END`
}

/** Longer values are stored elsewhere, and are not fetched as a whole to look at their beginning. */
const LONG = 2_000

/**
 * Its first bytes at least, so many. An envelope has as many characters; to count them that far takes four times as long as to take the
 * bytes of all.
 */
function bytesIn(form: Form, value: string, least: number): string {
  if (form === 'bytes') return value
  const envelope = envelopeIn[form](value)
  return `convert_to(CASE WHEN ${lengthOf(form, value)} > ${LONG} THEN left(${envelope}, ${least}) ELSE ${envelope} END, 'UTF8')`
}

/** A group's new texts by its prefixes, in hexadecimal, and how long a value of its column may be. */
interface Given {
  readonly puts: string
  readonly room: number | undefined
}

function given({ column, entries }: ReplacementGroup, room: number | undefined, parameter: Parameter): Given {
  const hex = (cut: string): string => (column.form === 'bytes' ? cut : Buffer.from(cut).toString('hex'))
  const puts = Object.fromEntries(entries.map(({ cut, put }) => [hex(cut), put]))
  return { puts: `${parameter(JSON.stringify(puts))}::text::jsonb`, room }
}

function replaced(group: ReplacementGroup, by: Given, value: string): string {
  const { form } = group.column
  const put = putBefore(group, by, value)
  if (form === 'bytes') return `decode(${put}, 'hex') || substring(${value}, ${group.cut + 1})`
  return `(${put}) || right(${envelopeIn[form](value)}, -${group.cut})`
}

/** One value with its wrapped key replaced, if it is one of those. */
function afterwards(all: readonly string[], form: Form, value: string, type: string): string {
  if (form !== 'json') return `coalesce(${[...all, value].join(', ')})`
  const isJson = /^json(\[\])*$/.test(type)
  const toJson = isJson ? 'to_json' : 'to_jsonb'
  return `coalesce(${[...all.map((text) => `${toJson}(${text})`), value].join(', ')})`
}

export const postgresqlSweep: SweepSql = {
  facts: (table) =>
    statement(
      placeholder,
      (parameter) => `SELECT attname::text AS "column", format_type(atttypid, atttypmod) AS type, \
CASE WHEN atttypid IN ('varchar'::regtype, 'varchar[]'::regtype) AND atttypmod > 4 THEN atttypmod - 4 END AS room FROM pg_catalog.pg_attribute \
WHERE attrelid = ${parameter(from(table))}::text::regclass AND attnum > 0 AND NOT attisdropped`,
    ),

  fault: () => undefined,

  page: (table, facts, bounds, size) =>
    statement(placeholder, (parameter) => {
      const key = table.key.map(quote)
      const where = within(table, facts, bounds, parameter)
      const page = `SELECT ${key.join(', ')} FROM ${from(table)} WHERE ${where} ORDER BY ${key.join(', ')} LIMIT ${size}`
      const backwards = key.map((column) => `${column} DESC`).join(', ')
      return `SELECT ${keyTexts(table)}, (count(*) OVER ())::int AS rows FROM (${page}) AS page ORDER BY ${backwards} LIMIT 1`
    }),

  beginnings: (table, facts, range) =>
    statement(placeholder, (parameter) => {
      const each = table.columns.map(({ column, form, list }, i) => {
        const value = quote(column)
        const one = list
          ? `array_to_string(ARRAY(SELECT DISTINCT ${beginning(form, 'e')} FROM unnest(${value}) AS e), chr(${LIST_SEPARATOR.charCodeAt(0)}))`
          : beginning(form, value)
        const length = list ? `(SELECT min(${lengthOf(form, 'e')}) FROM unnest(${value}) AS e)` : lengthOf(form, value)
        const all = list ? `(SELECT sum(${lengthOf(form, 'e')}) FROM unnest(${value}) AS e)` : lengthOf(form, value)
        return `${one} AS g${i}, ${length} AS l${i}, coalesce(${all}, 0) AS s${i}`
      })
      const names = table.columns.map((_, i) => `g${i}`).join(', ')
      const shortest = table.columns.map((_, i) => `min(l${i}) AS m${i}`).join(', ')
      const page = `SELECT ${each.join(', ')} FROM ${from(table)} WHERE ${within(table, facts, range, parameter)}`
      const size = table.columns.map((_, i) => `s${i}`).join(' + ')
      return `SELECT ${names}, ${shortest}, sum(${size})::float8 AS size, count(*)::int AS rows FROM (${page}) AS page GROUP BY ${names}`
    }),

  wholes: (table, facts, range, { column, form, list }, begun, length, most, except) =>
    statement(placeholder, (parameter) => {
      const value = list ? 'e' : quote(column)
      const elements = list ? ` CROSS JOIN LATERAL unnest(${quote(column)}) AS e` : ''
      const where = within(table, facts, range, parameter)
      const matched = `${beginning(form, value)} IN (${begun.map((one) => `${parameter(one)}::text`).join(', ')})`
      const others = except.map((one) => ` AND ${first(form, value, sizeIn(form, one))} <> ${parameter(one)}::text`)
      const found = `SELECT ${first(form, value, length)} AS v FROM ${from(table)}${elements} WHERE ${where} AND ${matched}${others.join('')}`
      return `SELECT v FROM (${found}) AS found GROUP BY v ORDER BY count(*) DESC LIMIT ${most}`
    }),

  keys: (table, facts, range, filter, most) =>
    statement(placeholder, (parameter) => {
      const { column, form, list } = filter.column
      const where = within(table, facts, range, parameter)
      const value = list ? 'e' : quote(column)
      const matched = [
        `${beginning(form, value)} = ${parameter(filter.beginning)}::text`,
        ...(filter.whole === undefined
          ? []
          : [`${first(form, value, sizeIn(form, filter.whole))} = ${parameter(filter.whole)}::text`]),
        ...(filter.shorter === undefined ? [] : [`${lengthOf(form, value)} < ${filter.shorter}`]),
        ...(filter.longer === undefined ? [] : [`${lengthOf(form, value)} > ${filter.longer}`]),
      ].join(' AND ')
      const found = list ? `EXISTS (SELECT 1 FROM unnest(${quote(column)}) AS e WHERE ${matched})` : matched
      const order = table.key.map(quote).join(', ')
      return `SELECT ${keyTexts(table)} FROM ${from(table)} WHERE ${where} AND ${found} ORDER BY ${order} LIMIT ${most}`
    }),

  begun: (table, facts, range, beginnings) =>
    statement(placeholder, (parameter) => {
      const where = within(table, facts, range, parameter)
      const any = [...beginnings].flatMap(([{ column, form, list }, all]) =>
        [...byLength(form, all)].map(([length, some]) => {
          const wanted = `${parameter(JSON.stringify(some))}::text::jsonb`
          const found = (value: string): string => `jsonb_exists(${wanted}, ${first(form, value, length)})`
          return list
            ? `EXISTS (SELECT 1 FROM unnest(${quote(column)}) AS e WHERE ${found('e')})`
            : found(quote(column))
        }),
      )
      return `SELECT 1 AS found FROM ${from(table)} WHERE ${where} AND (${any.join(' OR ')}) LIMIT 1`
    }),

  replace: (table, facts, range, replacements) =>
    statement(placeholder, (parameter) => {
      const set: string[] = []
      const stale: string[] = []
      for (const [{ column, form, list }, groups] of groupsOf(replacements)) {
        const { type = '', room } = facts.get(column) ?? {}
        const all = groups.map((group): [ReplacementGroup, Given] => [group, given(group, room, parameter)])
        const any = (value: string): string =>
          all.map(([group, by]) => `(${putBefore(group, by, value)}) IS NOT NULL`).join(' OR ')
        const after = (value: string): string =>
          afterwards(
            all.map(([group, by]) => replaced(group, by, value)),
            form,
            value,
            type,
          )
        const name = quote(column)
        if (!list) {
          set.push(`${name} = ${after(name)}`)
          stale.push(any(name))
          continue
        }
        // A list of lists is not what Prisma wrote: unnest would make one of it.
        const each = `ARRAY(SELECT ${after('e')} FROM unnest(${name}) WITH ORDINALITY AS u(e, n) ORDER BY n)`
        set.push(`${name} = CASE WHEN array_ndims(${name}) = 1 THEN ${each} ELSE ${name} END`)
        stale.push(`(array_ndims(${name}) = 1 AND EXISTS (SELECT 1 FROM unnest(${name}) AS e WHERE ${any('e')}))`)
      }
      const key = table.key.map(quote).join(', ')
      const where = within(table, facts, range, parameter)
      const free = `SELECT ${key} FROM ${from(table)} WHERE ${where} AND (${stale.join(' OR ')}) FOR NO KEY UPDATE SKIP LOCKED`
      // The range once more, so that no plan reads the whole table. Each new value is an expression of the row that is
      // updated: what another transaction has committed meanwhile is kept.
      return `UPDATE ${from(table)} SET ${set.join(', ')} WHERE ${where} AND (${key}) IN (${free})`
    }),

  shown: (part) => part,
}

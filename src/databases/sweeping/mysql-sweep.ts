import { TEXT_PREFIX } from '../../envelope/index.js'
import { envelopeHeads } from '../envelope-bytes.js'
import type { Parameter } from '../row-update.js'
import { from, keyForm, keyTexts, placeholder, quote, within } from './mysql-key.js'
import { beginningOf, byLength, groupsOf, type ReplacementGroup, sizeIn, statement } from './statement.js'
import {
  BEGINNING,
  type ColumnFacts,
  NO_ENVELOPE,
  SHORTEST_REST,
  type SweepSql,
  type SweptColumn,
  TABLE_BEGINNING,
} from './swept-table.js'

type Form = SweptColumn['form']

/** The envelope as text. MySQL and MariaDB store a JSON string in different ways. */
function envelopeIn(form: Form, column: string): string {
  return form === 'json' ? `JSON_UNQUOTE(${column})` : column
}

const binary = (text: string): string => `CAST(${text} AS BINARY)`

/**
 * So many of its first characters, as bytes: the usual collations ignore case. Of `Bytes`, hexadecimal. An envelope's characters
 * have a byte each, and bytes are counted in half the time.
 */
function first(form: Form, column: string, length: number): string {
  if (form === 'bytes') return `LOWER(HEX(LEFT(${column}, ${length})))`
  return `LEFT(CONVERT(${envelopeIn(form, column)} USING binary), ${length})`
}

/** The parameter for such a beginning. */
const begun = (form: Form, placeholder: string): string => (form === 'bytes' ? placeholder : binary(placeholder))

const heads = envelopeHeads.map((head) => `'${head}'`).join(', ')

function beginning(form: Form, column: string): string {
  const none = `WHEN ${column} IS NULL THEN NULL`
  if (form === 'bytes') {
    return `CASE ${none} WHEN ${first(form, column, 2)} NOT IN (${heads}) THEN '${NO_ENVELOPE}' \
WHEN ORD(SUBSTRING(${column}, 2, 1)) & 1 = 0 THEN ${first(form, column, TABLE_BEGINNING.bytes)} ELSE ${first(form, column, BEGINNING.bytes)} END`
  }
  const envelope = envelopeIn(form, column)
  return `CASE ${none} WHEN ${first(form, column, TEXT_PREFIX.length)} <> ${binary(`'${TEXT_PREFIX}'`)} THEN ${binary(`'${NO_ENVELOPE}'`)} \
WHEN ${binary(`SUBSTRING(${envelope}, 7, 1)`)} <= ${binary("'D'")} THEN ${first(form, column, TABLE_BEGINNING.characters)} \
ELSE ${first(form, column, BEGINNING.characters)} END`
}

/** Bytes: as many as an envelope has characters. */
function lengthOf(form: Form, column: string): string {
  return `LENGTH(${envelopeIn(form, column)})`
}

/** An envelope that is whole, and has room for what is put before it: `sql_mode` may be such that it would be cut off. */
function fits({ column, cut, growth }: ReplacementGroup, facts: ColumnFacts): string {
  const { form } = column
  const least = cut + (form === 'bytes' ? SHORTEST_REST.bytes : SHORTEST_REST.characters)
  const length = lengthOf(form, quote(column.column))
  const room = facts.get(column.column)?.room
  // What is longer than a packet becomes NULL: https://mariadb.com/kb/en/concat/
  const fitsPacket = `LENGTH(${quote(column.column)}) + ${growth + 2} <= @@max_allowed_packet`
  return growth === 0 || room === undefined
    ? `${length} >= ${least} AND ${fitsPacket}`
    : `${length} BETWEEN ${least} AND ${room - growth - (form === 'json' ? 2 : 0)} AND ${fitsPacket}`
}

function replaced({ column: { column, form }, cut }: ReplacementGroup, put: string): string {
  const rest = `SUBSTRING(${envelopeIn(form, quote(column))}, ${cut + 1})`
  if (form === 'bytes') return `CONCAT(UNHEX(${put}), ${rest})`
  return form === 'json' ? `JSON_QUOTE(CONCAT(${put}, ${rest}))` : `CONCAT(${put}, ${rest})`
}

type Groups = ReturnType<typeof groupsOf>

/** Rows that have something to be replaced. */
function staleIn(groups: Groups, facts: ColumnFacts, parameter: Parameter): string {
  const stale = [...groups].flatMap(([{ column, form }, some]) =>
    some.map((group) => {
      const isOneOf = (length: number, all: readonly string[]): string =>
        `${first(form, quote(column), length)} IN (${all.map((one) => begun(form, parameter(one))).join(', ')})`
      const begins = isOneOf(group.begins, [...new Set(group.entries.map((one) => beginningOf(group, one)))])
      const isWhole = isOneOf(
        group.cut,
        group.entries.map(({ cut }) => cut),
      )
      return `(${begins} AND ${isWhole} AND ${fits(group, facts)})`
    }),
  )
  return `(${stale.join(' OR ')})`
}

/** The assignments. @param row before the name of a column that stays as it is. */
function replacedIn(groups: Groups, facts: ColumnFacts, parameter: Parameter, row = ''): string {
  const set = [...groups].map(([{ column, form }, some]) => {
    const name = quote(column)
    const cases = some.flatMap((group) =>
      group.entries.map((one) => {
        const is = (length: number, text: string): string =>
          `${first(form, name, length)} = ${begun(form, parameter(text))}`
        const matches = `${is(group.begins, beginningOf(group, one))} AND ${is(group.cut, one.cut)}`
        return `WHEN ${matches} AND ${fits(group, facts)} THEN ${replaced(group, parameter(one.put))}`
      }),
    )
    return `${name} = CASE ${cases.join(' ')} ELSE ${name} END`
  })
  for (const { column, onUpdate } of facts.values()) {
    if (onUpdate) set.push(`${quote(column)} = ${row}${quote(column)}`)
  }
  return set.join(', ')
}

/** Among the columns: the unique index over the key. No column has an empty name. */
export const KEY_INDEX = ''
/** Among the columns: the server's version. No column's name ends in a space. */
const SERVER = ' '

/** MySQL 8.0 and MariaDB 10.6, which support SKIP LOCKED. */
export const mysqlSweep: SweepSql = {
  facts: ({ schema, table, key }) =>
    statement(placeholder, (parameter) => {
      const facts = [
        'CAST(COLUMN_NAME AS CHAR) AS `column`',
        'CAST(COLUMN_TYPE AS CHAR) AS type',
        'CAST(EXTRA AS CHAR) AS extra',
        // No expression is longer than a packet, whatever the column has room for.
        'CAST(LEAST(CHARACTER_MAXIMUM_LENGTH, @@max_allowed_packet) AS CHAR) AS room',
        'CAST(COLLATION_NAME AS CHAR) AS collation',
      ].join(', ')
      const where = (): string =>
        `TABLE_SCHEMA = COALESCE(${parameter(schema ?? null)}, DATABASE()) AND TABLE_NAME = ${parameter(table)}`
      const columns = `SELECT ${facts} FROM information_schema.COLUMNS WHERE ${where()}`
      const index = `SELECT '${KEY_INDEX}', CAST(INDEX_NAME AS CHAR), '', NULL, NULL FROM information_schema.STATISTICS WHERE ${where()}`
      const ofKey = `GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX SEPARATOR '/') = ${parameter(key.join('/'))}`
      const server = `SELECT '${SERVER}', CAST(VERSION() AS CHAR), '', NULL, NULL`
      return `${columns} UNION ALL ${server} UNION ALL (${index} AND NON_UNIQUE = 0 GROUP BY INDEX_NAME HAVING ${ofKey} LIMIT 1)`
    }),

  fault: ({ key }, facts) => {
    if (!facts.has(KEY_INDEX)) return `no unique index is over ${key.join(', ')}`
    const bad = key.find((column) => keyForm(facts.get(column)?.type ?? '') === undefined)
    return bad === undefined ? undefined : `${bad} is of the type ${facts.get(bad)?.type ?? 'unknown'}`
  },

  page: (table, facts, bounds, size) =>
    statement(placeholder, (parameter) => {
      const key = table.key.map(quote)
      const where = within(table, facts, bounds, parameter)
      const page = `SELECT ${key.join(', ')} FROM ${from(table)} WHERE ${where} ORDER BY ${key.join(', ')} LIMIT ${size}`
      const backwards = key.map((column) => `${column} DESC`).join(', ')
      return `SELECT ${keyTexts(table, facts)}, COUNT(*) OVER () AS \`rows\` FROM (${page}) AS page ORDER BY ${backwards} LIMIT 1`
    }),

  beginnings: (table, facts, range) =>
    statement(placeholder, (parameter) => {
      const each = table.columns.map(
        ({ column, form }, i) =>
          `${beginning(form, quote(column))} AS g${i}, ${lengthOf(form, quote(column))} AS l${i}`,
      )
      const names = table.columns.map((_, i) => `g${i}`).join(', ')
      const shortest = table.columns.map((_, i) => `MIN(l${i}) AS m${i}`).join(', ')
      const page = `SELECT ${each.join(', ')} FROM ${from(table)} WHERE ${within(table, facts, range, parameter)}`
      const size = table.columns.map((_, i) => `COALESCE(l${i}, 0)`).join(' + ')
      return `SELECT ${names}, ${shortest}, SUM(${size}) AS size, COUNT(*) AS \`rows\` FROM (${page}) AS page GROUP BY ${names}`
    }),

  wholes: (table, facts, range, { column, form }, wanted, length, most, except) =>
    statement(placeholder, (parameter) => {
      const value = quote(column)
      const where = within(table, facts, range, parameter)
      const matched = `${beginning(form, value)} IN (${wanted.map((one) => begun(form, parameter(one))).join(', ')})`
      const others = except.map(
        (one) => ` AND ${first(form, value, sizeIn(form, one))} <> ${begun(form, parameter(one))}`,
      )
      const found = `SELECT ${first(form, value, length)} AS v FROM ${from(table)} WHERE ${where} AND ${matched}${others.join('')}`
      return `SELECT v FROM (${found}) AS found GROUP BY v ORDER BY COUNT(*) DESC LIMIT ${most}`
    }),

  keys: (table, facts, range, filter, most) =>
    statement(placeholder, (parameter) => {
      const { column, form } = filter.column
      const value = quote(column)
      const where = within(table, facts, range, parameter)
      const matched = [
        `${beginning(form, value)} = ${begun(form, parameter(filter.beginning))}`,
        ...(filter.whole === undefined
          ? []
          : [`${first(form, value, sizeIn(form, filter.whole))} = ${begun(form, parameter(filter.whole))}`]),
        ...(filter.shorter === undefined ? [] : [`${lengthOf(form, value)} < ${filter.shorter}`]),
        ...(filter.longer === undefined ? [] : [`${lengthOf(form, value)} > ${filter.longer}`]),
      ].join(' AND ')
      const order = table.key.map(quote).join(', ')
      return `SELECT ${keyTexts(table, facts)} FROM ${from(table)} WHERE ${where} AND ${matched} ORDER BY ${order} LIMIT ${most}`
    }),

  begun: (table, facts, range, beginnings) =>
    statement(placeholder, (parameter) => {
      const where = within(table, facts, range, parameter)
      const any = [...beginnings].flatMap(([{ column, form }, all]) =>
        [...byLength(form, all)].map(([length, some]) => {
          const wanted = some.map((one) => begun(form, parameter(one))).join(', ')
          return `${first(form, quote(column), length)} IN (${wanted})`
        }),
      )
      return `SELECT 1 AS found FROM ${from(table)} WHERE ${where} AND (${any.join(' OR ')}) LIMIT 1`
    }),

  replaceAtOnce: (table, facts, range, replacements, most) => {
    if (!/mariadb/i.test(facts.get(SERVER)?.type ?? '')) return undefined
    return statement(placeholder, (parameter) => {
      const groups = groupsOf(replacements)
      const set = replacedIn(groups, facts, parameter)
      const where = within(table, facts, range, parameter)
      const order = table.key.map(quote).join(', ')
      return `SET STATEMENT innodb_lock_wait_timeout = 0 FOR UPDATE ${from(table)} SET ${set} WHERE ${where} AND ${staleIn(groups, facts, parameter)} ORDER BY ${order} LIMIT ${most}`
    })
  },

  replace: (table, facts, range, replacements, most) =>
    statement(placeholder, (parameter) => {
      const groups = groupsOf(replacements)
      const where = within(table, facts, range, parameter)
      const stale = staleIn(groups, facts, parameter)
      const key = table.key.map(quote).join(', ')
      // In this order, and by this index: a plan that reads other rows to join them waits for those that are locked.
      const byKey = `FORCE INDEX (${quote(facts.get(KEY_INDEX)?.type ?? 'PRIMARY')})`
      // LIMIT keeps the derived table, and its locks, from being merged into the statement.
      const free = `SELECT ${key} FROM ${from(table)} ${byKey} WHERE ${where} AND ${stale} LIMIT ${most} FOR UPDATE SKIP LOCKED`
      const same = table.key.map((column) => `swept.${quote(column)} = free.${quote(column)}`).join(' AND ')
      return `UPDATE (${free}) AS free STRAIGHT_JOIN ${from(table)} AS swept ${byKey} ON ${same} SET ${replacedIn(groups, facts, parameter, 'swept.')}`
    }),

  shown: (part) => part,
}

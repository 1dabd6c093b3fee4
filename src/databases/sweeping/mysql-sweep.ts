import { TEXT_PREFIX } from '../../envelope/index.js'
import { envelopeHeads } from '../envelope-bytes.js'
import type { Parameter } from '../row-update.js'
import { from, keyForm, keyTexts, placeholder, quote, within } from './mysql-key.js'
import { byLength, groupsOf, type ReplacementGroup, sizeIn, statement } from './statement.js'
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

const binary = (text: string): string => `CAST(${text} AS BINARY)`

/**
 * The bytes of an envelope: a character of it is one, and bytes are compared and counted in half the time. A JSON string is taken as it
 * is written, within its quotes: to parse it takes six times as long. What is escaped in it is no envelope of ours.
 */
function bytesIn(form: Form, column: string, from: number, length: number): string {
  if (form === 'bytes') return from === 1 ? `LEFT(${column}, ${length})` : `SUBSTRING(${column}, ${from}, ${length})`
  if (form === 'json') return `SUBSTRING(CONVERT(CONCAT(${column}) USING binary), ${from + 1}, ${length})`
  const text = `CONVERT(${column} USING binary)`
  return from === 1 ? `LEFT(${text}, ${length})` : `SUBSTRING(${text}, ${from}, ${length})`
}

const first = (form: Form, column: string, length: number): string => bytesIn(form, column, 1, length)

/** The parameter for such a beginning; that of `Bytes` is hexadecimal. */
const begun = (form: Form, placeholder: string): string =>
  form === 'bytes' ? `UNHEX(${placeholder})` : binary(placeholder)

const heads = envelopeHeads.map((head) => `x'${head}'`).join(', ')

/** As bytes. */
function beginning(form: Form, column: string): string {
  const none = `WHEN ${column} IS NULL THEN NULL`
  const noEnvelope = binary(`'${NO_ENVELOPE}'`)
  if (form === 'bytes') {
    return `CASE ${none} WHEN ${first(form, column, 2)} NOT IN (${heads}) THEN ${noEnvelope} \
WHEN ORD(${bytesIn(form, column, 2, 1)}) & 1 = 0 THEN ${first(form, column, TABLE_BEGINNING.bytes)} ELSE ${first(form, column, BEGINNING.bytes)} END`
  }
  const [start, prefix] =
    form === 'json'
      ? [`LEFT(CONVERT(CONCAT(${column}) USING binary), ${TEXT_PREFIX.length + 1})`, `"${TEXT_PREFIX}`]
      : [first(form, column, TEXT_PREFIX.length), TEXT_PREFIX]
  return `CASE ${none} WHEN ${start} <> ${binary(`'${prefix}'`)} THEN ${noEnvelope} \
WHEN ${bytesIn(form, column, 7, 1)} <= ${binary("'D'")} THEN ${first(form, column, TABLE_BEGINNING.characters)} \
ELSE ${first(form, column, BEGINNING.characters)} END`
}

/** A beginning as the process has it. */
function shownBeginning(form: Form, name: string): string {
  return form === 'bytes' ? `CASE WHEN ${name} = '${NO_ENVELOPE}' THEN ${name} ELSE LOWER(HEX(${name})) END` : name
}

/** Bytes: as many as an envelope has characters. */
function lengthOf(form: Form, column: string): string {
  return form === 'json' ? `(LENGTH(${column}) - 2)` : `LENGTH(${column})`
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
  const rest = `SUBSTRING(${quote(column)}, ${cut + (form === 'json' ? 2 : 1)})`
  if (form === 'bytes') return `CONCAT(UNHEX(${put}), ${rest})`
  return form === 'json' ? `CONCAT('"', ${put}, ${rest})` : `CONCAT(${put}, ${rest})`
}

type Groups = ReturnType<typeof groupsOf>

/** Rows that have something to be replaced. */
function staleIn(groups: Groups, facts: ColumnFacts, parameter: Parameter): string {
  const stale = [...groups].flatMap(([{ column, form }, some]) =>
    some.map((group) => {
      const whole = group.entries.map(({ cut }) => begun(form, parameter(cut))).join(', ')
      return `(${first(form, quote(column), group.cut)} IN (${whole}) AND ${fits(group, facts)})`
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
        const matches = `${first(form, name, group.cut)} = ${begun(form, parameter(one.cut))}`
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

  fullPage: (table, facts, bounds, size) =>
    statement(placeholder, (parameter) => {
      const order = table.key.map(quote).join(', ')
      const where = within(table, facts, bounds, parameter)
      return `SELECT ${keyTexts(table, facts)} FROM ${from(table)} WHERE ${where} ORDER BY ${order} LIMIT 1 OFFSET ${size - 1}`
    }),

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
      const names = table.columns.map((_, i) => `page.g${i}`).join(', ')
      const shortest = table.columns.map((_, i) => `MIN(l${i}) AS m${i}`).join(', ')
      const page = `SELECT ${each.join(', ')} FROM ${from(table)} WHERE ${within(table, facts, range, parameter)}`
      const size = table.columns.map((_, i) => `COALESCE(l${i}, 0)`).join(' + ')
      const shown = table.columns.map(({ form }, i) => `${shownBeginning(form, `page.g${i}`)} AS g${i}`).join(', ')
      return `SELECT ${shown}, ${shortest}, SUM(${size}) AS size, COUNT(*) AS \`rows\` FROM (${page}) AS page GROUP BY ${names}`
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
      return `SELECT ${form === 'bytes' ? 'LOWER(HEX(found.v))' : 'found.v'} AS v FROM (${found}) AS found GROUP BY found.v ORDER BY COUNT(*) DESC LIMIT ${most}`
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

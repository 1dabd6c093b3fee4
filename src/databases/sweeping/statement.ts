import type { Parameter, Statement } from '../row-update.js'
import { BEGINNING, type Replacement, type SweptColumn } from './swept-table.js'

/** A statement from its text, whose parameters are collected as it is written. */
export function statement(placeholder: (n: number) => string, write: (parameter: Parameter) => string): Statement {
  const parameters: unknown[] = []
  const sql = write((value) => {
    parameters.push(value)
    return placeholder(parameters.length)
  })
  return { sql, parameters }
}

/** Replacements in one column of prefixes that are of one length. */
export interface ReplacementGroup {
  readonly column: SweptColumn
  /** How long they are. */
  readonly cut: number
  /** As much of them as they are looked up by. */
  readonly begins: number
  /** By how much the longest of them makes an envelope longer. */
  readonly growth: number
  readonly entries: readonly Replacement[]
}

/** Each column's replacements, in groups of those that can be written in one expression. */
export function groupsOf(replacements: readonly Replacement[]): ReadonlyMap<SweptColumn, readonly ReplacementGroup[]> {
  const columns = new Map<SweptColumn, Map<number, Replacement[]>>()
  for (const one of replacements) {
    const groups = columns.get(one.column) ?? new Map<number, Replacement[]>()
    columns.set(one.column, groups)
    groups.set(one.cut.length, [...(groups.get(one.cut.length) ?? []), one])
  }
  return new Map(
    [...columns].map(([column, groups]) => [column, [...groups.values()].map((of) => groupOf(column, of))]),
  )
}

function groupOf(column: SweptColumn, entries: readonly Replacement[]): ReplacementGroup {
  const cut = sizeIn(column.form, entries[0]?.cut ?? '')
  const longest = entries.reduce((most, { put }) => Math.max(most, sizeIn(column.form, put)), 0)
  const begins = Math.min(cut, column.form === 'bytes' ? BEGINNING.bytes : BEGINNING.characters)
  return { column, cut, begins, growth: Math.max(0, longest - cut), entries }
}

/** What a prefix is looked up by. */
export function beginningOf({ column, begins }: ReplacementGroup, { cut }: Replacement): string {
  return cut.slice(0, column.form === 'bytes' ? 2 * begins : begins)
}

/** Beginnings by their length. */
export function byLength(
  form: SweptColumn['form'],
  beginnings: readonly string[],
): ReadonlyMap<number, readonly string[]> {
  const lengths = new Map<number, string[]>()
  for (const one of beginnings) lengths.set(sizeIn(form, one), [...(lengths.get(sizeIn(form, one)) ?? []), one])
  return lengths
}

/** How much of an envelope a text is, in characters; of bytes, which are written in hexadecimal, in bytes. */
export function sizeIn(form: SweptColumn['form'], text: string): number {
  return form === 'bytes' ? text.length / 2 : text.length
}

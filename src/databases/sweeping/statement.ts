import type { Parameter, Statement } from '../row-update.js'
import type { Replacement, SweptColumn } from './swept-table.js'

/** A statement from its text, whose parameters are collected as it is written. */
export function statement(placeholder: (n: number) => string, write: (parameter: Parameter) => string): Statement {
  const parameters: unknown[] = []
  const sql = write((value) => {
    parameters.push(value)
    return placeholder(parameters.length)
  })
  return { sql, parameters }
}

/** Replacements in one column of envelopes that are cut at one length, and matched by as much. */
export interface ReplacementGroup {
  readonly column: SweptColumn
  readonly matched: number
  /** How much of its end is matched as well: 0, or a {@link SEAM}. */
  readonly seam: number
  readonly cut: number
  /** By how much the longest of them makes an envelope longer. */
  readonly growth: number
  readonly entries: readonly Replacement[]
}

/** Each column's replacements, in groups of those that can be written in one expression. */
export function groupsOf(replacements: readonly Replacement[]): ReadonlyMap<SweptColumn, readonly ReplacementGroup[]> {
  const columns = new Map<SweptColumn, Map<string, Replacement[]>>()
  for (const one of replacements) {
    const groups = columns.get(one.column) ?? new Map<string, Replacement[]>()
    columns.set(one.column, groups)
    const name = `${one.matched.length} ${one.seam?.length} ${one.cut}`
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return new Map(
    [...columns].map(([column, groups]) => [column, [...groups.values()].map((of) => groupOf(column, of))]),
  )
}

function groupOf(column: SweptColumn, entries: readonly Replacement[]): ReplacementGroup {
  const perUnit = column.form === 'bytes' ? 2 : 1
  const { matched = '', seam = '', cut = 0 } = entries[0] ?? {}
  const longest = entries.reduce((most, { put }) => Math.max(most, put.length), 0)
  const growth = Math.max(0, longest / perUnit - cut)
  return { column, matched: matched.length / perUnit, seam: seam.length / perUnit, cut, growth, entries }
}

/** What an envelope is matched by: its beginning, and the seam behind that. */
export function wantedBy({ matched, seam = '' }: Replacement): string {
  return matched + seam
}

/** How much of an envelope a text is, in characters; of bytes, which are written in hexadecimal, in bytes. */
export function sizeIn(form: SweptColumn['form'], text: string): number {
  return form === 'bytes' ? text.length / 2 : text.length
}

import { isDecimal } from './internals.js'
import { keysAtATime, type Plain } from './query/index.js'

/** A row to be found by the values that a foreign key refers to. */
export interface Referring {
  readonly reference: Plain
}

/**
 * Look-ups that one SELECT can serve, by the name of each reference: by the same fields of one model, and by names that differ
 * in more than letter case. A UUID is returned in lower case, whatever was asked for; a text that differs in case belongs to
 * another row.
 */
export function roundsOf<L extends Referring>(lookups: readonly L[], modelOf: (lookup: L) => string): Map<string, L>[] {
  const groups = new Map<string, Map<string, L>[]>()
  for (const lookup of lookups) {
    const kind = `${modelOf(lookup)} ${Object.keys(lookup.reference).join()}`
    const name = nameOf(lookup.reference)
    const group = groups.get(kind) ?? []
    groups.set(kind, group)
    const round = group.find((one) => takes(one, name, lookup))
    if (round === undefined) group.push(new Map([[name, lookup]]))
    else round.set(name, lookup)
  }
  return [...groups.values()].flat()
}

function takes<L extends Referring>(round: ReadonlyMap<string, L>, name: string, lookup: L): boolean {
  const there = round.get(name)
  if (there !== undefined) return sameReference(there.reference, lookup.reference)
  return round.size < keysAtATime(Object.keys(lookup.reference).length)
}

/** Whether two references have the same values, by the same fields. */
export function sameReference(one: Plain, other: Plain): boolean {
  return Object.entries(other).every(([field, value]) => isSame(one[field], value))
}

/** Whether two values of one column are the same: dates, decimals and bytes by what they contain. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  return isValueObject(one) && isValueObject(other) && textOf(one) === textOf(other)
}

function isValueObject(value: unknown): boolean {
  return value instanceof Date || value instanceof Uint8Array || isDecimal(value)
}

/** The filter that finds the rows which any of these refer to, all by the fields of `reference`. */
export function anyOf(reference: Plain, lookups: readonly Referring[]): Plain {
  const [field, ...more] = Object.keys(reference)
  if (field !== undefined && more.length === 0) {
    return { [field]: { in: lookups.map((lookup) => lookup.reference[field]) } }
  }
  return { OR: lookups.map((lookup) => lookup.reference) }
}

/** A reference as one text, by which a row that is found is recognised. */
export function nameOf(row: Plain): string {
  const fields = Object.keys(row).sort()
  return JSON.stringify(fields.map((field) => textOf(row[field]).toLowerCase()))
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  // A Buffer's own text would be that of its bytes, which a result has as a Uint8Array.
  return value instanceof Uint8Array ? value.join() : String(value)
}

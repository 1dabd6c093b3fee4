import type { Beginning, RowRange, SweptColumn } from '../../databases/index.js'
import { prefixLength } from '../../envelope/index.js'
import { failureOf } from './decisions.js'
import { bytesOf, lengthIn } from './envelope-text.js'
import type { Place } from './place.js'
import type { TableRows } from './table-rows.js'

/** The different wrapped keys of envelopes that begin alike, the most frequent first: as much of each envelope as its prefix has. */
export interface WholePrefixes {
  /** Characters of a prefix; of bytes, hexadecimal. Some may be shorter: those envelopes were cut off. */
  of(place: Place): Promise<readonly string[]>
  /** The same without those that begin in one of these ways. */
  others(place: Place, except: readonly string[]): Promise<readonly string[]>
}

/** Beginnings in one statement: below every database's limit of parameters. */
const AT_A_TIME = 200

/**
 * Looks them up for many places at once: one statement for each column, mostly.
 *
 * @param most of one place.
 */
export async function wholePrefixes(
  rows: TableRows,
  range: RowRange,
  places: readonly Place[],
  most: number,
): Promise<WholePrefixes> {
  const known = new Map<SweptColumn, Map<Beginning, readonly string[]>>()
  for (const lot of lotsOf(places)) {
    const { column, length, beginnings } = lot
    if (beginnings.length === 1) continue
    const found = await rows.wholes(range, column, beginnings, length, most * beginnings.length)
    // Cut off there, so that one of them may have taken the room of others: each is looked up by itself.
    if (found.length >= most * beginnings.length) continue
    const ofColumn = known.get(column) ?? new Map<Beginning, readonly string[]>()
    known.set(column, ofColumn)
    const begins = (beginning: Beginning): readonly string[] => found.filter((whole) => whole.startsWith(beginning))
    for (const beginning of beginnings) ofColumn.set(beginning, begins(beginning).slice(0, most))
  }
  return {
    async of({ column, beginning }) {
      const found = known.get(column)?.get(beginning)
      return found ?? rows.wholes(range, column, [beginning], prefixLengthIn({ column, beginning }), most)
    },
    others: (place, except) => rows.wholes(range, place.column, [place.beginning], prefixLengthIn(place), most, except),
  }
}

/** Those of them that may be prefixes, as bytes. */
export function prefixesIn(place: Place, wholes: readonly string[]): Buffer[] {
  return wholes.flatMap((whole) => {
    try {
      return prefixIn(place, whole) ?? []
    } catch (error) {
      failureOf(error)
      return []
    }
  })
}

/** `undefined` for an envelope that was cut off within it: such are told by their length. Throws `ENVELOPE_MALFORMED`. */
export function prefixIn(place: Place, whole: string): Buffer | undefined {
  const { column } = place
  const perUnit = column.form === 'bytes' ? 2 : 1
  return whole.length < prefixLengthIn(place) * perUnit ? undefined : bytesOf(column, whole)
}

/** How long the prefix is of envelopes that begin like this, in the form of their column. */
export function prefixLengthIn({ column, beginning }: Place): number {
  return lengthIn(column, prefixLength(bytesOf(column, beginning)))
}

interface Lot {
  readonly column: SweptColumn
  readonly length: number
  readonly beginnings: Beginning[]
}

/** Prefixes of one column that are of one length. */
function lotsOf(places: readonly Place[]): Lot[] {
  const lots: Lot[] = []
  for (const { column, beginning } of places) {
    const length = prefixLengthIn({ column, beginning })
    const lot = lots.findLast((one) => one.column === column && one.length === length)
    if (lot === undefined || lot.beginnings.length >= AT_A_TIME) lots.push({ column, length, beginnings: [beginning] })
    else lot.beginnings.push(beginning)
  }
  return lots
}

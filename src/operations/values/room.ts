import type { ColumnFact, RowWrite } from '../../databases/index.js'
import type { TableRows } from '../sweep/table-rows.js'

/** The first column that has no room for its new value: `sql_mode` may be such that it would be cut off. */
export function tooLong({ table, facts }: TableRows, { cells, tokens }: RowWrite): string | undefined {
  const index = table.tokens?.find((column, i) => {
    const room = facts.get(column)?.room
    return room !== undefined && (tokens[i]?.after ?? '').length / 2 > room
  })
  if (index !== undefined) return index
  return table.columns.find(({ column, form, list }, i) => {
    const after = cells[i]?.after
    if (after === undefined || list) return false
    const room = roomIn(facts.get(column))
    return room !== undefined && (form === 'bytes' ? after.length / 2 : after.length) > room
  })?.column
}

/** PostgreSQL writes it into the type. */
function roomIn(fact: ColumnFact | undefined): number | undefined {
  if (fact?.room !== undefined) return fact.room
  const length = /^character(?: varying)?\((\d+)\)$/.exec(fact?.type ?? '')?.[1]
  return length === undefined ? undefined : Number(length)
}

/** Outside of ASCII, which every character set has. */
const RARE = /[^\0-\x7f]/

/** Of rows, the first column that has not all characters of its new value: it might be written with question marks in their place. */
export async function withoutCharacters(
  rows: TableRows,
  writes: readonly RowWrite[],
): Promise<ReadonlyMap<RowWrite, string>> {
  const found = new Map<RowWrite, string>()
  for (const [i, { column, form, list }] of rows.table.columns.entries()) {
    if (form !== 'text' || list) continue
    const texts = writes.flatMap((write) => {
      const after = write.cells[i]?.after
      return after !== undefined && RARE.test(after) ? [{ write, after }] : []
    })
    if (texts.length === 0) continue
    const unfit = await rows.unfit(
      column,
      texts.map(({ after }) => after),
    )
    for (const at of unfit) {
      const write = texts[at]?.write
      if (write !== undefined && !found.has(write)) found.set(write, column)
    }
  }
  return found
}

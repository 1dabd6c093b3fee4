import type { ColumnFact, RowWrite } from '../../databases/index.js'
import type { TableRows } from '../sweep/table-rows.js'

/** The first column that has no room for its new value: `sql_mode` may be such that it would be cut off. */
export function tooLong({ table, facts }: TableRows, { cells }: RowWrite): string | undefined {
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

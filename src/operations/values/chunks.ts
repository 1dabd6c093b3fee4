import type { RowRange } from '../../databases/index.js'
import type { TableRows } from '../sweep/table-rows.js'
import { LANES } from './lanes.js'

/** Of rows that are written together: how many, and how many characters their values have. One row may be longer. */
const MAX_ROWS = 500
const MAX_SIZE = 2 ** 21 / LANES
/** Of one statement. */
const MAX_PARAMETERS = 30_000

/** A page in parts of which each may be held in memory, and written by one statement. */
export async function chunksOf(rows: TableRows, range: RowRange, most: number): Promise<RowRange[]> {
  const { key, columns, tokens = [] } = rows.table
  const maxRows = Math.max(
    1,
    Math.min(MAX_ROWS, Math.floor(MAX_PARAMETERS / (key.length + 2 * (columns.length + tokens.length)))),
  )
  const chunks: RowRange[] = []
  let { after } = range
  let held = { rows: 0, size: 0 }
  let previous: RowRange['last'] | undefined
  for (const { key: next, size } of await rows.sizes(range, most)) {
    if (previous !== undefined && (held.rows >= maxRows || held.size + size > MAX_SIZE)) {
      chunks.push({ after, last: previous })
      after = previous
      held = { rows: 0, size: 0 }
    }
    held = { rows: held.rows + 1, size: held.size + size }
    previous = next
  }
  return previous === undefined ? chunks : [...chunks, { after, last: range.last }]
}

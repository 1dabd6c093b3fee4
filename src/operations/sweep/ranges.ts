import type { PartialRange, RowKey, SweptTable } from '../../databases/index.js'
import type { SweptTables } from './table-rows.js'

/** Ranges of about so many rows, one after another, which together are all rows: also those that are inserted later. */
export async function rangesOf(tables: SweptTables, table: SweptTable, rows: number): Promise<PartialRange[]> {
  const opened = await tables.open(table)
  const ranges: PartialRange[] = []
  for (let after: RowKey | undefined; ; ) {
    const page = await opened.page({ after }, rows)
    if (page === undefined || page.rows < rows) return [...ranges, { after }]
    ranges.push({ after, last: page.range.last })
    after = page.range.last
  }
}

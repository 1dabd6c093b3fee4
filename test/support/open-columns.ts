import { OpenColumns, type OpenLeaf } from '../../src/leaves/index.js'
import { leafAt } from '../../src/leaves/open-columns.js'

export function columnsOf(leaves: readonly OpenLeaf[]): OpenColumns {
  const columns = new OpenColumns()
  for (const { holder, key, field, tenant, list } of leaves) columns.add(holder, key, field, tenant, list)
  return columns
}

/** One leaf for each value, column by column. */
export function leavesOf({ all }: OpenColumns): OpenLeaf[] {
  return all.flatMap((column) => column.holders.map((_, at) => leafAt(column, at)))
}

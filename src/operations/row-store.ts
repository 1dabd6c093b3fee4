import type { RowUpdate } from '../databases/index.js'

/** Where rows are stored, as far as operations need it. What lies above implements it, and hands it in. */
export interface RowStore {
  /** Changes one row, if its cells still hold what they did. Resolves with how many rows were changed. */
  write(update: RowUpdate): Promise<number>
}

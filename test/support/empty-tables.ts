import type { TestDatabase } from './databases/contract.js'

/** Deletes all rows, table after table: name those that point at others first. */
export async function emptyTables(database: TestDatabase, ...tables: string[]): Promise<void> {
  // MySQL takes rows one by one, and keeps one that another row of the same table points at.
  if (tables.includes('patients')) await database.execute('UPDATE patients SET mentor_id = NULL')
  for (const table of tables) await database.execute(`DELETE FROM ${table}`)
}

import type { Inspection } from './inspection.js'

/** A length in a type means nothing to SQLite. The clock is that of the machine that the file is on. */
export const sqliteInspection: Inspection = {
  columns: `SELECT NULL AS "schema", 1 AS "own", t.name AS "table", c.name AS "column", c.type AS "type", NULL AS "length",
    NULL AS "collation"
  FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`,
  guards: `SELECT name AS "name" FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'pe1\\_%' ESCAPE '\\'`,
  // Its SQL says when it fires; our own guards do before an update, and change nothing.
  updateTriggers: `SELECT NULL AS "schema", tbl_name AS "table", name AS "name"
  FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '% UPDATE %' AND name NOT LIKE 'pe1\\_%' ESCAPE '\\'`,
}

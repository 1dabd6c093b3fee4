import type { Inspection } from './inspection.js'

const notPostgres = "NOT IN ('pg_catalog', 'information_schema')"

/** Names are cast: Prisma returns no values of the type `name`. */
export const postgresqlInspection: Inspection = {
  columns: `SELECT table_schema::text AS "schema", table_schema = current_schema() AS "own", table_name::text AS "table",
    column_name::text AS "column", data_type::text AS "type", character_maximum_length::int AS "length",
    collation_name::text AS "collation"
  FROM information_schema.columns WHERE table_schema ${notPostgres}`,
  guards: `SELECT conname::text AS "name" FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'pe1\\_%'`,
  updateTriggers: `SELECT event_object_schema::text AS "schema", event_object_table::text AS "table", trigger_name::text AS "name"
  FROM information_schema.triggers WHERE event_manipulation = 'UPDATE'`,
  clock: `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "now"`,
}

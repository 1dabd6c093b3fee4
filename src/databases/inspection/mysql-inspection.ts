import type { Inspection } from './inspection.js'

/** Named each, since MySQL returns the columns of these views in capital letters. */
export const mysqlInspection: Inspection = {
  columns: `SELECT NULL AS \`schema\`, 1 AS \`own\`, TABLE_NAME AS \`table\`, COLUMN_NAME AS \`column\`, DATA_TYPE AS \`type\`,
    CHARACTER_MAXIMUM_LENGTH AS \`length\`, COLLATION_NAME AS \`collation\`
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()`,
  guards: `SELECT CONSTRAINT_NAME AS \`name\` FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()`,
  updateTriggers: `SELECT NULL AS \`schema\`, EVENT_OBJECT_TABLE AS \`table\`, TRIGGER_NAME AS \`name\`
  FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_MANIPULATION = 'UPDATE'`,
  clock: 'SELECT ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000) AS `now`',
}

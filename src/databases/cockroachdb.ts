import type { Database } from './database.js'
import { postgresql } from './postgresql.js'

/** Like PostgreSQL, except for type names and lists, which are not encrypted on it. */
export const cockroachdb: Database = {
  ...postgresql,
  name: 'CockroachDB',
  lists: false,
  nullsAreLast: false,
  columns: {
    ...postgresql.columns,
    roomy: { text: ['String'], bytes: ['Bytes'] },
    remedy: { text: '`@db.String`', bytes: '`@db.Bytes`' },
    faithfulText: ['String', 'Uuid'],
  },
}

import type { Database } from './database.js'
import { postgresql } from './postgresql.js'

/** Sweeps and the census rely on PostgreSQL's catalog and locks, and are not tested here. */
const { sweep: _sweep, values: _values, census: _census, ...common } = postgresql

/** Like PostgreSQL, except for type names and lists, which are not encrypted on it. */
export const cockroachdb: Database = {
  ...common,
  name: 'CockroachDB',
  lists: false,
  columns: {
    ...postgresql.columns,
    roomy: { text: ['String'], bytes: ['Bytes'] },
    remedy: { text: '`@db.String`', bytes: '`@db.Bytes`' },
    faithfulText: ['String', 'Uuid'],
  },
}

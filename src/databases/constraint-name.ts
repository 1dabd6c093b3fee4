import { createHash } from 'node:crypto'
import type { CheckedColumn } from './checks.js'

/** PostgreSQL truncates longer names; the other databases accept at least as many bytes. */
const maximum = 63

/**
 * The name of a column's constraint, the same in every run. The readable part is truncated if necessary, and ambiguous
 * (table `a_b`, column `c`; table `a`, column `b_c`); the hash of all three names makes it unique, also on databases where
 * a constraint's name must be unique in the whole schema, ignoring case.
 */
export function constraintName({ schema, table, column }: CheckedColumn, suffix = ''): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([schema ?? null, table, column]))
    .digest('hex')
    .slice(0, 12)
  const end = `_${hash}${suffix}`
  // ASCII, so that a character is a byte and no name needs escapes.
  const readable = `pe1_${table}_${column}`.replace(/[^A-Za-z0-9_]/g, '_').slice(0, maximum - end.length)
  return readable + end
}

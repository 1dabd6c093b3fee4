import { EnvelopeAuthenticationError } from '../errors.js'
import type { IndexKeys } from '../keys/index.js'
import { andThen, type MaybePromise } from '../promises/maybe-promise.js'
import { rowText } from '../quoting/row-text.js'
import type { IndexCheck, RowFinder, TokenLeaf } from './leaf.js'
import { fillTokens, tokenLeaf } from './tokens.js'

/**
 * Compares index columns with the opened values beside them. Synchronous if the index keys are in memory. Throws or rejects
 * with `ENVELOPE_INDEX_MISMATCH` for the first that is not the token of its value.
 */
export function verifyIndexes(checks: readonly IndexCheck[], keys: IndexKeys, find?: RowFinder): MaybePromise<void> {
  // What each column should contain: NULL if its field is NULL, or if its value has no token.
  const expected: unknown[] = checks.map(() => null)
  const leaves: TokenLeaf[] = []
  checks.forEach(({ row, index, tenant }, at) => {
    const value = row[index.source.field]
    const leaf = value === null ? undefined : tokenLeaf(index, tenant, expected, at, value)
    if (leaf !== undefined) leaves.push(leaf)
  })
  const compare = (): void => {
    checks.forEach((check, at) => {
      assertEqual(check, expected[at], find)
    })
  }
  return andThen(fillTokens(leaves, keys), compare)
}

function assertEqual(
  { row, index, tenant, mayBeEmpty }: IndexCheck,
  expected: unknown,
  find: RowFinder | undefined,
): void {
  const stored = row[index.field]
  if (stored === null && (expected === null || mayBeEmpty === true)) return
  if (stored instanceof Uint8Array && expected instanceof Uint8Array && Buffer.compare(stored, expected) === 0) return
  const place = find?.(row)
  throw new EnvelopeAuthenticationError(
    'ENVELOPE_INDEX_MISMATCH',
    `${index.model}.${index.field}${place === undefined ? '' : rowText(place)} is not the index of the value in ${index.source.field}: it was altered, or the row was written before the index was added. Write the value again; if it was altered, find out who can write to the table.`,
    { model: index.model, field: index.field, tenant, ...place },
  )
}

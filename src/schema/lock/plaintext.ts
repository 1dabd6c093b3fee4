import type { EncryptedRecord, FieldRecord } from './record.js'

/** Why rows of a field cannot change what they may hold in this way, and what to do; `undefined` if they can. */
export function plaintextDifference(
  before: EncryptedRecord,
  now: EncryptedRecord,
  records: ReadonlyMap<string, FieldRecord>,
): string | undefined {
  if (before.plaintext === 'written' && now.plaintext === undefined) {
    return (
      'the lock file has it as written in plaintext (`write: plain`), and those values would not be read any more. Write ' +
      '`@encrypted(legacy: read, until: "…")` instead, and leave that out once `prisma-envelope backfill` has encrypted them.'
    )
  }
  const indexed = [...records.values()].some((record) => 'index' in record && record.index === now.as)
  if (before.plaintext !== 'legacy' || now.plaintext !== 'written' || !indexed) return undefined
  return (
    'rows that are in plaintext from before (`legacy: read`) have no token, and its index, which is searched by, would not find ' +
    'them. Run `prisma-envelope backfill` and leave out `legacy` and `until` first, then write `write: plain`; or drop the index.'
  )
}

/** What a change means that is allowed: it weakens a field, or takes something for granted. */
export function plaintextWarning(before: FieldRecord, now: FieldRecord): string | undefined {
  if (!('type' in before) || !('type' in now) || before.plaintext === now.plaintext) return undefined
  if (now.plaintext === undefined) {
    return before.plaintext === 'legacy'
      ? 'plaintext in it is refused from now on. Make sure that `prisma-envelope backfill` found nothing more.'
      : undefined
  }
  if (now.plaintext === 'legacy' && before.plaintext === undefined) {
    return 'it was encrypted throughout, and from now on plaintext in it is read as data, whoever wrote it. Leave `legacy` out unless rows are in plaintext.'
  }
  return undefined
}

import { EnvelopeConfigError } from '../../errors.js'
import type { KeyRecords } from '../../operations/index.js'
import { answered } from '../census/answered.js'

/** The key table's rows for a verb, with typed errors. Throws `ENVELOPE_CONFIG_INVALID` where the schema has no key table. */
export function recordsFor(verb: string, records: KeyRecords | undefined): KeyRecords {
  if (records === undefined)
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      `${verb}: this schema has no key table. \`prisma-envelope sql --keys\` prints its models.`,
    )
  const ask = <T>(work: () => Promise<T>): Promise<T> => answered(verb, work, 'What was done stays.')
  return {
    page: (after, owner, most) => ask(() => records.page(after, owner, most)),
    find: (ids) => ask(() => records.find(ids)),
    lastSeq: (owner) => ask(() => records.lastSeq(owner)),
    firstSeq: (owner) => ask(() => records.firstSeq(owner)),
    insert: (record) => ask(() => records.insert(record)),
    erase: (id, owner) => ask(() => records.erase(id, owner)),
  }
}

import { constraintName } from '../../databases/index.js'
import type { EncryptedEntry, ModelEntry } from '../../schema/model-map.js'
import { scalarsOf } from '../../schema/scalars.js'
import type { Finding } from './finding.js'

const DAY = 24 * 60 * 60 * 1000
/** So long before the last day somebody should know. */
const SOON = 14 * DAY

/** Fields whose columns may hold plaintext: until when, and whether a guard is in the way. */
export function plaintextFindings(
  models: readonly ModelEntry[],
  guards: ReadonlySet<string>,
  now: number = Date.now(),
): Finding[] {
  return models.flatMap((model) =>
    scalarsOf(model).flatMap(([, { column, encrypted }]): Finding[] => {
      if (encrypted?.legacy === undefined && encrypted?.write === undefined) return []
      const about = { check: 'plaintext', subject: `${model.table}.${column}` } as const
      const place = { schema: model.schema, table: model.table, column }
      const isGuarded = guards.has(constraintName(place)) || guards.has(constraintName(place, '_update'))
      if (isGuarded) {
        const message =
          'The column has a guard, which refuses plaintext, and may refuse updates of rows that hold some. Drop it.'
        return [{ ...about, outcome: 'problem', message }]
      }
      return [{ ...about, ...stateOf(encrypted, now) }]
    }),
  )
}

function stateOf({ legacy }: EncryptedEntry, now: number): Pick<Finding, 'outcome' | 'message'> {
  if (legacy === undefined) {
    const message =
      'New values are stored in plaintext (`write: plain`). Take the annotation out once `prisma-envelope eject` finds nothing more.'
    return { outcome: 'warning', message }
  }
  const left = Date.parse(`${legacy.until}T00:00:00Z`) + DAY - now
  const remedy = 'Run `prisma-envelope backfill` and leave out `legacy` and `until`, or write a later day.'
  if (left <= 0) return { outcome: 'problem', message: `Plaintext has been refused since ${legacy.until}. ${remedy}` }
  const message = `plaintext is read until ${legacy.until}`
  return left < SOON
    ? { outcome: 'warning', message: `${message}, which is soon. ${remedy}` }
    : { outcome: 'ok', message }
}

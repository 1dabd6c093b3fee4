import type { Delegates } from './lookups.js'
import {
  asFilter,
  lowerFirst,
  type Model,
  type Models,
  type Plain,
  selectionOf,
  type TwinLookup,
  twinFilter,
  twinGroups,
  valueTaken,
} from './query/index.js'

/**
 * Looks for rows that hold a value in plaintext which is about to be written, sealed, beside a unique index. Throws
 * `ENVELOPE_NOT_UNIQUE` where there is one, other than the row that is written.
 */
export async function checkTwins(client: Delegates, models: Models, twins: readonly TwinLookup[]): Promise<void> {
  for (const group of twinGroups(twins)) {
    const [first, ...more] = group
    if (first === undefined) continue
    const model = models.get(first.index.model)
    const where = twinFilter(models, model, [first, ...more])
    const delegate = client[lowerFirst(model.name)]
    if (where === undefined || delegate === undefined) continue
    const rows = await delegate.findMany({ where, select: selectionOf(model.key), take: 2 })
    if (rows.length === 0) continue
    const isItself = rows.length === 1 && (await isWritten(delegate, model, first, rows[0] as Plain))
    if (!isItself) throw valueTaken(first.index)
  }
}

/** Whether the only row with the value is the one that is written over. */
async function isWritten(
  delegate: NonNullable<Delegates[string]>,
  model: Model,
  { found }: TwinLookup,
  key: Plain,
): Promise<boolean> {
  const filter = found && asFilter(model, found)
  if (filter === undefined || model.key.length === 0) return false
  const same = await delegate.findMany({ where: { AND: [filter, key] }, select: selectionOf(model.key), take: 1 })
  return same.length > 0
}

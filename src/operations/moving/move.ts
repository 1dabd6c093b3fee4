import type { RowWrite } from '../../databases/index.js'
import type { ValueCipher } from '../values/value-target.js'
import { type ColumnChanges, grouped, newKey, ownerChanges } from './changes.js'
import { type FoundRow, type MovedRows, nameOf } from './moved-model.js'
import { type Resealed, resealed } from './reseal.js'
import { type Batch, isSame, type MovePlan, type Survey, survey } from './survey.js'
import { type TakenUnique, takenUniques } from './uniques.js'

/** Rows were changed by somebody else meanwhile. */
export class ChangedMeanwhile extends Error {}
/** A value is unique, and another row has it. */
export class Taken extends Error {}

/** What is to be done, all of it made before anything is changed. */
export interface PreparedMove {
  readonly plan: MovePlan
  readonly survey: Survey
  readonly resealed: readonly Resealed[]
  readonly taken: readonly TakenUnique[]
}

/** Rows of one statement. */
const AT_ONCE = 100

/**
 * Reads the rows, and seals what they hold for the other tenant. Changes nothing.
 *
 * @param how.bytes bytes as the database writes them, from hexadecimal.
 */
export async function prepareMove(
  rows: MovedRows,
  plan: MovePlan,
  cipher: ValueCipher,
  { dryRun, bytes }: { readonly dryRun: boolean; readonly bytes: (hex: string) => string },
): Promise<PreparedMove> {
  const found = await survey(rows, plan, false)
  const made: Resealed[] = []
  for (const batch of found.batches) made.push(...(await resealed(batch, { ...plan, dryRun }, cipher)))
  return { plan, survey: found, resealed: made, taken: await takenUniques(rows, plan, found, made, bytes) }
}

/**
 * Carries it out, inside one transaction. Nothing here waits for KMS, or for another connection.
 *
 * Throws {@link ChangedMeanwhile} if any of the rows is not as it was read, {@link Taken}.
 */
export async function carryOut(rows: MovedRows, { plan, survey: before, resealed: made }: PreparedMove): Promise<void> {
  await rows.begin(plan.root)
  // Nobody writes these rows from here on, nor adds some that refer to them.
  const now = await survey(rows, plan, true)
  if (!isSame(before, now)) throw new ChangedMeanwhile()
  for (const { batch, writes } of made) {
    for (const some of slices(writes)) {
      const changed = await rows.write(batch.model, some)
      if (changed === 'taken') throw new Taken()
      if (changed !== some.length) throw new ChangedMeanwhile()
    }
  }
  const changes = ownerChanges(plan, before)
  for (const batch of before.batches) {
    for (const { rows: alike, assigned } of grouped(batch, changes)) {
      for (const some of slices(alike))
        await rows.assign(
          batch.model,
          assigned,
          some.map(({ key }) => key),
        )
    }
  }
  for (const one of made) await compare(rows, plan, one, changes)
}

/** What the rows hold now must be what they were given: a trigger, or a key that was passed on, may have changed something else. */
async function compare(
  rows: MovedRows,
  plan: MovePlan,
  { batch, writes }: Resealed,
  changes: ReadonlyMap<FoundRow, ColumnChanges>,
): Promise<void> {
  const written = new Map(writes.map((write) => [nameOf(write.key), write]))
  for (const some of slices(batch.rows)) {
    const keys = some.map((row) => newKey(batch, row, changes.get(row)))
    const found = await rows.find(batch.model, batch.model.table.key, keys, { most: keys.length + 1, lock: false })
    const now = new Map(found.map((row) => [nameOf(row.key), row]))
    some.forEach((row, i) => {
      const after = now.get(nameOf(keys[i] ?? []))
      if (after === undefined || !isAsMeant(batch, row, written.get(nameOf(row.key)), changes.get(row), after, plan))
        throw new ChangedMeanwhile()
    })
  }
}

function isAsMeant(
  { model }: Batch,
  before: FoundRow,
  write: RowWrite | undefined,
  changes: ColumnChanges | undefined,
  after: FoundRow,
  plan: MovePlan,
): boolean {
  const { table, target, isOwned } = model
  const columns = [...(changes ?? [])].every(([column, text]) => (after.texts.get(column) ?? null) === text)
  const cells = table.columns.every((place, i) => {
    const meant = write?.cells[i]?.after ?? before.cells[i] ?? null
    const is = after.cells[i] ?? null
    // The database may write lists and documents in its own way.
    return place.list || place.form === 'json' ? isSameJson(meant, is) : meant === is
  })
  const tokens = (table.tokens ?? []).every((_, i) => {
    const token = write?.tokens[i]
    return (token === undefined ? (before.tokens[i] ?? null) : token.after) === (after.tokens[i] ?? null)
  })
  const owner = !isOwned || target.tenantOf(after, () => undefined) === plan.to
  return columns && cells && tokens && owner
}

function isSameJson(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other
  return one === other || JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other))
}

function slices<T>(all: readonly T[]): T[][] {
  const some: T[][] = []
  for (let at = 0; at < all.length; at += AT_ONCE) some.push(all.slice(at, at + AT_ONCE))
  return some
}

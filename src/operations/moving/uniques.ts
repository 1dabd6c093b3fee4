import type { RowKey } from '../../databases/index.js'
import { type ColumnChanges, ownerChanges } from './changes.js'
import { type FoundRow, type MovedModel, type MovedRows, nameOf } from './moved-model.js'
import type { Resealed } from './reseal.js'
import type { MovePlan, Survey } from './survey.js'

/** A row that moves, where another one has what must be unique. */
export interface TakenUnique {
  readonly model: MovedModel
  readonly key: RowKey
  readonly columns: readonly string[]
}

/** Values in one statement. */
const AT_ONCE = 100

/**
 * Uniques that rows of the other tenant have already. What is written between this and the transaction, the database finds: this names
 * the rows.
 */
export async function takenUniques(
  rows: MovedRows,
  plan: MovePlan,
  survey: Survey,
  made: readonly Resealed[],
  bytes: (hex: string) => string,
): Promise<TakenUnique[]> {
  const changes = ownerChanges(plan, survey)
  const moving = new Set(
    survey.batches.flatMap(({ model, rows: all }) => all.map(({ key }) => `${model.name} ${nameOf(key)}`)),
  )
  const taken: TakenUnique[] = []
  for (const one of made) {
    const { model } = one.batch
    for (const columns of model.uniques) {
      const wanted = one.batch.rows.flatMap((row, at) => {
        const values = newValues(one, row, at, columns, changes.get(row), bytes)
        return values === undefined ? [] : [{ row, values }]
      })
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        const some = wanted.slice(from, from + AT_ONCE)
        const how = { most: some.length + 1, lock: false }
        const found = await rows.find(
          model,
          columns,
          some.map(({ values }) => values),
          how,
        )
        if (found.every(({ key }) => moving.has(`${model.name} ${nameOf(key)}`))) continue
        for (const { row, values } of some) {
          // By itself: the database may treat two spellings as equal.
          const same = await rows.find(model, columns, [values], { most: 2, lock: false })
          if (same.some(({ key }) => !moving.has(`${model.name} ${nameOf(key)}`)))
            taken.push({ model, key: row.key, columns })
        }
      }
    }
  }
  return taken
}

/** What the columns are to hold. `undefined` where none of them changes, or where one is NULL: to a database, that equals nothing. */
function newValues(
  { batch, tokens }: Resealed,
  row: FoundRow,
  at: number,
  columns: readonly string[],
  changes: ColumnChanges | undefined,
  bytes: (hex: string) => string,
): RowKey | undefined {
  let changed = false
  const values: string[] = []
  for (const column of columns) {
    const index = batch.model.table.tokens?.indexOf(column) ?? -1
    const token = index < 0 ? undefined : tokens.get(`${at} ${index}`)
    const before = index < 0 ? row.texts.get(column) : hexOrNull(row.tokens[index], bytes)
    const after =
      token === undefined ? (changes?.has(column) ? changes.get(column) : before) : hexOrNull(token.after, bytes)
    if (after === null || after === undefined) return undefined
    changed ||= after !== before
    values.push(after)
  }
  return changed ? values : undefined
}

function hexOrNull(hex: string | null | undefined, bytes: (hex: string) => string): string | null {
  return hex === null || hex === undefined ? null : bytes(hex)
}

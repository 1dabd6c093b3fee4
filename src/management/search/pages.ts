import { othersTurn } from '../../leaves/index.js'
import { keysAtATime, type Plain } from '../../prisma/query/index.js'
import { afterKey, amongKeys, keyOnly, keyText } from './key.js'
import type { SearchPlan } from './plan.js'
import { cursorGone, keyInexact, tooManyRows } from './refusals.js'
import { refusedIn } from './where.js'

/** The model's delegate of the client on which the search was called. */
export interface Rows {
  findMany(args: Plain): PromiseLike<Plain[]>
  count(args: Plain): PromiseLike<number>
}

/** Rows that are read, opened and tested before others have their turn. */
export const PAGE = 1_000

/** How many rows are under `where`. Throws `ENVELOPE_SEARCH_TOO_LARGE`, before any row is read. */
export async function countOf(rows: Rows, plan: SearchPlan): Promise<number> {
  const count = await counted(rows, plan)
  if (count > plan.max) throw tooManyRows(plan)
  return count
}

/** The first call with `where`, which is planned like any other: what it refuses may be for `match`. */
async function counted(rows: Rows, { model, where, max }: SearchPlan): Promise<number> {
  try {
    return await rows.count({ ...(where !== undefined && { where }), take: max + 1 })
  } catch (error) {
    throw refusedIn(model, where, error)
  }
}

/** The row of the cursor, with what it is ordered by. Throws `ENVELOPE_SEARCH_CURSOR_GONE`. */
export async function cursorRow(rows: Rows, plan: SearchPlan, cursor: Plain): Promise<Plain> {
  const [row] = await rows.findMany({ where: allOf(plan.where, cursor), select: { ...plan.reads }, take: 1 })
  if (row === undefined) throw cursorGone(plan)
  return row
}

/**
 * All rows under `where`, a page at a time, in the order of their keys; of each, what the search needs, opened.
 *
 * A page that is not full is the last one where all rows were seen that there are. Else an extension may have taken rows out of it, or
 * have asked for fewer.
 *
 * @param begin the row after which to begin.
 * @param count how many rows there are from there on, or more.
 */
export async function* pagesOf(
  rows: Rows,
  plan: SearchPlan,
  begin: Plain | undefined,
  count: number,
): AsyncGenerator<Plain[]> {
  const { key, model, where, max, signal } = plan
  const take = key.hasPages ? PAGE : max + 1
  const orderBy = key.fields.map((field) => ({ [field]: 'asc' }))
  let [last, seen] = [begin, 0]
  for (;;) {
    const condition = last === undefined ? where : allOf(where, afterKey(key, last))
    const args = { ...(condition !== undefined && { where: condition }), orderBy, take, select: { ...plan.reads } }
    const page = await rows.findMany(args)
    seen += page.length
    // Since they were counted, others may have been added.
    if (seen > max) throw tooManyRows(plan)
    const [first] = page
    if (first !== undefined && last !== undefined && keyText(key, first) === keyText(key, last)) throw keyInexact(model)
    yield page
    if (!key.hasPages || page.length === 0 || (page.length < take && seen >= count)) return
    last = keyOnly(key, page.at(-1) ?? {})
    await othersTurn()
    signal?.throwIfAborted()
  }
}

/**
 * Has Prisma look at the selection, of no rows: later, its complaint would show the keys of those that were found. Throws Prisma's
 * own error.
 */
export async function refuseSelection(rows: Rows, { select }: SearchPlan): Promise<void> {
  if (select !== undefined) await rows.findMany({ select: { ...select }, take: 0 })
}

/** The rows of these keys, in this order, with what was selected. One that is gone is left out. */
export async function selectedRows(
  rows: Rows,
  { key, model, where, select, signal }: SearchPlan,
  keys: readonly Plain[],
): Promise<Plain[]> {
  const found = new Map<string, Plain>()
  const selection = { ...select, ...Object.fromEntries(key.fields.map((field) => [field, true])) }
  const atOnce = keysAtATime(key.varying.length)
  for (let from = 0; from < keys.length; from += atOnce) {
    let missing = keys.slice(from, from + atOnce)
    // An extension may have asked for fewer rows than there are.
    for (let more = true; more && missing.length > 0; ) {
      const some = await rows.findMany({ where: allOf(where, amongKeys(key, missing)), select: selection })
      for (const row of some) found.set(keyText(key, row), row)
      const before = missing.length
      missing = missing.filter((one) => !found.has(keyText(key, one)))
      more = missing.length < before
      await othersTurn()
      signal?.throwIfAborted()
    }
  }
  if (key.isInexact && found.size < keys.length) throw keyInexact(model)
  return keys.map((one) => found.get(keyText(key, one))).filter((row) => row !== undefined)
}

function allOf(where: Plain | undefined, condition: Plain): Plain {
  return where === undefined ? condition : { AND: [where, condition] }
}

import type { Stage } from './stage.js'

const BATCH = 1_000

/** A UPDATE of all rows, as many at once as a job takes, by hand: the least that changing them costs. */
export async function batchedUpdate({ plain, isPostgresql }: Stage, set: string): Promise<number> {
  const at = (n: number) => (isPostgresql ? `$${n}` : '?')
  let [after, changed] = ['', 0]
  for (;;) {
    const rows = await plain.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id FROM patients WHERE id > ${at(1)} ORDER BY id LIMIT ${BATCH}`,
      after,
    )
    const last = rows.at(-1)?.id
    if (last === undefined) return changed
    changed += await plain.$executeRawUnsafe(
      `UPDATE patients SET ${set} WHERE id > ${at(1)} AND id <= ${at(2)}`,
      after,
      last,
    )
    after = last
  }
}

import type { Placement } from '../subjects/names.js'
import { OLD_CMK, type Stage, TENANT } from './stage.js'

/** Copies of the table to begin each turn with. */
export type Seed = 'plaintext' | `sealed_${Placement}`

const AT_ONCE = 1_000

/** Texts of 20 characters, a document and some bytes in each row. */
function row(i: number) {
  const number = String(i).padStart(8, '0')
  const [email, ssn] = [`p${number}@example.org`.slice(0, 20).padEnd(20, 'x'), `900-11-${number}/abcd`]
  return {
    id: `row-${number}`,
    tenantId: TENANT,
    email,
    ssn,
    notes: { number, kind: 'note' },
    photo: Buffer.from(number),
  }
}

/** Fills the table. */
export async function fill(stage: Stage, count: number, seed: Seed): Promise<void> {
  await stage.execute('DELETE FROM patients')
  const placement = seed === 'sealed_table' ? 'table' : 'inline'
  const client = seed === 'plaintext' ? stage.plain : stage.client(OLD_CMK, placement).$forTenant(TENANT)
  for (let from = 0; from < count; from += AT_ONCE) {
    const data = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => row(from + i))
    await (client as Stage['plain']).patient.createMany({ data })
  }
}

/** Keeps a copy of what is in the table. */
export async function keep(stage: Stage, seed: Seed): Promise<void> {
  await stage.execute(`CREATE TABLE seed_${seed} AS SELECT * FROM patients`)
}

/** Puts the copy in the table's place: no dead rows are left of the turn before. */
export async function restore(stage: Stage, seed: Seed): Promise<void> {
  await stage.execute(
    stage.isPostgresql
      ? 'TRUNCATE patients CASCADE'
      : 'SET FOREIGN_KEY_CHECKS = 0; TRUNCATE TABLE patients; SET FOREIGN_KEY_CHECKS = 1',
  )
  await stage.execute(`INSERT INTO patients SELECT * FROM seed_${seed}`)
  if (stage.isPostgresql) {
    await stage.execute('VACUUM ANALYZE patients')
    await stage.execute('CHECKPOINT')
  } else await stage.execute('ANALYZE TABLE patients')
}

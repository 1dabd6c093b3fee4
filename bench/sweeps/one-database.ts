/** `one-database.ts ROWS ROUNDS`, on the database that `TEST_DB` names: prints what was measured, as JSON, in its last line. */
import { type Summary, summarize } from '../statistics.js'
import { batchedUpdate } from './batched-update.js'
import { type Case, cases } from './cases.js'
import { fill, keep, restore, type Seed } from './seeds.js'
import { NEW_CMK, needAccelerator, OLD_CMK, openStage, type Stage } from './stage.js'

export interface Measured {
  readonly version: string
  readonly cases: readonly {
    readonly name: string
    readonly most: number
    /** Milliseconds for 1,000 rows. */
    readonly update: Summary
    readonly job: Summary
    readonly ratio: Summary
  }[]
}

const [rows = 20_000, rounds = 7] = process.argv.slice(2).map(Number)
const SEEDS: readonly Seed[] = ['plaintext', 'sealed_table', 'sealed_inline']

const stage = await openStage()
for (const seed of SEEDS) {
  await fill(stage, rows, seed)
  await keep(stage, seed)
}
needAccelerator()
const measured: Measured['cases'][number][] = []
for (const one of cases) measured.push(await measure(stage, one))
const result: Measured = { version: stage.version, cases: measured }
await stage.close()
console.log(JSON.stringify(result))

/** In pairs, one after the other, in turns; the first round is not counted. */
async function measure(at: Stage, one: Case): Promise<Measured['cases'][number]> {
  const times: { update: number; job: number }[] = []
  for (let round = 0; round <= rounds; round++) {
    const pair = { update: 0, job: 0 }
    const order = round % 2 === 0 ? (['update', 'job'] as const) : (['job', 'update'] as const)
    for (const which of order) {
      await restore(at, one.seed)
      const work = which === 'job' ? jobOf(at, one, round) : () => batchedUpdate(at, one.set(at.isPostgresql))
      const began = performance.now()
      const changed = await work()
      pair[which] = (performance.now() - began) / (rows / 1_000)
      const expected = which === 'job' && one.verb === 'rewrap' && one.placement === 'table' ? 0 : rows
      if (changed !== expected) throw new Error(`${one.name}: ${changed} rows of ${rows} were changed by the ${which}`)
    }
    if (round > 0) times.push(pair)
  }
  return {
    name: one.name,
    most: one.most,
    update: summarize(times.map(({ update }) => update)),
    job: summarize(times.map(({ job }) => job)),
    ratio: summarize(times.map(({ job, update }) => job / update)),
  }
}

function jobOf(at: Stage, { verb, placement, fields }: Case, round: number): () => Promise<number> {
  // In the key table, the keys are wrapped under the one and the other CMK in turn.
  const cmk = placement === 'table' && round % 2 === 1 ? OLD_CMK : NEW_CMK
  const { $encryption } = at.client(cmk, placement)
  const options = { fields: fields as ['Patient.email'] }
  return async () => {
    const report = await $encryption[verb](options)
    if (!report.finished || Object.keys(report.skipped).length > 0) throw new Error(JSON.stringify(report))
    return report.changed
  }
}

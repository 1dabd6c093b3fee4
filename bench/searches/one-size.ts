/** `one-size.ts ROWS ROUNDS`, on PostgreSQL: prints what was measured, as JSON, in its last line. */
import { type Summary, summarize } from '../statistics.js'
import { needAccelerator, OLD_CMK, openStage, TENANT } from '../sweeps/stage.js'
import { cases } from './cases.js'
import { fill, PLAINTEXT } from './people.js'

export interface Measured {
  readonly version: string
  readonly rows: number
  readonly cases: readonly {
    readonly name: string
    readonly found: number
    readonly plain: Summary
    readonly search: Summary
    readonly ratio: Summary
  }[]
}

const [rows = 10_000, rounds = 31] = process.argv.slice(2).map(Number)

const stage = await openStage()
const acme = stage.client(OLD_CMK, 'table').$forTenant(TENANT)
await fill(stage, rows)
needAccelerator()

const measured: Measured['cases'][number][] = []
for (const { name, search, plain } of cases) {
  const ways = { search: () => search(acme), plain: () => plain(stage.plain, PLAINTEXT) }
  const times: { search: number; plain: number }[] = []
  let found = 0
  // In turns; the first rounds are not counted.
  for (let round = -3; round < rounds; round++) {
    const pair = { search: 0, plain: 0 }
    const results: Partial<Record<keyof typeof ways, readonly string[]>> = {}
    for (const which of round % 2 === 0 ? (['plain', 'search'] as const) : (['search', 'plain'] as const)) {
      const began = performance.now()
      results[which] = await ways[which]()
      pair[which] = performance.now() - began
    }
    if (results.search?.join() !== results.plain?.join()) throw new Error(`${name}: the two do not find the same rows`)
    found = results.search?.length ?? 0
    if (round >= 0) times.push(pair)
  }
  measured.push({
    name,
    found,
    plain: summarize(times.map((pair) => pair.plain)),
    search: summarize(times.map((pair) => pair.search)),
    ratio: summarize(times.map((pair) => pair.search / pair.plain)),
  })
}
const result: Measured = { version: stage.version, rows, cases: measured }
await stage.close()
console.log(JSON.stringify(result))

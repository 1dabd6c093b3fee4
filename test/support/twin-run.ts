import { afterAll, expect, test } from 'vitest'
import { campaign } from '../twin/campaign.js'
import { Census } from '../twin/census.js'
import { shows } from '../twin/leaks.js'
import type { SchemaName } from '../twin/models.js'
import { openTwins } from '../twin/twins.js'
import { testServer } from './empty-database.js'

// In continuous integration always the same: a commit is not judged by luck. Elsewhere others each time.
const SEED = Number(process.env.TWIN_SEED ?? (process.env.CI ? 1 : Math.floor(Math.random() * 2 ** 31)))
/** Far more than the usual number of sequences takes on a busy machine. */
const TIMEOUT_MS = Number(process.env.TWIN_RUNS ?? 0) > 1_000 ? 3_600_000 : 900_000

/**
 * The twin test on one schema, as tests of the file that calls this.
 *
 * @param usual sequences for each database: `TWIN_RUNS` asks for more, `TWIN_SEED` runs some again.
 */
export async function testTwins(schema: SchemaName, usual: number): Promise<void> {
  const runs = Number(process.env.TWIN_RUNS ?? usual)
  const twins = await openTwins(await testServer(), schema)
  afterAll(() => twins.close())

  test(
    `the client with encryption does what the plain one does (seed ${SEED})`,
    async () => {
      const census = await campaign(twins, { runs, seed: SEED }, new Census())
      console.log(census.report())
      expect(census.tally.sequences).toBe(runs)
      // Nothing compared with nothing would prove nothing.
      expect(census.onRows).toBeGreaterThan(census.calls / 2)
    },
    TIMEOUT_MS,
  )

  test('what the client exposes shows no secret that it has handled', () => {
    for (const { encrypted } of Object.values(twins.stages)) {
      for (const { client } of Object.values(encrypted.processes)) {
        expect(shows(client.$encryption)).toBe(false)
        // A whole Prisma client: a deeper look takes minutes.
        expect(shows(client.$forTenant('1'), 3)).toBe(false)
      }
      expect(encrypted.events.some((event) => shows(event))).toBe(false)
    }
  })
}

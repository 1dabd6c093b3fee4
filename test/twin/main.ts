/**
 * The twin test for as long as one likes: `npm run test:twin -- --runs 25000 --db postgresql --schema twin-company`.
 *
 * `--seed` runs the same sequences again; a run that was killed goes on where it was. `--path`, which a failure prints
 * with its seed, runs that one sequence. `--as-drawn` does not look for a smaller sequence that fails too.
 */
import { parseArgs } from 'node:util'
import type { Provider } from '../support/databases/contract.js'
import { campaign } from './campaign.js'
import { Census, emptyTally } from './census.js'
import { type Checkpoint, save, unfinished } from './checkpoint.js'
import { PROVIDERS, startServer } from './databases.js'
import { SCHEMAS, type SchemaName } from './models.js'
import { openTwins, type Twins } from './twins.js'

/** Sequences between two checkpoints. */
const CHUNK = 100

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    db: { type: 'string', default: 'sqlite' },
    schema: { type: 'string', default: 'twin' },
    'as-drawn': { type: 'boolean', default: false },
  },
})

const db = PROVIDERS.find((name) => name === values.db)
const schema = SCHEMAS.find((name) => name === values.schema)
const runs = wholeNumber(values.runs)
const seed = values.seed === undefined ? undefined : wholeNumber(values.seed)
if (
  db === undefined ||
  schema === undefined ||
  runs === undefined ||
  (values.seed !== undefined && seed === undefined)
) {
  console.error(
    `Usage: npm run test:twin -- --runs N --seed S [--path P] [--db ${PROVIDERS.join('|')}] [--schema ${SCHEMAS.join('|')}]`,
  )
  process.exit(2)
}

const server = await startServer(db)
const twins = await openTwins(server, schema)
try {
  if (values.path !== undefined && seed !== undefined) await campaign(twins, { runs: 1, seed, path: values.path })
  else await goOn(twins, unfinished(db, schema, seed) ?? begun(db, schema, seed, runs))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await twins.close()
  await server.stop()
}

function wholeNumber(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined
}

function begun(
  provider: Provider,
  name: SchemaName,
  drawn = Math.floor(Math.random() * 2 ** 31),
  wanted: number,
): Checkpoint {
  return { db: provider, schema: name, seed: drawn, runs: wanted, done: 0, tally: emptyTally() }
}

/** Chunk after chunk, each with a seed of its own that follows from the first. */
async function goOn(twins: Twins, checkpoint: Checkpoint): Promise<void> {
  console.log(
    `${checkpoint.schema} on ${checkpoint.db}, seed ${checkpoint.seed}: ${checkpoint.done} of ${checkpoint.runs} sequences done`,
  )
  const census = new Census(checkpoint.tally)
  const began = performance.now()
  const before = checkpoint.done
  while (checkpoint.done < checkpoint.runs) {
    const runs = Math.min(CHUNK, checkpoint.runs - checkpoint.done)
    try {
      await campaign(twins, { runs, seed: checkpoint.seed + checkpoint.done, asDrawn: values['as-drawn'] }, census)
    } catch (error) {
      throw new Error(`(${checkpoint.done} before) ${error instanceof Error ? error.message : error}`, { cause: error })
    }
    checkpoint.done += runs
    save(checkpoint)
    const rate = ((checkpoint.done - before) / (performance.now() - began)) * 1000
    if (checkpoint.done % 1000 === 0) console.log(`${checkpoint.done} sequences, ${rate.toFixed(1)} a second`)
  }
  console.log(census.report())
}

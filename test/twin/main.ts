import { parseArgs } from 'node:util'
import { campaign } from './campaign.js'
import { Census } from './census.js'
import { startServer } from './databases.js'
import { openTwins } from './twins.js'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    db: { type: 'string', default: 'sqlite' },
  },
})

const server = await startServer(values.db as 'sqlite' | 'postgresql')
const twins = await openTwins(server)
const census = new Census()
const began = Date.now()
try {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  await campaign(
    twins,
    { runs: Number(values.runs), seed, ...(values.path !== undefined && { path: values.path }) },
    census,
  )
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  console.log(census.report(), ((census.sequences / (Date.now() - began)) * 1000).toFixed(1), 'per second')
  await twins.close()
  await server.stop()
}

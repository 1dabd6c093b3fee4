import { writeFileSync } from 'node:fs'
import { type Arguments, parseArguments, USAGE } from './arguments.js'
import { type Comparison, compare } from './compare.js'
import { type Server, startServer } from './database.js'
import { leakage } from './leakage/index.js'
import { limits } from './limits/index.js'
import { profile } from './profile/index.js'
import { details, summary } from './report/comparison.js'
import { provenance, writeDocument } from './report/document.js'
import { toJson } from './report/results.js'
import { searches } from './searches/index.js'
import { sweeps } from './sweeps/index.js'

// The AWS SDK tells every process that it will drop Node 20 in 2027.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const given = readArguments()
const command = ['npm run bench', ...withoutFile(process.argv.slice(2))].join(' ').replace('bench -', 'bench -- -')
if (given.leakage) {
  leakage(given.writeDocs)
  process.exit()
}
const server = await startServer()
try {
  if (given.sweeps) measureSweeps(server, given)
  else if (given.search) measureSearches(server, given)
  else if (given.limits) await measureLimits(server, given)
  else if (given.profile) await measureProfile(server, given)
  else await measureScenarios(server, given)
} finally {
  await server.stop()
}

async function measureScenarios(server: Server, options: Arguments): Promise<void> {
  const comparison = await compare(server, {
    ...options,
    log: console.log,
    onScenario: (soFar) => write(soFar, server, options),
  })
  console.log(`\n${summary(comparison)}`)
}

function write(comparison: Comparison, server: Server, { json, writeDocs }: Arguments): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(toJson(comparison.results), null, 2)}\n`)
  if (writeDocs) {
    writeDocument('summary', `${provenance(command, server.version)}\n\n${summary(comparison)}`)
    writeDocument('details', details(comparison))
  }
}

async function measureLimits(server: Server, { writeDocs }: Arguments): Promise<void> {
  const tables = await limits(server, console.log)
  if (writeDocs) writeDocument('limits', `${provenance(command, server.version)}\n\n${tables}`)
}

function measureSweeps(server: Server, { rounds, writeDocs }: Arguments): void {
  const tables = sweeps(rounds, console.log)
  if (writeDocs) writeDocument('sweeps', `${provenance(command, server.version)}\n\n${tables}`)
}

function measureSearches(server: Server, { rounds, writeDocs }: Arguments): void {
  const tables = searches(rounds, console.log)
  if (writeDocs) writeDocument('searches', `${provenance(command, server.version)}\n\n${tables}`)
}

async function measureProfile(server: Server, { only, writeDocs }: Arguments): Promise<void> {
  const tables = await profile(server, only, console.log)
  if (writeDocs) writeDocument('profile', `${provenance(command, server.version)}\n\n${tables}`)
}

/** Where the results were written to is nobody else's concern. */
function withoutFile(args: readonly string[]): string[] {
  const at = args.indexOf('--json')
  return args.filter((_, i) => at === -1 || (i !== at && i !== at + 1))
}

function readArguments(): Arguments {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(2)
  }
}

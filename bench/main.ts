import { fieldEncryption } from '../src/index.js'
import { localKms } from '../src/kms/local-kms/index.js'
import { openDatabase } from './database.js'
import { type BenchClient, patients, type Scenario, scenarios } from './scenarios.js'

/**
 * What encryption costs beside the same client without it, as ratios of medians within one run: `npm run bench`.
 *
 * The clients take turns, so that a machine that grows slower or faster does so for all of them. Keys are warm.
 */
process.env.TEST_DB = 'sqlite'
const ROUNDS = 21
const WARM_UP = 3

const { encryptedModels, PrismaClient } = await import('../test/support/client.js')

const kms = localKms()
await kms.createKey({ alias: 'alias/acme' })
await kms.createKey({ alias: 'alias/index', spec: 'HMAC_256' })

const subjects = await Promise.all([
  subject('plain', (client) => client),
  subject('empty extension', (client) =>
    client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } }),
  ),
  subject('aes-256-gcm', (client) => client.$extends(encryption('aes-256-gcm'))),
  subject('xchacha20-poly1305', (client) => client.$extends(encryption('xchacha20-poly1305'))),
])

for (const scenario of scenarios) {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]))
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const { name, client } of subjects) {
      const milliseconds = await measure(scenario, client, round)
      if (round >= 0) times.get(name)?.push(milliseconds)
    }
  }
  report(scenario, times)
}
for (const { close } of subjects) await close()

async function subject(name: string, extend: (client: InstanceType<typeof PrismaClient>) => unknown) {
  const database = await openDatabase()
  const plain = new PrismaClient({ adapter: database.adapter })
  // Each has the same models and calls; extending only changes the type's name.
  const client = extend(plain) as BenchClient
  await client.patient.createMany({ data: patients('seed') })
  return { name, client, close: () => plain.$disconnect().then(() => database.close()) }
}

function encryption(suite: 'aes-256-gcm' | 'xchacha20-poly1305') {
  return fieldEncryption({
    models: encryptedModels,
    app: 'bench',
    kms: kms.provider,
    cmk: 'alias/acme',
    indexCmk: 'alias/index',
    suite,
  })
}

async function measure(scenario: Scenario, client: BenchClient, round: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < scenario.times; i++) await scenario.run(client, round * scenario.times + i)
  return (performance.now() - start) / scenario.times
}

function report({ name }: Scenario, times: ReadonlyMap<string, readonly number[]>): void {
  const plain = quantile(times.get('plain') ?? [], 0.5)
  console.log(`\n${name}`)
  console.table(
    [...times].map(([client, all]) => ({
      client,
      'median ms': quantile(all, 0.5).toFixed(3),
      'quartiles ms': `${quantile(all, 0.25).toFixed(3)} to ${quantile(all, 0.75).toFixed(3)}`,
      'ratio to plain': (quantile(all, 0.5) / plain).toFixed(2),
    })),
  )
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * q)] ?? Number.NaN
}

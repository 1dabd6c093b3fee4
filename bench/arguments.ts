import { parseArgs } from 'node:util'

export interface Arguments {
  /** How many rounds are counted. */
  readonly rounds: number
  /** Only the scenarios of these names, or if there are none, those whose names contain one of them. All if it is empty. */
  readonly only: readonly string[]
  /** Also each scenario with cold keys. */
  readonly cold: boolean
  readonly peers: boolean
  /** Another checkout, built, to compare with: its code runs in the same process. */
  readonly against: string | undefined
  /** Where to write the results. */
  readonly json: string | undefined
  readonly writeDocs: boolean
  /** Measure the limits instead: cold start, memory, growth, size. */
  readonly limits: boolean
  /** Measure jobs over whole tables instead. */
  readonly sweeps: boolean
  /** Run attacks on indexes instead. */
  readonly leakage: boolean
  /** Measure searches within a tenant instead. */
  readonly search: boolean
  /** Profile some of the calls instead. */
  readonly profile: boolean
}

export const USAGE = `Usage: npm run bench -- [options]

  --rounds N      how many turns each subject has in each scenario, besides those to warm up (default: 31)
  --only TEXT     only the scenario TEXT, or those whose names contain TEXT; may be repeated
  --no-cold       without the scenarios with cold keys
  --no-peers      without prisma-field-encryption and @aws-crypto/client-node
  --against DIR   this code beside that of another checkout that is ready to run (npm run setup); nothing else
  --json FILE     write [{ scenario, subject, median_ms, ratio_to_plain, cpu_us_above_plain, bytes_per_value, … }]
  --limits        cold start of 1,000 tenants and of a process per call, memory per key, growth over 10 million operations, size; nothing else
  --sweeps        a backfill and rewraps beside an UPDATE by hand (7 rounds unless told otherwise), and the memory of jobs over a million rows; nothing else
  --leakage       what attacks name of generated people, by kind of index: a minute or two; --write-docs writes docs/leakage.md; nothing else
  --search        searches within a tenant beside ILIKE on the same rows in plaintext; nothing else
  --profile       where the time of some of the calls goes, or of those of --only; nothing else
  --write-docs    put what was measured into docs/benchmarks.md`

/** Throws for what it does not know. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      cold: { type: 'boolean', default: true },
      peers: { type: 'boolean', default: true },
      against: { type: 'string' },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      limits: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      sweeps: { type: 'boolean', default: false },
      leakage: { type: 'boolean', default: false },
      search: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.sweeps ? 7 : 31))
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds must be a positive integer')
  return {
    rounds,
    only: values.only,
    cold: values.cold,
    peers: values.peers,
    against: values.against,
    json: values.json,
    writeDocs: values['write-docs'],
    limits: values.limits,
    profile: values.profile,
    sweeps: values.sweeps,
    leakage: values.leakage,
    search: values.search,
  }
}

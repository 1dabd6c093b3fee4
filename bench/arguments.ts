import { parseArgs } from 'node:util'

export interface Arguments {
  /** How many rounds are counted. */
  readonly rounds: number
  /** Only scenarios whose names contain this. */
  readonly only: string | undefined
  readonly peers: boolean
  /** Another checkout, built, to compare with: its code runs in the same process. */
  readonly against: string | undefined
  /** Where to write the results. */
  readonly json: string | undefined
  readonly writeDocs: boolean
  /** Measure the limits instead: cold start, memory, growth, size. */
  readonly limits: boolean
  /** Profile some of the calls instead. */
  readonly profile: boolean
}

export const USAGE = `Usage: npm run bench -- [options]

  --rounds N      how many turns each subject has in each scenario, besides those to warm up (default: 31)
  --only TEXT     only the scenarios whose names contain TEXT
  --no-peers      without prisma-field-encryption and @aws-crypto/client-node
  --against DIR   this code beside that of another checkout that is ready to run (npm run setup); nothing else
  --json FILE     write [{ scenario, subject, median_ms, ratio_to_plain, bytes_per_value }]
  --limits        cold start of 1,000 tenants, memory per key, growth over 10 million operations, size; nothing else
  --profile       where the time of some of the calls goes; nothing else
  --write-docs    put what was measured into docs/benchmarks.md`

/** Throws for what it does not know. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string', default: '31' },
      only: { type: 'string' },
      peers: { type: 'boolean', default: true },
      against: { type: 'string' },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      limits: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds must be a positive integer')
  return {
    rounds,
    only: values.only,
    peers: values.peers,
    against: values.against,
    json: values.json,
    writeDocs: values['write-docs'],
    limits: values.limits,
    profile: values.profile,
  }
}

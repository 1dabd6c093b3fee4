import { InvalidArgumentError, Option } from 'commander'
import type { CensusReport } from '../../management/census/report.js'
import { censusText } from '../census/table.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from '../jobs/interrupt.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly config?: string
  readonly tenant?: string
  readonly model?: string[]
  readonly field?: string
  readonly by: ('tenant' | 'data-key' | 'nothing')[]
  readonly maxGroups?: number
  readonly describe: boolean
  readonly kmsCallsPerSecond?: number
  readonly json?: true
}

export const census: AddCommand = (program, { stdout, cwd, end }) => {
  program
    .command('census')
    .summary('count values by tenant, CMK, key material, suite and placement')
    .description(
      paragraphs(
        'Counts, in the database, the values of all encrypted fields: per tenant, CMK, key material, suite and placement, and what is still plaintext, cannot be read, or has no token in an index column. Opens nothing, and changes nothing.',
        'What it says of CMKs is what the values say. Ends with 3 where values are plaintext, cannot be read, or have no data key.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', "only this tenant's values")
    .option('--model <name...>', 'only values of these models, and not the key table')
    .option('--field <name>', 'only the field of this name')
    .addOption(
      new Option('--by <what...>', 'what is told apart beside model, field, CMK, key material, suite and placement')
        .choices(['tenant', 'data-key', 'nothing'])
        .default(['tenant'], 'tenant'),
    )
    .addOption(
      new Option('--max-groups <n>', 'tell so many groups of a field apart; sum up the others').argParser(whole),
    )
    .option('--no-describe', 'do not ask KMS what the configured CMKs are')
    .addOption(new Option('--kms-calls-per-second <n>', 'make no more KMS calls than this').argParser(rate))
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope census --tenant acme')
    .action(async ({ config, json, model, by, ...options }: Options) => {
      const report = await withClient(cwd, config, async ({ client, tenants }) => {
        const all = options.tenant === undefined && !by.includes('tenant') ? await tenants() : undefined
        return interruptible((signal) =>
          client.$encryption.census({
            ...options,
            by: by.filter((one) => one !== 'nothing'),
            ...(model !== undefined && { models: model }),
            ...(all !== undefined && { tenants: all }),
            signal,
          }),
        )
      })
      stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : censusText(report, stdout))
      if (!report.finished) end(EXIT.interrupted)
      else if (needsALook(report)) end(EXIT.findings)
    })
}

function needsALook({ totals: { plaintext, unreadable, keyless } }: CensusReport): boolean {
  return plaintext + unreadable + keyless > 0
}

function whole(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

function rate(value: string): number {
  const number = Number(value)
  if (Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}

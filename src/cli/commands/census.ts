import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { InvalidArgumentError, Option } from 'commander'
import type { CensusReport } from '../../management/census/report.js'
import { counted } from '../../quoting/counted.js'
import { canDeleteText } from '../census/can-delete-text.js'
import { censusPage } from '../census/html/page.js'
import { censusText, count } from '../census/table.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from '../jobs/interrupt.js'
import { paragraphs } from '../paragraphs.js'
import { UsageError } from '../usage-error.js'
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
  readonly html?: string
  readonly canDelete?: string
  readonly yes?: true
}

export const census: AddCommand = (program, { stdout, stderr, cwd, end }) => {
  program
    .command('census')
    .summary('count values by tenant, CMK, key material, suite and placement')
    .description(
      paragraphs(
        'Counts, in the database, the values of all encrypted fields: per tenant, CMK, key material, suite and placement, and what is still plaintext, cannot be read, or has no token in an index column. Opens nothing, and changes nothing.',
        'What it says of CMKs is what the values say. Ends with 3 where values are plaintext, cannot be read, or have no data key.',
        'With --can-delete, KMS itself is asked whether every wrapped key is under another CMK than that one. Ends with 0 for yes, and with 3 for anything else.',
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
    .option(
      '--can-delete <key>',
      'whether a CMK may be deleted: an ARN, a key id or an alias; without --yes, how many KMS calls it takes',
    )
    .option('--yes', 'with --can-delete: make them')
    .option('--html <file>', 'write one page with charts, which loads nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx prisma-envelope census --tenant acme\n  npx prisma-envelope census --can-delete alias/clinic/acme --yes --kms-calls-per-second 50',
    )
    .action(async ({ config, json, html, model, by, canDelete: key, yes, ...options }: Options) => {
      if (key !== undefined) {
        const { tenant, field, kmsCallsPerSecond } = options
        if (tenant !== undefined || model !== undefined || field !== undefined)
          throw new UsageError('--can-delete looks at all tenants, models and fields')
        if (html !== undefined) throw new UsageError('--html is for the census itself')
        const report = await withClient(cwd, config, async ({ client, tenants }) => {
          const all = await tenants()
          return interruptible((signal) =>
            client.$encryption.canDelete(key, {
              dryRun: yes !== true,
              ...(all !== undefined && { tenants: all }),
              ...(kmsCallsPerSecond !== undefined && { kmsCallsPerSecond }),
              signal,
              onProgress: progressLines(stderr),
            }),
          )
        })
        stdout.write(
          json === true ? `${JSON.stringify(report, null, 2)}\n` : canDeleteText(report, yes === true, stdout),
        )
        if (yes === true && !report.finished) end(EXIT.interrupted)
        else if (!report.canDelete) end(EXIT.findings)
        return
      }
      if (yes === true) throw new UsageError('--yes is for --can-delete')
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
      if (html !== undefined) await writeFile(resolve(cwd, html), censusPage(report))
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

/** How often a line is written (ms). */
const LINE_EVERY = 10_000

function progressLines(stderr: Writable): (progress: { done: number; all: number }) => void {
  let last = performance.now()
  return ({ done, all }) => {
    if (performance.now() - last < LINE_EVERY) return
    last = performance.now()
    stderr.write(`${count(done)} of ${counted(all, 'wrapped key')}\n`)
  }
}

import { InvalidArgumentError, Option } from 'commander'
import { EnvelopeTenantError } from '../../errors.js'
import type { IndexLeakage, LeakageReport } from '../../management/leakage/report.js'
import { quoted } from '../../quoting/quote.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from '../jobs/interrupt.js'
import { leakageText } from '../leakage/text.js'
import { valuesIn } from '../leakage/values-file.js'
import { paragraphs } from '../paragraphs.js'
import { UsageError } from '../usage-error.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly config?: string
  readonly tenant?: string
  readonly model?: string[]
  readonly field?: string[]
  readonly values?: string
  readonly sample?: number
  readonly failAbove?: number
  readonly maxTenants?: number
  readonly json?: true
}

export const leakage: AddCommand = (program, { stdout, stderr, cwd, end }) => {
  program
    .command('leakage')
    .summary('say what indexes give away to somebody who has a copy of the database')
    .description(
      paragraphs(
        'Counts, in the database, how many rows the tokens of each index single out: alone, with the lengths of the values beside them, and with the other tokens of the row. Needs no key, asks KMS nothing, and changes nothing.',
        'With --values, a list of values and how common each is, it runs two attacks on one field and says what share of the rows they would name. With --sample, rows are opened to see whether that is right. No value is printed.',
        'With --fail-above, ends with 3 where any share that an attack names, estimated or true, is larger than that for one of the indexes; also where there is no token to judge by.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', "only this tenant's rows")
    .option('--model <name...>', 'only indexes of these models')
    .option('--field <name...>', 'only indexes of these fields, as Patient.email')
    .option('--values <file>', 'what an attacker knows: CSV with a value and its weight in each line')
    .addOption(new Option('--sample <n>', 'with --values: open this many rows, drawn at random').argParser(whole))
    .addOption(
      new Option('--fail-above <share>', 'with --values: end with 3 if more rows are named, such as 0.1').argParser(
        share,
      ),
    )
    .addOption(
      new Option('--max-tenants <n>', 'list up to this many tenants separately (20 by default)').argParser(whole),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx prisma-envelope leakage --tenant acme\n  npx prisma-envelope leakage --field Patient.lastName --values names.csv --fail-above 0.1',
    )
    .action(async ({ config, json, model, field, values, failAbove, ...options }: Options) => {
      if (values === undefined) {
        if (options.sample !== undefined) throw new UsageError('--sample scores the attacks, which need --values')
        if (failAbove !== undefined)
          throw new UsageError('--fail-above is for the share of rows that attacks name, and these need --values')
      } else if (field?.length !== 1)
        throw new UsageError('--values are those of one field: name it, as in --field Patient.email')
      const known = values === undefined ? undefined : await valuesIn(cwd, values)
      const report = await withClient(cwd, config, async ({ client, tenants }) => {
        const seen = await interruptible((signal) =>
          client.$encryption.leakage({
            ...options,
            ...(model !== undefined && { models: model }),
            ...(field !== undefined && { fields: field }),
            ...(known !== undefined && { values: known }),
            signal,
          }),
        )
        if (options.tenant !== undefined && seen.finished && seen.indexes.every(({ rows }) => rows === 0))
          refuseUnknownTenant(options.tenant, await tenants())
        return seen
      })
      stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : leakageText(report, stdout))
      if (!report.finished) return end(EXIT.interrupted)
      if (failAbove === undefined) return
      const complaints = complaintsOf(report, failAbove)
      if (complaints.length === 0) return
      for (const complaint of complaints) stderr.write(`prisma-envelope leakage: ${complaint}\n`)
      end(EXIT.findings)
    })
}

/** One that is misspelt has no rows, and nothing would be found wrong with them. `cmk` may know any. */
function refuseUnknownTenant(tenant: string, all: readonly string[] | undefined): void {
  const name = tenant.toLowerCase()
  if (all === undefined || all.some((one) => String(one).toLowerCase() === name)) return
  throw new EnvelopeTenantError(
    'ENVELOPE_TENANT_UNKNOWN',
    `nothing of the tenant ${quoted(tenant)} was found, and it is not one of the \`tenants\` of the configuration.`,
  )
}

/** Why `--fail-above` fails. */
function complaintsOf({ indexes }: LeakageReport, most: number): string[] {
  if (indexes.every(({ withToken }) => withToken === 0)) return ['no row has a token: there is nothing to judge by.']
  return indexes.flatMap((index) => {
    const named = Math.max(...sharesOf(index))
    if (named <= most) return []
    return [
      `${index.model}.${index.index}: attacks name ${(100 * named).toFixed(1)} % of the rows, above ${100 * most} %.`,
    ]
  })
}

function sharesOf({ estimate, sample }: IndexLeakage): number[] {
  return [estimate, sample].flatMap((of) =>
    of === undefined ? [] : [of.byRank, of.byLength].flatMap(({ rows, values }) => [rows, values]),
  )
}

function whole(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

function share(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number <= 1) return number
  throw new InvalidArgumentError('It must be a share from 0 to 1, such as 0.1.')
}

import { InvalidArgumentError, Option } from 'commander'
import type { RewrapReport } from '../../management/rewrap.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from '../jobs/interrupt.js'
import { progressView } from '../jobs/progress.js'
import { skippedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly config?: string
  readonly tenant?: string
  readonly model?: string[]
  readonly dryRun?: true
  readonly rowsPerSecond?: number
  readonly kmsCallsPerSecond?: number
  readonly verify: boolean
  readonly checkpoint?: string
  readonly restart?: true
  readonly json?: true
}

export const rewrap: AddCommand = (program, { stdout, stderr, cwd, end }) => {
  program
    .command('rewrap')
    .summary('wrap data keys anew, under the current CMK and key material')
    .description(
      paragraphs(
        'Wraps the data keys anew that are under an old CMK or old key material: in the key table, and in all rows. The database puts them into the rows; no value is read. Rows that somebody writes meanwhile keep what they wrote.',
        'Ctrl-C stops it after the batch that is under way. It may be run again at any time, and by several machines at once. Ends with 3 where rows were skipped.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', "only this tenant's data keys")
    .option('--model <name...>', 'only rows of these models, and not the key table')
    .option('--dry-run', 'count what is out of date, and change nothing')
    .addOption(new Option('--rows-per-second <n>', 'visit no more rows than this').argParser(rate))
    .addOption(new Option('--kms-calls-per-second <n>', 'make no more KMS calls than this').argParser(rate))
    .option('--no-verify', 'write without unwrapping first what KMS wrapped: for a role without kms:Decrypt')
    .option('--checkpoint <name>', 'keep the position under this name, where the schema has a model for jobs')
    .option('--restart', 'begin with the first row, whatever position is kept')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope rewrap --tenant acme --dry-run')
    .action(async ({ config, json, model, ...options }: Options) => {
      const report = await withClient(cwd, config, ({ client }) =>
        interruptible(async (signal) => {
          const view = progressView(stderr)
          try {
            return await client.$encryption.rewrap({
              ...options,
              ...(model !== undefined && { models: model }),
              signal,
              onProgress: (progress) => view.update(progress),
            })
          } finally {
            view.stop()
          }
        }),
      )
      stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : text(report, options))
      const { finished, skipped, keyTable } = report
      if (!finished) end(EXIT.interrupted)
      else if (Object.keys(skipped).length > 0 || (keyTable?.failed ?? 0) > 0) end(EXIT.findings)
    })
}

function rate(value: string): number {
  const number = Number(value)
  if (Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}

function text(
  report: RewrapReport,
  { dryRun = false, verify }: { readonly dryRun?: boolean; readonly verify: boolean },
): string {
  const { finished, rows, changed, keyTable } = report
  const done = dryRun ? 'would be rewrapped' : 'rewrapped'
  const lines = [
    ...(keyTable === undefined
      ? []
      : [`key table: ${keyTable.rewrapped} ${done}, ${keyTable.fresh} up to date, ${keyTable.failed} failed`]),
    `rows: ${changed} ${done}, of ${rows} visited`,
    ...skippedLines(report),
    ...(verify || dryRun ? [] : ['What was written has not been unwrapped yet: keep the old CMK until it was.']),
    ...(finished ? [] : ['Stopped before the end. Run the same command again to go on.']),
  ]
  return `${lines.join('\n')}\n`
}

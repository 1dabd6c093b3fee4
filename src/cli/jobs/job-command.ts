import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Encryption } from '../../management/encryption.js'
import type { JobProgress, JobReport } from '../../operations/index.js'
import type { Session } from '../commands/command.js'
import { configOption } from '../config/config-option.js'
import type { JobVerb } from '../config/define-config.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from './interrupt.js'
import { type ProgressWords, progressView } from './progress.js'

/** What the command line says to every job. */
export interface JobFlags {
  readonly config?: string
  readonly tenant?: string
  readonly model?: string[]
  readonly field?: string[]
  readonly rowsPerSecond?: number
  readonly kmsCallsPerSecond?: number
  readonly checkpoint?: string
  readonly restart?: true
  readonly dryRun?: true
  readonly json?: true
}

/** What the client is told for it. */
export interface GivenOptions {
  tenant?: string
  models?: string[]
  fields?: string[]
  rowsPerSecond?: number
  kmsCallsPerSecond?: number
  checkpoint?: string
  restart?: boolean
  signal: AbortSignal
  onProgress: (progress: JobProgress) => void
}

/** How a command puts the options that all jobs have. */
export interface JobWords {
  readonly tenant?: string
  readonly model?: string
  readonly field?: string
  /** Whether it makes KMS calls. Default: `true`. */
  readonly asksKms?: false
}

/** @param own adds the options of this command alone, in their place among the others. */
export function addJobOptions(
  command: Command,
  words: JobWords = {},
  own: (command: Command) => Command = (c) => c,
): Command {
  const { tenant = "only this tenant's rows", model = 'only rows of these models', field = 'only these fields' } = words
  command
    .addOption(configOption())
    .option('--tenant <id>', tenant)
    .option('--model <name...>', model)
    .option('--field <name...>', `${field}, as Patient.email`)
  own(command).addOption(new Option('--rows-per-second <n>', 'visit no more rows than this').argParser(rate))
  if (words.asksKms !== false)
    command.addOption(new Option('--kms-calls-per-second <n>', 'make no more KMS calls than this').argParser(rate))
  return command
    .option('--checkpoint <name>', 'keep the position under this name, where the schema has a model for jobs')
    .option('--restart', 'begin with the first row, whatever position is kept')
    .option('--json', 'print the report as JSON')
}

export const HOW_JOBS_END =
  'Ctrl-C stops it after the batch that is under way. It may be run again at any time, and by several machines at once. Ends with 3 where rows were skipped.'

/** Runs a job with the configured client, shows its progress, prints its report, and says what the process ends with. */
export async function runJobCommand<R extends JobReport>(
  { stdout, stderr, cwd, end }: Session,
  { config, json, model, field, ...flags }: JobFlags,
  run: (encryption: Pick<Encryption, JobVerb>, options: GivenOptions) => Promise<R>,
  text: (report: R) => readonly string[],
  words: ProgressWords = { changed: flags.dryRun === true ? 'to be changed' : 'changed' },
): Promise<R> {
  const report = await withClient(cwd, config, ({ client }) =>
    interruptible(async (signal) => {
      const view = progressView(stderr, words)
      try {
        return await run(client.$encryption, {
          ...flags,
          ...(model !== undefined && { models: model }),
          ...(field !== undefined && { fields: field }),
          signal,
          onProgress: (progress) => view.update(progress),
        })
      } finally {
        view.stop()
      }
    }),
  )
  const lines = report.finished
    ? text(report)
    : [...text(report), 'Stopped before the end. Run the same command again to go on.']
  stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join('\n')}\n`)
  if (!report.finished) end(EXIT.interrupted)
  else if (Object.keys(report.skipped).length > 0) end(EXIT.findings)
  return report
}

function rate(value: string): number {
  const number = Number(value)
  if (Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}

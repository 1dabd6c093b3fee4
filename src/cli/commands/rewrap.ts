import { Option } from 'commander'
import type { RewrapReport } from '../../management/rewrap.js'
import { EXIT } from '../exit-code.js'
import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { changedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags extends JobFlags {
  readonly verify: boolean
  readonly placement?: 'inline' | 'table'
}

export const rewrap: AddCommand = (program, session) => {
  const command = program
    .command('rewrap')
    .summary('wrap data keys anew, under the current CMK and key material')
    .description(
      paragraphs(
        'Wraps the data keys anew that are under an old CMK or old key material: in the key table, and in all rows. The database puts them into the rows; no value is read. Rows that somebody writes meanwhile keep what they wrote.',
        'With --placement, values move into the key table or out of it instead, and data keys stay wrapped as they are.',
        HOW_JOBS_END,
      ),
    )
  const words = {
    tenant: "only this tenant's data keys",
    model: 'only rows of these models, and not the key table',
    field: 'only these fields, and not the key table',
  }
  addJobOptions(command, words, (options) =>
    options
      .option('--dry-run', 'count what is out of date, and change nothing')
      .addOption(
        new Option('--placement <where>', 'move values into the key table, or out of it').choices(['table', 'inline']),
      )
      .option('--no-verify', 'write without unwrapping first what KMS wrapped: for a role without kms:Decrypt'),
  )
    .addHelpText('after', '\nExample:\n  npx prisma-envelope rewrap --tenant acme --dry-run')
    .action(async (flags: Flags) => {
      const { keyTable, finished } = await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.rewrap(options),
        (report) => text(report, flags),
      )
      if (finished && (keyTable?.failed ?? 0) > 0) session.end(EXIT.findings)
    })
}

const WORDS = {
  rewrap: { done: 'rewrapped', would: 'would be rewrapped' },
  table: { done: 'moved into the key table', would: 'would be moved into the key table' },
  inline: { done: 'moved out of the key table', would: 'would be moved out of the key table' },
}

function text(report: RewrapReport, { dryRun, verify, placement }: Flags): string[] {
  const { keyTable } = report
  const words = WORDS[placement ?? 'rewrap']
  const done = dryRun === true ? words.would : words.done
  return [
    ...(keyTable === undefined
      ? []
      : [`key table: ${keyTable.rewrapped} ${done}, ${keyTable.fresh} up to date, ${keyTable.failed} failed`]),
    ...changedLines(report, dryRun === true ? { dryRun } : {}, words),
    ...(verify || dryRun === true
      ? []
      : ['What was written has not been unwrapped yet: keep the old CMK until it was.']),
  ]
}

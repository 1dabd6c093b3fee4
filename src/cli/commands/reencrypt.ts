import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { changedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags extends JobFlags {
  readonly since?: string
}

const WORDS = { done: 'sealed anew', would: 'would be sealed anew' }

export const reencrypt: AddCommand = (program, session) => {
  const command = program
    .command('reencrypt')
    .summary('seal values anew, under new data keys')
    .description(
      paragraphs(
        'Seals values anew that were sealed with another suite or in another placement than new ones are, or under a data key that is too old. Values are read and written; rows that somebody writes meanwhile keep what they wrote.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command, {}, (options) =>
    options
      .option('--dry-run', 'count what would be sealed anew, and change nothing')
      .option('--since <date>', 'take values whose data key was created before this hour, as 2026-11-30T12:00Z'),
  )
    .addHelpText('after', '\nExample:\n  npx prisma-envelope reencrypt --tenant acme --since 2026-11-30T12:00Z')
    .action(async (flags: Flags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.reencrypt(options),
        (report) => changedLines(report, flags, WORDS),
      )
    })
}

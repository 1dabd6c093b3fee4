import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { changedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags extends JobFlags {
  readonly sealMalformed?: true
}

const WORDS = { done: 'encrypted', would: 'would be encrypted' }

export const backfill: AddCommand = (program, session) => {
  const command = program
    .command('backfill')
    .summary('encrypt what is in plaintext')
    .description(
      paragraphs(
        'Seals what is in plaintext in encrypted columns, and fills the index columns beside it, while the application runs. Rows that somebody writes meanwhile keep what they wrote.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command, {}, (options) =>
    options
      .option('--dry-run', 'count what is in plaintext, and change nothing')
      .option('--seal-malformed', 'take what begins as an envelope does, and is none, for plaintext'),
  )
    .addHelpText('after', '\nExample:\n  npx prisma-envelope backfill --model Patient --dry-run')
    .action(async ({ sealMalformed, ...flags }: Flags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) =>
          encryption.backfill({ ...options, ...(sealMalformed === true && { malformed: 'seal' as const }) }),
        (report) => changedLines(report, flags, WORDS),
      )
    })
}

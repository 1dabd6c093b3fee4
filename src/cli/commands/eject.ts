import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { changedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags extends JobFlags {}

const WORDS = { done: 'written in plaintext', would: 'would be written in plaintext' }

export const eject: AddCommand = (program, session) => {
  const command = program
    .command('eject')
    .summary('write encrypted values back in plaintext')
    .description(
      paragraphs(
        'Opens the envelopes of fields with `@encrypted(write: plain)`, and writes what they hold in their place. Index columns stay. Rows that somebody writes meanwhile keep what they wrote.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command, {}, (options) =>
    options.option('--dry-run', 'count what would be written in plaintext, and change nothing'),
  )
    .addHelpText('after', '\nExample:\n  npx prisma-envelope eject --field Patient.ssn --dry-run')
    .action(async (flags: Flags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.eject(options),
        (report) => changedLines(report, flags, WORDS),
      )
    })
}

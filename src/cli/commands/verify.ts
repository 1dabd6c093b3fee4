import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { skippedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

export const verify: AddCommand = (program, session) => {
  const command = program
    .command('verify')
    .summary('open every value and check every index; change nothing')
    .description(
      paragraphs(
        'Opens every value in all rows, and compares every index column with the value beside it. Changes nothing. What does not open, is plaintext, or has the wrong index is listed by primary key, never by value.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command)
    .addHelpText('after', '\nExample:\n  npx prisma-envelope verify --tenant acme --model Patient')
    .action(async (flags: JobFlags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.verify(options),
        (report) => [`rows: ${report.rows} visited`, ...skippedLines(report, 'found')],
        { skipped: 'found' },
      )
    })
}

import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { changedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags extends JobFlags {}

const WORDS = { done: 'indexed', would: 'would be indexed' }

export const reindex: AddCommand = (program, session) => {
  const command = program
    .command('reindex')
    .summary('compute index columns from their values')
    .description(
      paragraphs(
        'Computes index columns from the values beside them, and writes those that are not so: for a new index, new normalizers, or a new index key. Rows that somebody writes meanwhile keep what they wrote.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command, {}, (options) =>
    options.option('--dry-run', 'count the rows whose index is not that of their value, and change nothing'),
  )
    .addHelpText('after', '\nExample:\n  npx prisma-envelope reindex --field Patient.email')
    .action(async (flags: Flags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.reindex(options),
        (report) => changedLines(report, flags, WORDS),
      )
    })
}

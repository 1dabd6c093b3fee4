import { addJobOptions, HOW_JOBS_END, type JobFlags, runJobCommand } from '../jobs/job-command.js'
import { skippedLines } from '../jobs/report.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

export const checkTenants: AddCommand = (program, session) => {
  const command = program
    .command('check-tenants')
    .summary('find rows whose values were sealed for another tenant')
    .description(
      paragraphs(
        'Compares the tenant that each envelope was sealed for with the one that owns its row, and lists the rows where they differ by primary key. Opens nothing, makes no KMS calls, and changes nothing.',
        HOW_JOBS_END,
      ),
    )
  addJobOptions(command, { asksKms: false })
    .addHelpText('after', '\nExample:\n  npx prisma-envelope check-tenants --model Patient')
    .action(async (flags: JobFlags) => {
      await runJobCommand(
        session,
        flags,
        (encryption, options) => encryption.checkTenants(options),
        (report) => [`rows: ${report.rows} visited`, ...skippedLines(report, 'found')],
        { skipped: 'found' },
      )
    })
}

import type { JobStatus } from '../../management/status.js'
import { shown, tableOf } from '../census/table.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags {
  readonly config?: string
  readonly json?: true
}

export const jobs: AddCommand = (program, { stdout, cwd }) => {
  const command = program.command('jobs').summary('list the jobs that have begun and are not done')
  command
    .command('list', { isDefault: true })
    .summary('list them: also what `jobs` does by itself')
    .description(
      paragraphs(
        'Lists the jobs that keep a position in the database: the model and the primary key that each has come to, and when. Needs a model for jobs in the schema (`prisma-envelope sql --jobs`). A job that is running is listed too.',
      ),
    )
    .addOption(configOption())
    .option('--json', 'print the list as JSON')
    .addHelpText('after', '\nExamples:\n  npx prisma-envelope jobs\n  npx prisma-envelope jobs forget rewrap')
    .action(async ({ config, json }: Flags) => {
      const found = await withClient(cwd, config, ({ client }) => client.$encryption.jobs())
      stdout.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : `${jobsText(found)}\n`)
    })
  command
    .command('forget')
    .argument('<name>', 'the name of the job, as `jobs` lists it')
    .summary('forget the position of a job, which then begins with the first row')
    .description('Forgets the position of a job, and whatever else it keeps. It then begins with the first row.')
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  npx prisma-envelope jobs forget rewrap')
    .action(async (name: string, { config }: Flags) => {
      await withClient(cwd, config, ({ client }) => client.$encryption.forgetJob(name))
      stdout.write(`${shown(name)} begins with the first row.\n`)
    })
}

function jobsText(jobs: readonly JobStatus[]): string {
  return jobs.length === 0 ? 'No job has begun and is not done.' : jobsTable(jobs)
}

/** The jobs of a database, for people. */
export function jobsTable(jobs: readonly JobStatus[]): string {
  const rows = jobs.map(({ job, position, changedAt }) => [shown(job), shown(placeOf(position)), changedAt])
  return tableOf(['job not done', 'at', 'since'], rows, [])
}

function placeOf(position: JobStatus['position']): string {
  if (position === undefined) return ''
  const { model, after } = position
  return after === undefined ? model : `${model} after ${after.join(', ')}`
}

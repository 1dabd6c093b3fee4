import { Option } from 'commander'
import { checksSql } from '../checks-sql.js'
import { jobsPsl, keysPsl } from '../keys-psl.js'
import { loadModels } from '../models-file.js'
import { modelsOption } from '../models-option.js'
import { paragraphs } from '../paragraphs.js'
import { UsageError } from '../usage-error.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly checks?: true
  readonly jobs?: true
  readonly keys?: true
  readonly models?: string
}

export const sql: AddCommand = (program, { stdout, cwd }) => {
  program
    .command('sql')
    .summary('print SQL that guards the encrypted columns, or models to paste into the schema')
    .description(
      paragraphs(
        'Prints CHECK constraints (on SQLite: triggers) that refuse values in encrypted columns that are not envelopes. Nothing is applied: review the SQL, then run it or paste it into a migration.',
        'Or prints the two models of a key table, or the model where jobs keep their positions, in the language of the Prisma schema, for the database of this one. Nothing is written: paste them into the schema, and migrate.',
      ),
    )
    .addOption(new Option('--checks', 'print these constraints').conflicts(['keys', 'jobs']))
    .addOption(new Option('--keys', 'print the models of a key table').conflicts('jobs'))
    .option('--jobs', 'print the model of the jobs')
    .addOption(modelsOption())
    .addHelpText('after', '\nExample:\n  npx prisma-envelope sql --checks > checks.sql')
    .action(async ({ checks, keys, jobs, models }: Options) => {
      if (checks === undefined && keys === undefined && jobs === undefined) {
        throw new UsageError('nothing to print; pass --checks, --keys or --jobs')
      }
      const map = await loadModels(cwd, models)
      if (jobs === true) stdout.write(jobsPsl(map))
      else stdout.write(keys === true ? keysPsl(map) : checksSql(map))
    })
}

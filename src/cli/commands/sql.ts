import { modelMapFile } from '../../schema/model-map-file.js'
import { parseOptions, UsageError } from '../arguments.js'
import { checksSql } from '../checks-sql.js'
import { keysPsl } from '../keys-psl.js'
import { conventionalFolders, loadModels } from '../models-file.js'
import type { Command } from './command.js'

export const sql: Command = {
  summary: 'print SQL that guards the encrypted columns, or the models of a key table',
  usage: `prisma-envelope sql (--checks | --keys) [--models <folder>]

Prints CHECK constraints (on SQLite: triggers) that refuse values in encrypted columns that are not envelopes. Nothing
is applied: review the SQL, then run it or paste it into a migration.

Or prints the two models of a key table, in the language of the Prisma schema, for the database of this one. Nothing is
written: paste them into the schema, and migrate.

Options:
  --checks           print these constraints
  --keys             print these models
  --models <folder>  the folder with ${modelMapFile}, which is the \`output\` of \`generator encryption\` in the schema;
                     without this option, one of ${conventionalFolders.join(', ')}
  --help             print this
`,
  async run(args, { stdout, cwd }) {
    const { checks, keys, models } = parseOptions(args, {
      checks: { type: 'boolean' },
      keys: { type: 'boolean' },
      models: { type: 'string' },
    })
    if (checks !== true && keys !== true) throw new UsageError('nothing to print; pass --checks or --keys')
    if (checks === true && keys === true) throw new UsageError('pass either --checks or --keys')
    const map = await loadModels(cwd, models)
    stdout.write(keys === true ? keysPsl(map) : checksSql(map))
  },
}

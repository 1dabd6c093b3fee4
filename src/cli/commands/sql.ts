import { modelMapFile } from '../../schema/model-map-file.js'
import { parseOptions, UsageError } from '../arguments.js'
import { checksSql } from '../checks-sql.js'
import { conventionalFolders, loadModels } from '../models-file.js'
import type { Command } from './command.js'

export const sql: Command = {
  summary: 'print SQL that guards the encrypted columns',
  usage: `prisma-envelope sql --checks [--models <folder>]

Prints CHECK constraints (on SQLite: triggers) that refuse values in encrypted columns that are not envelopes. Nothing
is applied: review the SQL, then run it or paste it into a migration.

Options:
  --checks           print these constraints
  --models <folder>  the folder with ${modelMapFile}, which is the \`output\` of \`generator encryption\` in the schema;
                     without this option, one of ${conventionalFolders.join(', ')}
  --help             print this
`,
  async run(args, { stdout, cwd }) {
    const { checks, models } = parseOptions(args, { checks: { type: 'boolean' }, models: { type: 'string' } })
    if (checks !== true) throw new UsageError('nothing to print; pass --checks')
    stdout.write(checksSql(await loadModels(cwd, models)))
  },
}

import { linksOf } from '../../schema/links.js'
import { modelMapFile } from '../../schema/model-map-file.js'
import { parseOptions } from '../arguments.js'
import { conventionalFolders, loadModels } from '../models-file.js'
import type { Command } from './command.js'

export const links: Command = {
  summary: 'list the relations that can link rows of two tenants',
  usage: `prisma-envelope links [--models <folder>]

Lists the relations between rows of tenants whose foreign key does not contain the tenant, and what to write. The client
checks such links when it writes them; rows that another program links are seen only when they are read.

Accept one with \`/// @encrypted(links: accepted)\` on the relation: it is then no longer listed.

Options:
  --models <folder>  the folder with ${modelMapFile}, which is the \`output\` of \`generator encryption\` in the schema;
                     without this option, one of ${conventionalFolders.join(', ')}
  --help             print this
`,
  async run(args, { stdout, cwd }) {
    const { models } = parseOptions(args, { models: { type: 'string' } })
    const found = linksOf(await loadModels(cwd, models))
    const open = found.filter(({ accepted }) => !accepted)
    for (const { model, field, advice } of open) {
      stdout.write(
        `${model}.${field}: rows of two tenants can be linked: ${advice}. Or accept it: \`/// @encrypted(links: accepted)\`.\n`,
      )
    }
    const accepted = found.length - open.length
    stdout.write(
      `${open.length === 1 ? '1 relation' : `${open.length} relations`}${accepted > 0 ? `, and ${accepted} accepted` : ''}.\n`,
    )
  },
}

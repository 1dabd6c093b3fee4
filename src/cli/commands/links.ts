import { counted } from '../../quoting/counted.js'
import { linksOf } from '../../schema/links.js'
import { loadModels } from '../models-file.js'
import { modelsOption } from '../models-option.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly models?: string
}

export const links: AddCommand = (program, { stdout, cwd }) => {
  program
    .command('links')
    .summary('list the relations that can link rows of two tenants')
    .description(
      paragraphs(
        'Lists the relations between rows of tenants whose foreign key does not contain the tenant, and what to write. The client checks such links when it writes them; rows that another program links are seen only when they are read.',
        'Accept one with `/// @encrypted(links: accepted)` on the relation: it is then no longer listed.',
      ),
    )
    .addOption(modelsOption())
    .addHelpText('after', '\nExample:\n  npx prisma-envelope links')
    .action(async ({ models }: Options) => {
      const found = linksOf(await loadModels(cwd, models))
      const open = found.filter(({ accepted }) => !accepted)
      for (const { model, field, advice } of open) {
        stdout.write(
          `${model}.${field}: rows of two tenants can be linked: ${advice}. Or accept it: \`/// @encrypted(links: accepted)\`.\n`,
        )
      }
      const accepted = found.length - open.length
      stdout.write(`${counted(open.length, 'relation')}${accepted > 0 ? `, and ${accepted} accepted` : ''}.\n`)
    })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { CHECK_ONLY } from '../check-only.js'
import { EXIT } from '../exit-code.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly schema?: string
  readonly generator: string
}

export const check: AddCommand = (program, { stdout, cwd, end }) => {
  program
    .command('check')
    .summary('check that the schema, the generated module and the lock file agree')
    .description(
      paragraphs(
        'Has Prisma run this generator without writing anything: the schema must compile, the lock file must allow its changes, and the generated files must be what `prisma generate` would write. For continuous integration; no database and no KMS is asked.',
        'Ends with 3 where something is wrong.',
      ),
    )
    .option('--schema <path>', 'the schema file or its folder; without this option, where Prisma finds it')
    .option('--generator <name>', 'the name of the generator block', 'encryption')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope check --schema prisma/schema.prisma')
    .action(async ({ schema, generator }: Options) => {
      const args = ['generate', '--generator', generator, ...(schema === undefined ? [] : ['--schema', schema])]
      const child = spawn(process.execPath, [prismaIn(cwd), ...args], {
        cwd,
        env: { ...process.env, [CHECK_ONLY]: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
      const [code] = await once(child, 'close')
      if (code === 0) {
        stdout.write('The schema, the generated files and the lock file agree.\n')
        return
      }
      stdout.write(`${stripVTControlCharacters(output).trim()}\n`)
      end(EXIT.findings)
    })
}

/** The command of the application's own Prisma. */
function prismaIn(cwd: string): string {
  const require = createRequire(join(cwd, 'package.json'))
  try {
    return require.resolve('prisma/build/index.js')
  } catch (error) {
    throw new Error(
      'Prisma is not installed here. Run `npm install --save-dev prisma`, in the folder of the application.',
      {
        cause: error,
      },
    )
  }
}

import { UsageError } from './arguments.js'
import type { Command, Terminal } from './commands/command.js'
import { links } from './commands/links.js'
import { sql } from './commands/sql.js'

const commands: Readonly<Record<string, Command>> = { sql, links }

const usage = (version: string): string => `prisma-envelope ${version}: transparent field encryption for Prisma

As a Prisma generator, in schema.prisma, after the client's generator:

  generator encryption {
    provider = "prisma-envelope"
    output   = "../src/generated/encryption"
  }

  model Patient {
    email String /// @encrypted
  }

then run \`prisma generate\` and pass the generated \`encryptedModels\` to \`fieldEncryption({ models })\`.

Commands (each has its own --help):
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(9)}  ${summary}`)
  .join('\n')}

Options:
  --help     print this
  --version  print the version
`

/**
 * Runs the command line; resolves to the exit code: 0, 1 if the work failed, or 2 for wrong arguments. A failure is one
 * line on stderr, without a stack.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  const { stdout, stderr, version } = terminal
  const [first, ...more] = args
  if (first === undefined || (first === '--help' && more.length === 0)) {
    stdout.write(usage(version))
    return 0
  }
  if (first === '--version' && more.length === 0) {
    stdout.write(`${version}\n`)
    return 0
  }
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command === undefined) {
    stderr.write(
      `prisma-envelope: unknown command ${JSON.stringify(args.join(' '))}. Try \`prisma-envelope --help\`.\n`,
    )
    return 2
  }
  if (more.includes('--help')) {
    stdout.write(command.usage)
    return 0
  }
  try {
    await command.run(more, terminal)
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof UsageError)) {
      stderr.write(`prisma-envelope ${first}: ${message}\n`)
      return 1
    }
    stderr.write(`prisma-envelope ${first}: ${message}. Try \`prisma-envelope ${first} --help\`.\n`)
    return 2
  }
}

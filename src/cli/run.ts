import { Command, CommanderError } from 'commander'
import { backfill } from './commands/backfill.js'
import { census } from './commands/census.js'
import { check } from './commands/check.js'
import { checkTenants } from './commands/check-tenants.js'
import type { AddCommand, Session, Terminal } from './commands/command.js'
import { doctor } from './commands/doctor.js'
import { eject } from './commands/eject.js'
import { init } from './commands/init.js'
import { jobs } from './commands/jobs.js'
import { keys } from './commands/keys.js'
import { leakage } from './commands/leakage.js'
import { links } from './commands/links.js'
import { move } from './commands/move.js'
import { reencrypt } from './commands/reencrypt.js'
import { reindex } from './commands/reindex.js'
import { rewrap } from './commands/rewrap.js'
import { shred } from './commands/shred.js'
import { sql } from './commands/sql.js'
import { status } from './commands/status.js'
import { verify } from './commands/verify.js'
import { EXIT, type ExitCode } from './exit-code.js'
import { inOptionNames } from './option-names.js'
import { UsageError } from './usage-error.js'

const commands: readonly AddCommand[] = [
  init,
  check,
  doctor,
  status,
  census,
  leakage,
  backfill,
  rewrap,
  reencrypt,
  reindex,
  verify,
  checkTenants,
  eject,
  move,
  keys,
  shred,
  jobs,
  sql,
  links,
]

const GENERATOR = `
As a Prisma generator, in schema.prisma, after the client's generator:

  generator encryption {
    provider = "prisma-envelope"
    output   = "../src/generated/encryption"
  }

  model Patient {
    email String /// @encrypted
  }

then run \`prisma generate\` and pass the generated \`encryptedModels\` to \`fieldEncryption({ models })\`.`

/** Runs the command line. A failure is one line on stderr, without a stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { stderr } = terminal
  let code: ExitCode = EXIT.done
  let name = 'prisma-envelope'
  const program = programOf({
    ...terminal,
    end: (wanted) => {
      code = wanted
    },
  })
  program.hook('preAction', (_, action) => {
    name = nameOf(action)
  })
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    // It has printed what it has to say: help, the version, or a complaint.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof UsageError)) {
      stderr.write(`${name}: ${inOptionNames(message)}\n`)
      return EXIT.failed
    }
    stderr.write(`${name}: ${message}. Try \`${name} --help\`.\n`)
    return EXIT.usage
  }
}

function programOf(session: Session): Command {
  const program = new Command('prisma-envelope')
    .description('Transparent field encryption for Prisma, with an AWS KMS key per tenant.')
    .version(session.version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand(false)
    .addHelpText('after', GENERATOR)
    .allowExcessArguments(false)
  for (const add of commands) add(program, session)
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    speakInOneLine(command, session)
  return program
}

/** As it is typed: `prisma-envelope keys export`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

/** A complaint is one line that names the command. Commander would end the process by itself. */
function speakInOneLine(command: Command, { stdout, stderr }: Session): void {
  const name = nameOf(command)
  command
    .exitOverride()
    .helpOption('--help', 'print this')
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => {
        const [complaint = '', ...hint] = text
          .replace(/^error: /, '')
          .trimEnd()
          .split('\n')
        write(`${[`${name}: ${complaint.replace(/\.$/, '')}.`, ...hint, `Try \`${name} --help\`.`].join(' ')}\n`)
      },
    })
}

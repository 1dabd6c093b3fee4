import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { Option } from 'commander'
import { coloursFor } from '../colours.js'
import type { Answers } from '../init/answers.js'
import { appFault } from '../init/app-name.js'
import { type InitPlan, planInit } from '../init/plan.js'
import { type Project, readProject } from '../init/project.js'
import { adapterOf } from '../init/texts.js'
import { paragraphs } from '../paragraphs.js'
import { UsageError } from '../usage-error.js'
import type { AddCommand, Session } from './command.js'

interface Options extends Partial<Answers> {
  readonly schema?: string
  readonly yes?: true
  readonly dryRun?: true
}

export const init: AddCommand = (program, session) => {
  program
    .command('init')
    .summary('add encryption to a project that has Prisma')
    .description(
      paragraphs(
        'Adds the generator block and, with --keys, the models of a key table to the schema, and writes `kms.ts`, `db.ts` and `prisma-envelope.config.ts`. Files that are there are not replaced: what they should contain is printed. What is added to a file is shown first.',
        'Asks for what the options leave open, where there is a terminal; elsewhere pass --yes or --dry-run.',
      ),
    )
    .option('--schema <path>', 'the schema file or its folder; without this option, where Prisma finds it')
    .option('--app <name>', 'a name for this application, which can never be changed; by default, that of its folder')
    .addOption(
      new Option('--kms <where>', 'where keys are: in AWS KMS, or in a file for development').choices(['aws', 'local']),
    )
    .option('--region <name>', 'the AWS Region')
    .option('--keys', 'keep data keys in a table of the database')
    .option('--no-keys', 'keep each data key beside its values')
    .option('--yes', 'write without asking')
    .option('--dry-run', 'print what would be written, and write nothing')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope init --kms local --yes')
    .action((options: Options) => run(options, session))
}

async function run(options: Options, { stdout, cwd }: Session): Promise<void> {
  const { app, kms, region, keys, schema, yes, dryRun } = options
  const fault = app === undefined ? undefined : appFault(app)
  if (fault !== undefined) throw new UsageError(`--app cannot be ${JSON.stringify(app)}: ${fault.replace(/\.$/, '')}`)
  const project = readProject(cwd, schema)
  const suggested: Answers = { app: suggestedApp(cwd), kms: 'local', region: 'eu-central-1', keys: true }
  const given = { app, kms, region, keys }
  const asks = yes !== true && dryRun !== true
  if (asks && !process.stdin.isTTY) throw new UsageError('there is no terminal to ask at; pass --yes or --dry-run')
  const answers = asks
    ? await (await import('../init/ask.js')).ask(defined(given), suggested)
    : { ...suggested, ...defined(given) }
  if (answers === undefined) return
  const plan = planInit(cwd, project, answers)
  stdout.write(shown(stdout, plan, dryRun === true))
  if (dryRun === true) return
  if (asks && !(await (await import('../init/ask.js')).confirmed())) {
    stdout.write('Nothing was written.\n')
    return
  }
  await write(cwd, plan)
  stdout.write(nextSteps(project, answers))
}

function suggestedApp(cwd: string): string {
  const name = basename(resolve(cwd))
    .replace(/[^a-z0-9_-]+/gi, '-')
    .slice(0, 41)
  return appFault(name) === undefined ? name : 'app'
}

/** The options that were passed. */
function defined(given: Partial<Record<keyof Answers, unknown>>): Partial<Answers> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Answers>
}

function shown(stdout: Writable, { files, kept }: InitPlan, whole: boolean): string {
  const { green, yellow, dim } = coloursFor(stdout)
  const marked = (text: string): string[] => linesOf(text).map((line) => dim(line))
  const lines = files.flatMap(({ path, text, added }) => {
    if (added !== undefined) return [`${yellow('add to')} ${path}`, ...marked(added), '']
    return [`${green('create')} ${path}`, ...(whole ? [...marked(text), ''] : [])]
  })
  const left = kept.flatMap(({ path, text }) => [
    `${yellow('leave')}  ${path}, which is there already. It should contain:`,
    ...marked(text),
    '',
  ])
  const nothing = files.length === 0 ? ['Nothing is left to write.'] : []
  return `${[...lines, ...left, ...nothing].join('\n').trimEnd()}\n`
}

/** As in a difference. */
function linesOf(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  + ${line}`.trimEnd())
}

async function write(cwd: string, { files }: InitPlan): Promise<void> {
  for (const { path, text, added } of files) {
    const file = resolve(cwd, path)
    // Somebody may have made it while the plan was read.
    if (added === undefined && existsSync(file) && (await readFile(file, 'utf8')) !== text) {
      throw new Error(`${path} is there by now, and was not replaced. Run this again.`)
    }
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

function nextSteps(project: Project, { app, kms, keys }: Answers): string {
  const { package: adapter } = adapterOf(project)
  const steps = [
    ...(project.packages.has(adapter) ? [] : [`npm install ${adapter}`]),
    'Mark the columns to encrypt with `/// @encrypted`, and the tenant with `/// @encrypted.tenant` (docs/getting-started.md).',
    `npx prisma generate && npx prisma migrate dev${keys ? '   # the migration creates the key table too' : ''}`,
    ...(kms === 'aws'
      ? [`Create the keys alias/${app}/<tenant> and, for indexes, the HMAC_256 key alias/${app}-index (docs/kms.md).`]
      : []),
    'npx prisma-envelope doctor --tenant <id>',
  ]
  return `\nNext:\n${steps.map((step, at) => `  ${at + 1}. ${step}`).join('\n')}\n`
}

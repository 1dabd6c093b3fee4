import { InvalidArgumentError, Option } from 'commander'
import type { MoveReport } from '../../management/move/report.js'
import type { RowId } from '../../management/move/row-id.js'
import { counted } from '../../quoting/counted.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Flags {
  readonly config?: string
  readonly model: string
  readonly id: RowId[]
  readonly to: string
  readonly parent?: RowId
  readonly with?: string[]
  readonly links?: 'check' | 'off'
  readonly maxRows?: number
  readonly transactionTimeout?: number
  readonly dryRun?: true
  readonly json?: true
}

export const move: AddCommand = (program, { stdout, stderr, cwd, end }) => {
  program
    .command('move')
    .summary('move a row, with all that belongs to it, to another tenant')
    .description(
      paragraphs(
        "Opens the values of the row, and of all rows that belong to it, seals them under the other tenant's keys, computes their index columns anew and sets the tenant columns: in one transaction, or not at all.",
        "Refuses where a value does not open, where a row would be linked to another tenant's, and where there are too many rows. Look at --dry-run first: it names them all, and ends with 3 where there is one.",
      ),
    )
    .addOption(configOption())
    .requiredOption('--model <name>', 'the model of the row')
    .addOption(
      new Option('--id <key...>', 'its primary key, or several; a compound one as JSON: \'{"region":"eu","code":7}\'')
        .argParser((text: string, before: RowId[] | undefined) => [...(before ?? []), rowId(text)])
        .makeOptionMandatory(),
    )
    .requiredOption('--to <tenant>', 'the tenant that it is to belong to')
    .addOption(
      new Option(
        '--parent <key>',
        'the row that it is to belong to, where its tenant is that of another row',
      ).argParser(rowId),
    )
    .option('--with <model...>', 'rows of these models move as well, where they refer to a row that moves')
    .addOption(
      new Option('--links <mode>', "whether links to other tenants' rows are a reason to refuse").choices([
        'check',
        'off',
      ]),
    )
    .addOption(new Option('--max-rows <n>', 'move nothing where there are more rows').argParser(positive))
    .addOption(new Option('--transaction-timeout <ms>', 'how long the transaction may take').argParser(positive))
    .option('--dry-run', 'say what would be moved and what is in the way, and change nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx prisma-envelope move --model Patient --id p1 --to globex --dry-run\n  npx prisma-envelope move --model Patient --id p1 --to globex --with Record',
    )
    .action(async ({ config, json, ...options }: Flags) => {
      // What is under way is one transaction, which ends with its connection.
      const interrupted = (): void => {
        stderr.write('prisma-envelope move: stopped. Unless it was done already, nothing was moved: run it again.\n')
        process.exit(EXIT.interrupted)
      }
      process.once('SIGINT', interrupted)
      const report = await withClient(cwd, config, ({ client }) => client.$encryption.move(options)).finally(() =>
        process.off('SIGINT', interrupted),
      )
      stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : text(report, options))
      const links = report.links.filter(({ containsTenant }) => options.links !== 'off' || containsTenant)
      const isInTheWay = report.unreadable.length + report.taken.length + links.length > 0
      if (report.dryRun && isInTheWay) end(EXIT.findings)
    })
}

function text(
  { from, to, moved, models, unreadable, links, taken, shared }: MoveReport,
  { links: mode }: Flags,
): string {
  const keyText = (key: Readonly<Record<string, string>>): string =>
    Object.entries(key)
      .map(([field, value]) => `${field} ${value}`)
      .join(', ')
  return [
    `${moved ? 'moved' : 'would be moved'} from ${from} to ${to}:`,
    ...models.map(
      ({ model, rows, values, tokens, plaintext }) =>
        `  ${model}: ${counted(rows, 'row')}, ${counted(values, 'value')} and ${counted(tokens, 'index column')}${plaintext > 0 ? `; ${counted(plaintext, 'value stays', 'values stay')} in plaintext` : ''}`,
    ),
    ...unreadable.map(
      ({ model, key, field, reason }) =>
        `does not open: ${model} (${keyText(key)})${field === undefined ? '' : `.${field}`}: ${reason}`,
    ),
    ...taken.map(
      ({ model, key, fields }) => `another row has the same ${fields.join(', ')}: ${model} (${keyText(key)})`,
    ),
    ...links.map(
      ({ model, key, field }) =>
        `${mode === 'off' ? 'is linked' : 'would be linked'} to another tenant: ${model} (${keyText(key)}) by ${field}`,
    ),
    ...(shared.length > 0 ? [`not touched, since their rows belong to no tenant: ${shared.join(', ')}`] : []),
    '',
  ].join('\n')
}

function rowId(text: string): RowId {
  if (!text.startsWith('{')) return text
  try {
    return JSON.parse(text) as RowId
  } catch {
    throw new InvalidArgumentError('A compound key must be JSON.')
  }
}

function positive(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number) && number > 0) return number
  throw new InvalidArgumentError('It must be a number above 0.')
}

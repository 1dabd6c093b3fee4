import { once } from 'node:events'
import { resolve } from 'node:path'
import type { KeyImportReport } from '../../operations/index.js'
import { counted } from '../../quoting/counted.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { linesOf } from '../key-table/lines-of.js'
import { refusedLines } from '../key-table/refused-lines.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface ExportFlags {
  readonly config?: string
  readonly tenant?: string
}

interface ImportFlags extends ExportFlags {
  readonly tombstones?: true
  readonly dryRun?: true
  readonly json?: true
}

export const keys: AddCommand = (program, { stdout, cwd, end }) => {
  const command = program.command('keys').summary('write the rows of the key table out, and read them in')
  command
    .command('export')
    .summary('write the rows of the key table out')
    .description(
      paragraphs(
        'Writes the rows of the key table to stdout, as JSON lines. The data keys in them are wrapped: nothing is secret but for who may have KMS unwrap them. Tenants and ARNs of CMKs are readable.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', "only this tenant's rows")
    .addHelpText('after', '\nExample:\n  npx prisma-envelope keys export > keys.jsonl')
    .action(async ({ config, tenant }: ExportFlags) => {
      await withClient(cwd, config, async ({ client }) => {
        for await (const line of client.$encryption.exportKeys({ ...(tenant !== undefined && { tenant }) })) {
          if (!stdout.write(`${line}\n`)) await once(stdout, 'drain')
        }
      })
    })
  command
    .command('import <file>')
    .summary('add the rows of a file that are missing')
    .description(
      paragraphs(
        'Adds the rows of a file that the key table does not have. Rows that are there stay as they are, and a key that was erased stays erased. Imported keys open, and seal nothing new.',
        'Ends with 3 where lines were refused.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', "only this tenant's rows")
    .option('--tombstones', 'erase the keys of which the file has a tombstone: that cannot be undone')
    .option('--dry-run', 'count what would be done, and change nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope keys import keys.jsonl --tenant acme --dry-run')
    .action(async (file: string, { config, json, ...options }: ImportFlags) => {
      const report = await withClient(cwd, config, ({ client }) =>
        client.$encryption.importKeys(linesOf(resolve(cwd, file)), options),
      )
      stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : text(report))
      if (report.refusedRows.length > 0) end(EXIT.findings)
    })
}

function text(report: KeyImportReport): string {
  const { rows, inserted, kept, erased, erasedHere, erasedInFile, otherTenants, dryRun } = report
  const would = dryRun ? 'would be ' : ''
  return [
    `${counted(rows, 'row')}: ${inserted} ${would}added, ${kept} ${would}kept as they are, ${erased} ${would}erased`,
    ...(erasedHere > 0
      ? [`${counted(erasedHere, 'is erased here, and stays so', 'are erased here, and stay so')}`]
      : []),
    ...(erasedInFile > 0
      ? [
          `${counted(erasedInFile, 'is', 'are')} erased in the file only: --tombstones erases ${erasedInFile === 1 ? 'it' : 'them'} here`,
        ]
      : []),
    ...(otherTenants > 0 ? [`${counted(otherTenants, 'is of another tenant', 'are of other tenants')}`] : []),
    ...refusedLines(report),
    '',
  ].join('\n')
}

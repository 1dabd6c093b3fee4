import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import type { ReplayReport, ShredReport } from '../../operations/index.js'
import { counted } from '../../quoting/counted.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { interruptible } from '../jobs/interrupt.js'
import { linesOf } from '../key-table/lines-of.js'
import { refusedLines } from '../key-table/refused-lines.js'
import { paragraphs } from '../paragraphs.js'
import { UsageError } from '../usage-error.js'
import type { AddCommand } from './command.js'

interface Flags {
  readonly config?: string
  readonly tenant?: string
  readonly replay?: string
  readonly record?: string
  readonly dryRun?: true
  readonly yes?: true
  readonly wait: boolean
  readonly transactionTimeout?: number
  readonly json?: true
}

export const shred: AddCommand = (program, { stdout, stderr, cwd, end }) => {
  program
    .command('shred')
    .summary("erase a tenant's data keys for good")
    .description(
      paragraphs(
        'Erases the data keys of a tenant, so that none of its values opens again. Refuses while one value of the tenant is left that carries its own wrapped key, is plaintext or cannot be read. Waits until no process uses an erased key any more, and looks again. It may be stopped and run again.',
        'Stop writing for the tenant first. Backups of the key table bring its keys back: keep the list of erased keys that it prints (or --record writes), and after a restore erase them again with --replay.',
        'Ends with 3 where something is left, or it did not wait.',
      ),
    )
    .addOption(configOption())
    .option('--tenant <id>', 'whose data keys; with --replay, only those')
    .option('--dry-run', 'count what would be erased and what is in the way, and change nothing')
    .option('--yes', 'erase: this cannot be undone')
    .option('--record <file>', 'append the list of erased keys to this file; without it, it is printed')
    .option('--replay <file>', 'erase the keys of such a list again, after a restore')
    .option('--no-wait', 'do not wait for other processes, and so do not say that all is erased')
    .addOption(
      new Option('--transaction-timeout <ms>', 'how long the longest interactive transaction may take').argParser(
        milliseconds,
      ),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npx prisma-envelope shred --tenant acme --dry-run\n  npx prisma-envelope shred --tenant acme --yes --record erased.jsonl\n  npx prisma-envelope shred --replay erased.jsonl --yes',
    )
    .action(async ({ config, tenant, replay, record, dryRun, yes, json, ...wait }: Flags) => {
      if (dryRun !== true && yes !== true)
        throw new UsageError('what is erased is gone for good: look at --dry-run first, then add --yes')
      const onWait = (ms: number): void => {
        stderr.write(
          `Waiting ${Math.ceil(ms / 1000)} s, until no process uses one of these keys any more. It may be stopped, and run again.\n`,
        )
      }
      const options = { ...wait, ...(dryRun === true && { dryRun }), onWait }
      if (replay !== undefined) {
        if (record !== undefined) throw new UsageError('--record is for keys that are erased for the first time')
        const report = await withClient(cwd, config, ({ client }) =>
          interruptible((signal) =>
            client.$encryption.replayShred(linesOf(resolve(cwd, replay)), {
              ...options,
              ...(tenant !== undefined && { tenant }),
              signal,
            }),
          ),
        )
        stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : replayText(report))
        if (dryRun !== true && !report.done) end(EXIT.findings)
        return
      }
      if (tenant === undefined) throw new UsageError('name the tenant whose data keys to erase: --tenant <id>')
      const list = dryRun === true || record === undefined ? undefined : openSync(resolve(cwd, record), 'a', 0o600)
      const erased: string[] = []
      let interrupted = false
      try {
        const report = await withClient(cwd, config, ({ client }) =>
          interruptible(async (signal) => {
            const done = await client.$encryption.shred({
              ...options,
              tenant,
              signal,
              onErased: (line) => {
                if (list !== undefined) writeSync(list, `${line}\n`)
                else if (json === true) erased.push(line)
                else stdout.write(`${line}\n`)
              },
            })
            interrupted = signal.aborted
            return done
          }),
        )
        if (list !== undefined) fsyncSync(list)
        // The list alone is on stdout, so that it can be kept.
        const printed = list === undefined && dryRun !== true ? stderr : stdout
        if (json === true) {
          const keys = erased.map((line) => JSON.parse(line))
          stdout.write(`${JSON.stringify({ ...report, ...(list === undefined && { keys }) }, null, 2)}\n`)
        } else printed.write(shredText(report))
        if (interrupted) end(EXIT.interrupted)
        else if (dryRun === true ? report.values.some(isInTheWay) : !report.done) end(EXIT.findings)
      } finally {
        if (list !== undefined) closeSync(list)
      }
    })
}

function isInTheWay({ inline, plaintext, unreadable }: ShredReport['values'][number]): boolean {
  return inline + plaintext + unreadable > 0
}

function shredText(report: ShredReport): string {
  const { dryRun, done, erased, wereErased, newKeys, values, shared, indexes } = report
  const inTheWay = values.filter(isInTheWay)
  return [
    `data keys: ${erased} ${dryRun ? 'would be erased' : 'erased'}, ${counted(wereErased, 'was', 'were')} before`,
    ...values.map(
      ({ model, field, inline, table, plaintext, unreadable }) =>
        `${model}.${field}: ${table} in the key table, ${inline} inline, ${plaintext} in plaintext, ${unreadable} unreadable`,
    ),
    ...(shared.length > 0 ? [`not touched, since their rows belong to no tenant: ${shared.join(', ')}`] : []),
    ...(indexes.length > 0 ? [`left with their tokens, until the rows are deleted: ${indexes.join(', ')}`] : []),
    ...(inTheWay.length > 0 ? ['Values that are inline, in plaintext or unreadable outlive the data keys.'] : []),
    ...(newKeys > 0
      ? [
          `${counted(newKeys, 'data key was', 'data keys were')} generated meanwhile: stop writing for the tenant, and run it again.`,
        ]
      : []),
    ...(dryRun ? [] : [done ? 'All is erased.' : 'Not all is erased yet, or it did not wait: run it again.']),
    '',
  ].join('\n')
}

function replayText(report: ReplayReport): string {
  const { dryRun, done, rows, erased, wereErased, otherTenants } = report
  return [
    `${counted(rows, 'key')}: ${erased} ${dryRun ? 'would be erased' : 'erased'} again, ${counted(wereErased, 'is', 'are')} erased already`,
    ...(otherTenants > 0 ? [`${counted(otherTenants, 'is of another tenant', 'are of other tenants')}`] : []),
    ...refusedLines(report),
    ...(dryRun ? [] : [done ? 'All are erased.' : 'Not all are erased, or it did not wait: run it again.']),
    '',
  ].join('\n')
}

function milliseconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new InvalidArgumentError('It must be a number of milliseconds, 0 or more.')
}

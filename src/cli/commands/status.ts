import type { Writable } from 'node:stream'
import { Option } from 'commander'
import type { Status, TenantStatus } from '../../management/status.js'
import { counted } from '../../quoting/counted.js'
import { count, shown, summary, tableOf } from '../census/table.js'
import { coloursFor } from '../colours.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'
import { jobsTable } from './jobs.js'

interface Options {
  readonly config?: string
  readonly tenant?: string[]
  readonly json?: true
}

export const status: AddCommand = (program, { stdout, cwd, end }) => {
  program
    .command('status')
    .summary('summarise what is encrypted, under which keys, and which jobs are not done')
    .description(
      paragraphs(
        'One screen: the models, how many values are up to date, the tenants with most that are not and the state of their CMKs, and the jobs that have begun and are not done. Takes a census; opens nothing, and changes nothing.',
        'Ends with 3 where values are plaintext, cannot be read or have no data key, or where a CMK is not enabled.',
      ),
    )
    .addOption(configOption())
    .addOption(new Option('--tenant <id...>', 'look at the CMKs of these tenants too, which may have no values'))
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope status')
    .action(async ({ config, tenant, json }: Options) => {
      const found = await withClient(cwd, config, ({ client }) =>
        client.$encryption.status(tenant === undefined ? {} : { tenants: tenant }),
      )
      stdout.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : text(found, stdout))
      const { plaintext, unreadable, keyless } = found.totals
      if (plaintext + unreadable + keyless > 0 || found.tenants.some(isStopped)) end(EXIT.findings)
    })
}

function isStopped({ state }: TenantStatus): boolean {
  return state !== undefined && state !== 'Enabled'
}

function text(found: Status, stdout: Writable): string {
  const { bold, red } = coloursFor(stdout)
  const { app, database, models, keyTable, totals, tenantCount, tenants, jobs } = found
  const sum = (of: (one: Status['models'][number]) => number): number => models.reduce((all, one) => all + of(one), 0)
  const tenantRows = tenants.map((one) => {
    const { tenant, values, outdated, cmk, state } = one
    const shownState = state ?? ''
    return [
      shown(tenant),
      count(values),
      count(outdated),
      shown(cmk ?? ''),
      isStopped(one) ? red(shownState) : shownState,
    ]
  })
  const more = tenantCount - tenants.length
  const lines = [
    `${bold(shown(app))} on ${database}: ${counted(models.length, 'model')}, ${counted(
      sum(({ fields }) => fields.length),
      'encrypted field',
    )}, ${counted(
      sum(({ indexes }) => indexes.length),
      'index',
      'indexes',
    )}, ${keyTable ? 'a key table' : 'no key table'}`,
    '',
    ...summary(totals).map((line) => (line.isBad ? red(line.text) : line.text)),
    ...(tenantRows.length === 0
      ? []
      : ['', tableOf(['tenant', 'values', 'out of date', 'current CMK', 'state'], tenantRows, [1, 2])]),
    ...(more > 0 ? [`… ${counted(more, 'more tenant')}`] : []),
    ...(jobs.length === 0 ? [] : ['', jobsTable(jobs)]),
  ]
  return `${lines.join('\n')}\n`
}

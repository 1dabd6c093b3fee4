import type { Writable } from 'node:stream'
import { Option } from 'commander'
import type { Finding } from '../../management/doctor/finding.js'
import { counted } from '../../quoting/counted.js'
import { coloursFor } from '../colours.js'
import { configOption } from '../config/config-option.js'
import { withClient } from '../config/with-client.js'
import { EXIT } from '../exit-code.js'
import { paragraphs } from '../paragraphs.js'
import type { AddCommand } from './command.js'

interface Options {
  readonly config?: string
  readonly tenant?: string[]
  readonly json?: true
}

export const doctor: AddCommand = (program, { stdout, cwd, end }) => {
  program
    .command('doctor')
    .summary('look at the database and at KMS for what would go wrong')
    .description(
      paragraphs(
        'Looks whether the database has the columns of the schema, long enough and guarded; and, for each tenant, whether KMS describes its CMKs and generates, unwraps and rewraps a data key with the configured context, and answers for its index key. Changes nothing: nothing is sealed under the keys that it has KMS make.',
        'Ends with 3 where there is a problem; warnings alone do not.',
      ),
    )
    .addOption(configOption())
    .addOption(new Option('--tenant <id...>', 'these tenants; without this option, the `tenants` of the configuration'))
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExample:\n  npx prisma-envelope doctor --tenant acme')
    .action(async ({ config, tenant, json }: Options) => {
      const findings = await withClient(cwd, config, async ({ client, tenants }) =>
        client.$encryption.doctor({ tenants: tenant ?? (await tenants()) ?? [] }),
      )
      stdout.write(json === true ? `${JSON.stringify(findings, null, 2)}\n` : report(stdout, findings))
      if (findings.some(({ outcome }) => outcome === 'problem')) end(EXIT.findings)
    })
}

/** What is in order is counted, what is not is a line with its remedy. */
function report(stdout: Writable, findings: readonly Finding[]): string {
  const { green, yellow, red } = coloursFor(stdout)
  const marks = { ok: green('ok'), warning: yellow('warning'), problem: red('problem') }
  const of = (wanted: Finding['outcome']) => findings.filter(({ outcome }) => outcome === wanted)
  const lines = [...of('problem'), ...of('warning')].map(
    ({ outcome, check, subject, message, code }) =>
      `${marks[outcome]}  ${check} ${subject}: ${message}${code === undefined ? '' : ` (${code})`}`,
  )
  const counts = [
    `${of('ok').length} in order`,
    counted(of('warning').length, 'warning'),
    counted(of('problem').length, 'problem'),
  ]
  return `${[...lines, `${counts.join(', ')}.`].join('\n')}\n`
}

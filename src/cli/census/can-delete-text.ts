import type { Writable } from 'node:stream'
import type { CanDeleteReport, Refers } from '../../operations/index.js'
import { counted } from '../../quoting/counted.js'
import { coloursFor } from '../colours.js'
import { count, shown } from './table.js'

/** How many wrapped keys are listed: `--json` has more. */
const LISTED = 20

/** What a yes does not mean. */
const NOT_LOOKED_AT =
  'Not looked at: backups, replicas, other databases, columns that are not annotated any more, and rows that are written from now on by processes that have another configuration. Disable the key first, and wait (docs/rotation.md): that can be undone.'

/** The answer, for people, and why. */
export function canDeleteText(report: CanDeleteReport, isAsked: boolean, stdout: Writable): string {
  const { green, red } = coloursFor(stdout)
  const { key, canDelete, finished, wrappedKeys, accepted, kmsCalls } = report
  const { least, most } = kmsCalls
  const calls = `${least === most ? '' : `${count(least)} to `}${counted(most, 'call')}`
  if (!isAsked) {
    return lines(
      `${shown(key)}: ${counted(wrappedKeys, 'different wrapped key')}.`,
      ...obstacles(report),
      `To have KMS unwrap each of them under another CMK takes ${calls} of Decrypt. Nothing has been asked yet: --yes asks.`,
    )
  }
  const answer = canDelete ? green('yes') : red('no')
  return lines(
    `${answer}: ${shown(key)}`,
    `KMS has accepted ${count(accepted)} of ${counted(wrappedKeys, 'wrapped key')} under another configured CMK.`,
    ...obstacles(report),
    ...reasons(report),
    ...(finished ? [] : ['Stopped before the end: not all was looked at.']),
    NOT_LOOKED_AT,
  )
}

function obstacles(report: CanDeleteReport): string[] {
  const { currentOf, previousOf, indexKeyOf, unresolved, unreadable, hidden, tenants } = report
  const named =
    tenants.length === 0 ? '' : ` (${tenants.map((tenant) => (tenant === '' ? 'all' : shown(tenant))).join(', ')})`
  const line = (n: number, text: string) => (n === 0 ? [] : [text])
  return [
    ...line(
      currentOf,
      `It is the current CMK of ${counted(currentOf, 'tenant')}${named}: new values are sealed under it.`,
    ),
    ...line(
      indexKeyOf,
      `It is the HMAC key of ${counted(indexKeyOf, 'index or tenant', 'indexes or tenants')}${named}: without it no search finds anything.`,
    ),
    ...line(
      previousOf,
      `It is configured as a previous CMK of ${counted(previousOf, 'tenant')}${named}: take it out there first.`,
    ),
    ...line(
      unreadable,
      `${counted(unreadable, 'value begins like an envelope', 'values begin like envelopes')} and cannot be read: nothing is known of ${unreadable === 1 ? 'its key' : 'their keys'}.`,
    ),
    ...line(
      hidden.length,
      `Rows of ${hidden.map(shown).join(', ')} may be hidden from this database user: row-level security.`,
    ),
    ...Object.entries(unresolved).map(
      ([code, n]) =>
        `Of ${counted(n ?? 0, 'key')} in the configuration KMS does not say which ${n === 1 ? 'it is' : 'they are'}: ${code}.`,
    ),
  ]
}

function reasons({ reasons: found, referring }: CanDeleteReport): string[] {
  const counts = Object.entries(found).map(([reason, n]) => `${counted(n ?? 0, 'wrapped key')}: ${reason}`)
  const more = referring.length > LISTED ? [`  … (--json lists ${count(referring.length)})`] : []
  return [...counts, ...referring.slice(0, LISTED).map(named), ...more]
}

function named({ dataKey, reason, references }: Refers): string {
  const where = references.map(({ model, field, values }) =>
    model === undefined ? 'the key table' : `${model}.${field ?? ''} ${count(values)}`,
  )
  return `  ${dataKey === undefined ? '' : `data key ${dataKey} `}${reason}: ${where.join(', ')}`
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`
}

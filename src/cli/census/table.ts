import type { Writable } from 'node:stream'
import Table from 'cli-table3'
import type { CensusGroup, CensusKeys, CensusReport } from '../../management/census/report.js'
import { counted } from '../../quoting/counted.js'
import { coloursFor } from '../colours.js'

/** How many lines of groups are printed: `--json` has all. */
const LISTED = 40
/** Columns are told apart by two spaces. */
const BARE = {
  chars: Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
      .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
      .map((name) => [name, name === 'middle' ? '  ' : '']),
  ),
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
}

/** The report as a table, for people. */
export function censusText(report: CensusReport, stdout: Writable): string {
  const { dim, yellow, red } = coloursFor(stdout)
  const { groups, keyTable, totals } = report
  const hasKeys = groups.some(({ dataKey }) => dataKey !== undefined)
  const head = [
    'model',
    'field',
    'tenant',
    'values',
    'what',
    'CMK',
    'key material',
    'data keys',
    ...(hasKeys ? ['data key'] : []),
  ]
  const marked = (group: CensusGroup, text: string): string => {
    if (group.state !== 'sealed' || group.key === 'missing' || group.key === 'erased') return red(text)
    return group.current === false ? yellow(text) : text
  }
  const rows = groups
    .slice(0, LISTED)
    .map((group) => [
      group.model,
      group.field,
      tenantText(group),
      count(group.values),
      marked(group, whatText(group)),
      marked(group, cmkText(group)),
      materialText(group),
      group.dataKeys === 0 ? '' : count(group.dataKeys),
      ...(hasKeys ? [group.dataKey ?? ''] : []),
    ])
  const lines = [
    ...(groups.length === 0 ? [] : [tableOf(head, rows, [3, 7])]),
    ...(groups.length > LISTED
      ? [dim(`… ${counted(groups.length - LISTED, 'more line')}: --json, --html or --tenant show them.`)]
      : []),
    ...(keyTable === undefined || keyTable.length === 0 ? [] : ['', keysText(keyTable)]),
    '',
    ...summary(totals).map(({ text, isBad }) => (isBad ? red(text) : text)),
    ...(report.finished ? [] : ['Stopped before the end: what is above is not all.']),
  ]
  return `${lines.join('\n')}\n`
}

const ARE = ['is', 'are'] as const
const HAVE = ['has', 'have'] as const

/** One line for each thing that there is, and first how much. */
export function summary(totals: CensusReport['totals']): { text: string; isBad: boolean }[] {
  const { values, inline, table, plaintext, unreadable, outdated, unresolved, keyless, withoutToken, summedUp } = totals
  const line = (n: number, [one, many]: readonly [string, string], text: string, isBad = false) =>
    n === 0 ? [] : [{ text: `${counted(n, one, many)}${text}`, isBad }]
  return [
    {
      text: `${counted(values, 'value')}: ${counted(inline, 'carries its wrapped key', 'carry their wrapped key')}, ${counted(table, 'has it in the key table', 'have it in the key table')}`,
      isBad: false,
    },
    ...line(
      outdated,
      ARE,
      ' wrapped under another CMK than the current one, or under old key material: `prisma-envelope rewrap`',
    ),
    ...line(plaintext, ARE, ' plaintext', true),
    ...line(
      unreadable,
      ['begins like an envelope', 'begin like envelopes'],
      ' and cannot be read: damaged, cut off, or of a later release',
      true,
    ),
    ...line(keyless, HAVE, ' no data key: it is missing in the key table, or was erased', true),
    ...line(unresolved, ARE, ' under a CMK that is not known here, only its tag is'),
    ...line(
      withoutToken,
      HAVE,
      ' no token in an index column: no search finds such a value. A text of which the normalizers leave nothing has none',
    ),
    ...line(
      summedUp,
      ['small group was', 'small groups were'],
      ' summed up: --max-groups, --tenant and --model tell more of them apart',
    ),
  ]
}

function keysText(keys: readonly CensusKeys[]): string {
  const rows = keys
    .slice(0, LISTED)
    .map((group) => [tenantText(group), count(group.dataKeys), group.state, cmkText(group), materialText(group)])
  return tableOf(['key table', 'data keys', 'state', 'CMK', 'key material'], rows, [1])
}

export function tableOf(head: readonly string[], rows: readonly string[][], numbers: readonly number[]): string {
  const colAligns = head.map((_, i) => (numbers.includes(i) ? ('right' as const) : ('left' as const)))
  const table = new Table({ ...BARE, head: [...head], colAligns })
  table.push(...rows.map((row) => [...row]))
  return table.toString().replaceAll(/[ \t]+$/gm, '')
}

export function tenantText({ tenant, summedUp }: Pick<CensusGroup, 'tenant' | 'summedUp'>): string {
  if (summedUp !== undefined) return `(${counted(summedUp, 'group')})`
  return tenant === undefined ? '-' : shown(tenant)
}

export function whatText({ state, placement, suite, key }: CensusGroup): string {
  if (state !== 'sealed') return state
  const row = key === undefined || key === 'active' ? '' : `, key ${key}`
  return `${suite ?? 'sealed'}, ${placement ?? ''}${row}`
}

/** As the configuration names it; else its ARN, else its tag. */
export function cmkText({
  cmk,
  configured,
  cmkTag,
  current,
}: Pick<CensusGroup, 'cmk' | 'configured' | 'cmkTag' | 'current'>): string {
  if (cmkTag === undefined) return ''
  const name = configured ?? cmk ?? `tag ${cmkTag}`
  return current === false ? `${shown(name)} (not current)` : shown(name)
}

export function materialText({
  keyMaterial,
  keyMaterialTag,
}: Pick<CensusGroup, 'keyMaterial' | 'keyMaterialTag'>): string {
  if (keyMaterial !== undefined) return keyMaterial.slice(0, 8)
  return keyMaterialTag === undefined ? '' : `tag ${keyMaterialTag}`
}

export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** A name from the database on a terminal: without control characters. */
export function shown(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�')
}

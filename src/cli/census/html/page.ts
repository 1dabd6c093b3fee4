import { createHash } from 'node:crypto'
import type { CensusGroup, CensusReport } from '../../../management/census/report.js'
import { counted } from '../../../quoting/counted.js'
import { cmkText, count, materialText, summary, tenantText, whatText } from '../table.js'
import { type Bar, barChart, type Kind } from './bar-chart.js'
import { escaped } from './escape.js'
import { style } from './style.js'

/** In the order in which they stand in a bar. */
const KINDS = {
  current: { className: 'current', name: 'up to date' },
  outdated: { className: 'outdated', name: 'under another CMK or old key material' },
  unknown: { className: 'unknown', name: 'sealed, not known whether up to date' },
  keyless: { className: 'keyless', name: 'without a data key' },
  unreadable: { className: 'unreadable', name: 'unreadable' },
  plaintext: { className: 'plaintext', name: 'plaintext' },
} as const satisfies Record<string, Kind>

/** How many bars a chart has: the largest, and one for the others. */
const MOST_BARS = 25
/** How many groups the table has: `--json` has all. */
const MOST_ROWS = 2_000

/** The report as one page that loads nothing, runs nothing, and can be passed on. */
export function censusPage(report: CensusReport): string {
  const { groups, totals, takenAt, finished } = report
  const hash = createHash('sha256').update(style).digest('base64')
  const named = (group: CensusGroup): string =>
    group.state === 'sealed' ? cmkText({ ...group, current: true }) || '(in no row of the key table)' : '(none)'
  const charts = [
    barChart({
      id: 'fields',
      title: 'Values by field',
      description:
        'One bar for each encrypted field: how many values are up to date, out of date, plaintext or unreadable.',
      bars: bars(groups, ({ model, field }) => `${model}.${field}`),
    }),
    barChart({
      id: 'cmks',
      title: 'Values by CMK',
      description: 'One bar for each CMK that values say they are under.',
      bars: bars(groups, named),
    }),
    ...(groups.some(({ tenant }) => tenant !== undefined)
      ? [
          barChart({
            id: 'tenants',
            title: 'Values by tenant',
            description: 'One bar for each tenant, the largest first.',
            bars: bars(groups, (group) => (group.summedUp === undefined ? tenantText(group) : '(summed up)')),
          }),
        ]
      : []),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Encryption census, ${escaped(takenAt.slice(0, 10))}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Encryption census</h1>
<p class="when">Taken at <time datetime="${escaped(takenAt)}">${escaped(takenAt.slice(0, 16).replace('T', ' '))} UTC</time>${finished ? '' : ', and stopped before its end: this is not all'}</p>
</header>
<main>
${tiles(totals)}
${groups.length === 0 ? '<p>There are no values in encrypted fields.</p>' : charts.join('\n')}
<h2>Groups of values</h2>
${groupTable(groups)}
${keyTable(report)}
</main>
<footer>
<ul>${summary(totals)
    .map(({ text }) => `<li>${escaped(text.replaceAll('`', ''))}</li>`)
    .join('')}</ul>
<p>What is said of CMKs here is what values say of themselves: it does not prove that a CMK may be deleted.</p>
</footer>
</body>
</html>
`
}

function kindOf({ state, key, current }: CensusGroup): Kind {
  if (state !== 'sealed') return KINDS[state]
  if (key === 'missing' || key === 'erased') return KINDS.keyless
  if (current === undefined) return KINDS.unknown
  return current ? KINDS.current : KINDS.outdated
}

/** Bars of groups that have one name, the largest first. */
function bars(groups: readonly CensusGroup[], nameOf: (group: CensusGroup) => string): Bar[] {
  const byName = new Map<string, Map<Kind, number>>()
  for (const group of groups) add(byName, nameOf(group), kindOf(group), group.values)
  const sumOf = (parts: ReadonlyMap<Kind, number>): number => [...parts.values()].reduce((sum, n) => sum + n, 0)
  const all = [...byName].sort(([, a], [, b]) => sumOf(b) - sumOf(a))
  const shown = new Map(all.slice(0, MOST_BARS))
  const others = all.slice(MOST_BARS)
  for (const [, parts] of others)
    for (const [kind, values] of parts) add(shown, counted(others.length, 'other'), kind, values)
  return [...shown].map(([label, parts]) => ({
    label,
    parts: Object.values(KINDS).map((kind) => ({ kind, values: parts.get(kind) ?? 0 })),
  }))
}

function add(into: Map<string, Map<Kind, number>>, name: string, kind: Kind, values: number): void {
  const parts = into.get(name) ?? new Map<Kind, number>()
  into.set(name, parts)
  parts.set(kind, (parts.get(kind) ?? 0) + values)
}

function tiles(totals: CensusReport['totals']): string {
  const tile = (n: number, text: string, isBad = false): string =>
    `<li${isBad && n > 0 ? ' class="bad"' : ''}><b>${count(n)}</b><span>${escaped(text)}</span></li>`
  return `<ul class="tiles">${[
    tile(totals.values, totals.values === 1 ? 'value' : 'values'),
    tile(totals.outdated, 'to be rewrapped'),
    tile(totals.plaintext, 'plaintext', true),
    tile(totals.unreadable, 'unreadable', true),
    tile(totals.keyless, 'without a data key', true),
    tile(totals.withoutToken, 'without a token'),
  ].join('')}</ul>`
}

function groupTable(groups: readonly CensusGroup[]): string {
  const head = ['model', 'field', 'tenant', 'values', 'what', 'CMK', 'key material', 'data keys']
  const rows = groups
    .slice(0, MOST_ROWS)
    .map((group) => [
      group.model,
      group.field,
      tenantText(group),
      count(group.values),
      whatText(group),
      cmkText(group),
      materialText(group),
      group.dataKeys === 0 ? '' : count(group.dataKeys),
    ])
  const more = groups.length - MOST_ROWS
  return `${tableOf('Groups of values', head, rows, [3, 7])}${more > 0 ? `<p>${counted(more, 'more group')}: <code>--json</code> has all.</p>` : ''}`
}

function keyTable({ keyTable: keys }: CensusReport): string {
  if (keys === undefined || keys.length === 0) return ''
  const rows = keys
    .slice(0, MOST_ROWS)
    .map((group) => [tenantText(group), count(group.dataKeys), group.state, cmkText(group), materialText(group)])
  return `<h2>The key table</h2>\n${tableOf('The key table', ['tenant', 'data keys', 'state', 'CMK', 'key material'], rows, [1])}`
}

function tableOf(
  caption: string,
  head: readonly string[],
  rows: readonly string[][],
  numbers: readonly number[],
): string {
  const at = (i: number): string => (numbers.includes(i) ? ' class="n"' : '')
  const heads = head.map((name, i) => `<th scope="col"${at(i)}>${escaped(name)}</th>`)
  const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${at(i)}>${escaped(cell)}</td>`).join('')}</tr>`)
  return `<div class="wide" role="region" aria-label="${escaped(caption)}" tabindex="0"><table><caption>${escaped(caption)}</caption><thead><tr>${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

import type { Writable } from 'node:stream'
import type {
  AttackShares,
  IndexLeakage,
  JointLeakage,
  LeakageClasses,
  LeakageFigures,
  LeakageReport,
} from '../../management/leakage/report.js'
import { counted } from '../../quoting/counted.js'
import { count, shown, tableOf } from '../census/table.js'
import { coloursFor } from '../colours.js'

/** How many tenants of an index are printed: `--json` has more. */
const LISTED = 10

/** The report for people. */
export function leakageText(report: LeakageReport, stdout: Writable): string {
  const { dim, red } = coloursFor(stdout)
  const { indexes, joint } = report
  const tampered = indexes.flatMap(tamperedWith)
  const lines = [
    indexTable(indexes),
    ...(indexes.some(({ tenants }) => tenants.length > LISTED) ? [dim('… --json has more tenants.')] : []),
    ...(joint.length === 0 ? [] : ['', jointTable(joint)]),
    ...(tampered.length === 0 ? [] : ['', ...tampered.map(red)]),
    ...attackLines(report),
    ...(report.finished ? [] : ['', 'Stopped before the end: what is above is not all.']),
  ]
  return `${lines.join('\n')}\n`
}

function indexTable(indexes: readonly IndexLeakage[]): string {
  const head = ['model', 'index', 'tenant', 'rows', 'with token', 'tokens', 'commonest', 'alone', 'below 5']
  const rows = indexes.flatMap((index) => {
    const { model, scope, tenants, otherTenants } = index
    const listed = tenants.slice(0, LISTED)
    const isTold = listed.length > 1 || otherTenants !== undefined
    const line = (tenant: string, figures: LeakageFigures, isFirst: boolean) => [
      isFirst ? model : '',
      isFirst ? index.index : '',
      tenant,
      ...cells(figures),
    ]
    return [
      line(scope === 'global' ? 'all, as one' : nameOf(index, isTold), index, true),
      ...(isTold ? listed.map((one) => line(one.tenant === undefined ? '-' : shown(one.tenant), one, false)) : []),
      ...(otherTenants === undefined ? [] : [line(`(${counted(otherTenants.count, 'other')})`, otherTenants, false)]),
    ]
  })
  const withLengths = [...head, 'lengths', 'alone, by length too']
  return tableOf(withLengths, rows, [3, 4, 5, 6, 7, 8, 9, 10])
}

function nameOf({ tenants: [first] }: IndexLeakage, isTold: boolean): string {
  if (isTold) return '(all)'
  return first?.tenant === undefined ? '-' : shown(first.tenant)
}

function cells({ rows, withToken, byToken, byTokenAndLength, lengths }: LeakageFigures): string[] {
  const share = (of: number): string => percent(of / Math.max(1, withToken))
  return [
    count(rows),
    count(withToken),
    count(byToken.classes),
    share(byToken.largest),
    share(byToken.alone),
    share(byToken.few),
    count(lengths),
    share(byTokenAndLength.alone),
  ]
}

function jointTable(joint: readonly JointLeakage[]): string {
  const head = ['model', 'tokens that stand together', 'rows', 'classes', 'alone', 'below 5', 'alone, by lengths too']
  const rows = joint.map(({ model, indexes, rows: n, byTokens, byTokensAndLengths }) => {
    const share = (of: keyof LeakageClasses, classes: LeakageClasses): string => percent(classes[of] / Math.max(1, n))
    return [
      model,
      indexes.join(', '),
      count(n),
      count(byTokens.classes),
      share('alone', byTokens),
      share('few', byTokens),
      share('alone', byTokensAndLengths),
    ]
  })
  return tableOf(head, rows, [2, 3, 4, 5, 6])
}

/** What is in an index column, or beside it, and should not be. */
function tamperedWith({ model, index, malformed, besideNoEnvelope }: IndexLeakage): string[] {
  const line = (n: number, one: string, many: string, text: string): string[] =>
    n === 0 ? [] : [`${model}.${index}: ${counted(n, one, many)} ${text}`]
  return [
    ...line(malformed, 'row holds', 'rows hold', 'something that is no token: `prisma-envelope verify` names each'),
    ...line(
      besideNoEnvelope,
      'token is',
      'tokens are',
      'beside a value that is no envelope (plaintext, NULL, or damaged): `prisma-envelope verify`',
    ),
  ]
}

function attackLines({ indexes, values }: LeakageReport): string[] {
  const attacked = indexes.filter(({ estimate }) => estimate !== undefined)
  if (attacked.length === 0) return []
  const isSampled = attacked.some(({ sample }) => sample !== undefined)
  const isOfParts = attacked.some(({ kind }) => kind !== 'equality')
  const what = isOfParts ? ['named', 'whole values'] : ['named']
  const head = [
    'index',
    'attack',
    ...what.map((one) => `${one}, estimated`),
    ...(isSampled ? what.map((one) => `${one}, true`) : []),
  ]
  const rows = attacked.flatMap(({ index, estimate, sample }) =>
    (['byRank', 'byLength'] as const).map((attack) => [
      attack === 'byRank' ? index : '',
      attack === 'byRank' ? 'rank of tokens' : 'rank, within each length',
      ...shares(estimate, attack, isOfParts),
      ...(isSampled ? shares(sample, attack, isOfParts) : []),
    ]),
  )
  const sampled = attacked.flatMap(({ index, sample }) =>
    sample === undefined
      ? []
      : [
          `${index}: ${counted(sample.rows, 'row drawn at random was', 'rows drawn at random were')} opened${sample.unopened === 0 ? '' : `, and ${count(sample.unopened)} did not open`}.`,
        ],
  )
  return [
    '',
    tableOf(head, rows, head.map((_, i) => i).slice(2)),
    `Somebody who knows ${knownIn(values ?? {})} would name this share of the rows that have a token.`,
    ...Object.entries(values ?? {}).flatMap(([index, { withoutPart = 0 }]) =>
      withoutPart === 0
        ? []
        : [
            `${index}: ${valuesOf(withoutPart)} of the list ${withoutPart === 1 ? 'does' : 'do'} not have the part that it is of.`,
          ],
    ),
    ...(isSampled
      ? sampled
      : [
          'This is an estimate: it is right if values are as common here as the list says. --sample opens rows to see.',
        ]),
  ]
}

/** What the attacker knows: of an index of a part, fewer values than of the field itself. */
function knownIn(values: NonNullable<LeakageReport['values']>): string {
  const [first, ...others] = Object.entries(values).map(([index, { known }]) => ({ index, known }))
  if (first === undefined || others.every(({ known }) => known === first.known)) {
    const n = first?.known ?? 0
    return `${valuesOf(n)} and how common ${n === 1 ? 'it is' : 'they are'}`
  }
  const told = [first, ...others].map(({ index, known }) => `${index}: ${count(known)}`).join(', ')
  return `the values of the list (different ones, by index: ${told}) and how common they are`
}

function valuesOf(n: number): string {
  return counted(n, 'value')
}

function shares(of: AttackShares | undefined, attack: keyof AttackShares, isOfParts: boolean): string[] {
  const named = of?.[attack]
  return [named?.rows, ...(isOfParts ? [named?.values] : [])].map((one) => (one === undefined ? '' : percent(one)))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

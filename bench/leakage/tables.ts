import { table } from '../report/table.js'
import { type Line, SIZES, type Study } from './study.js'

/** What a study found, as docs/leakage.md has it. */
export function tables({ lines, scopes }: Study): string {
  const sizes = SIZES.map(({ rows }) => count(rows))
  const shipped = lines.filter(({ isRefused }) => isRefused !== true)
  const refused = lines.filter(({ isRefused }) => isRefused === true)
  const head = ['field', 'index', 'lengths', 'attack', 'named', ...sizes]
  return [
    table(head, shipped.map(cells)),
    'Kinds of index that are not offered:',
    table(head, refused.map(cells)),
    'First names of 100,000 people, with an index over the whole value, where each tenant has a key of its own:',
    table(
      ['rows of a tenant', 'padded: rank', 'exact: length'],
      scopes.map(({ rows, padded, exact }) => [
        rows === 100_000 ? `${count(rows)}, or \`scope: global\`` : count(rows),
        percent(padded),
        percent(exact),
      ]),
    ),
  ].join('\n\n')
}

/** How far the command's estimate is from what its attacks really name. */
export function estimates({ lines }: Study): string {
  const compared = lines.filter(({ estimated, shares }) => estimated !== undefined && shares.some((share) => share > 0))
  return table(
    ['field', 'index', 'lengths', 'named', ...SIZES.map(({ rows }) => count(rows))],
    compared.map(({ field, index, lengths, named, shares, estimated }) => [
      ...[field, index, lengths, named],
      ...shares.map((share, i) => `${percent(estimated?.[i] ?? 0)} for ${percent(share)}`),
    ]),
  )
}

function cells({ field, index, lengths, attack, named, shares }: Line): string[] {
  return [field, index, lengths, attack, named, ...shares.map(percent)]
}

function percent(share: number): string {
  return `${share.toFixed(1)} %`
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

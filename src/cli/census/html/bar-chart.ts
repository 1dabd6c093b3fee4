import { count } from '../table.js'
import { escaped } from './escape.js'

/** One kind of values: its colour is that of a class in `style.ts`. */
export interface Kind {
  readonly className: string
  readonly name: string
}

/** A bar: how many values of each kind. */
export interface Bar {
  readonly label: string
  /** All bars have the same kinds, in one order. */
  readonly parts: readonly { readonly kind: Kind; readonly values: number }[]
}

export interface BarChart {
  /** For its element's id: letters. */
  readonly id: string
  readonly title: string
  /** What it shows, in a sentence, for those who do not see it. */
  readonly description: string
  readonly bars: readonly Bar[]
}

/** Units of the drawing, which is as wide as the page. */
const WIDTH = 860
const LABEL = 310
const NUMBER = 100
const ROW = 30
const BAR = 18
const LONGEST_LABEL = 36

/** Bars from left to right, as an SVG without scripts; and the same as a table. */
export function barChart({ id, title, description, bars }: BarChart): string {
  const sums = bars.map(({ parts }) => parts.reduce((sum, { values }) => sum + values, 0))
  const longest = Math.max(1, ...sums)
  const space = WIDTH - LABEL - NUMBER
  const height = bars.length * ROW + 6
  const rows = bars.map((bar, i) => {
    const y = i * ROW + 4
    let x = LABEL
    const parts = bar.parts
      .filter(({ values }) => values > 0)
      .map(({ kind, values }) => {
        // What there is can be seen, however little.
        const width = Math.max(2, (values / longest) * space)
        const rect = `<rect class="${kind.className}" x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${BAR}"><title>${escaped(`${bar.label}: ${count(values)} ${kind.name}`)}</title></rect>`
        x += width
        return rect
      })
    const middle = y + BAR / 2
    const label = `<text class="label" x="${LABEL - 10}" y="${middle}" text-anchor="end">${escaped(cut(bar.label))}<title>${escaped(bar.label)}</title></text>`
    const number = `<text class="number" x="${fixed(x + 8)}" y="${middle}">${count(sums[i] ?? 0)}</text>`
    return `${label}${parts.join('')}${number}`
  })
  return `<figure>
<figcaption id="${id}-title">${escaped(title)}</figcaption>
${legend(bars)}
<div class="wide" role="region" aria-labelledby="${id}-title" tabindex="0">
<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-text" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="xMinYMin meet">
<title>${escaped(title)}</title><desc id="${id}-text">${escaped(description)} The table below has the same figures.</desc>
${rows.join('\n')}
</svg>
</div>
<details><summary>As a table</summary>${asTable(title, bars)}</details>
</figure>`
}

/** The kinds that occur, in their order. */
function kindsOf(bars: readonly Bar[]): Kind[] {
  const found = new Set(bars.flatMap(({ parts }) => parts.filter(({ values }) => values > 0).map(({ kind }) => kind)))
  return (bars[0]?.parts ?? []).map(({ kind }) => kind).filter((kind) => found.has(kind))
}

function legend(bars: readonly Bar[]): string {
  const items = kindsOf(bars).map(({ className, name }) => `<li><i class="${className}"></i>${escaped(name)}</li>`)
  return `<ul class="legend">${items.join('')}</ul>`
}

function asTable(caption: string, bars: readonly Bar[]): string {
  const kinds = kindsOf(bars)
  const head = kinds.map(({ name }) => `<th scope="col" class="n">${escaped(name)}</th>`)
  const rows = bars.map(({ label, parts }) => {
    const cells = kinds.map((kind) => {
      const values = parts.reduce((sum, part) => (part.kind === kind ? sum + part.values : sum), 0)
      return `<td class="n">${count(values)}</td>`
    })
    return `<tr><th scope="row">${escaped(label)}</th>${cells.join('')}</tr>`
  })
  return `<table><caption>${escaped(caption)}</caption><thead><tr><th scope="col"></th>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function cut(label: string): string {
  const characters = [...label]
  return characters.length <= LONGEST_LABEL ? label : `…${characters.slice(1 - LONGEST_LABEL).join('')}`
}

function fixed(n: number): string {
  return n.toFixed(1)
}

import type { OwnerRange } from '../../databases/index.js'
import type { CountRow } from '../census/count-tables.js'
import { expectedNamed, Guesser, type Named, type TokenClass } from './attack.js'
import { type ClassFigures, figuresOf, NO_FIGURES, sumOf } from './figures.js'
import type { LeakageIndex, LeakageTables, LeakageTarget } from './leakage-tables.js'
import type { Guesses } from './value-list.js'

/** What is in an index column, in rows. */
export interface ColumnCounts {
  readonly rows: number
  readonly withToken: number
  /** Those whose index column holds something that is no token. */
  readonly malformed: number
  /** Those with a token beside which there is no envelope. */
  readonly beside: number
}

/** What an index shows of one tenant's rows, or of several tenants'. */
export interface IndexFigures extends ColumnCounts {
  /** By tokens alone. */
  readonly tokens: ClassFigures
  /** By tokens and lengths. */
  readonly lengths: ClassFigures & {
    /** How many different lengths there are. */
    readonly different: number
  }
  /** Rows that the attacks name, where values are known: by rank, and by rank among values of one length. */
  readonly named?: { readonly byRank: Named; readonly byLength: Named }
}

/** An owner as statements call it, and what is in its rows. */
export interface OwnerCounts {
  readonly owner: string
  /** By the target's indexes. */
  readonly counts: readonly ColumnCounts[]
}

export async function ownersOf(
  tables: LeakageTables,
  target: LeakageTarget,
  within: OwnerRange | undefined,
): Promise<OwnerCounts[]> {
  const rows = await tables.counts(target.table, target.indexes, within)
  return rows.map((row) => ({
    owner: row.t ?? '',
    counts: target.indexes.map((_, i) => ({
      rows: Number(row.n),
      withToken: Number(row[`w${i}`] ?? 0),
      malformed: Number(row[`m${i}`] ?? 0),
      beside: Number(row[`u${i}`] ?? 0),
    })),
  }))
}

/** How many rows are asked about at once: their classes are in memory together, and are far fewer but of the smallest tenants. */
const ROWS_AT_ONCE = 200_000

/** Owners in their order, some at a time. */
export function* partsOf(
  owners: readonly OwnerCounts[],
): Generator<{ readonly range: OwnerRange; readonly owners: readonly OwnerCounts[] }> {
  let [part, rows]: [OwnerCounts[], number] = [[], 0]
  for (const [i, one] of owners.entries()) {
    part.push(one)
    rows += one.counts[0]?.rows ?? 0
    const next = owners[i + 1]?.counts[0]?.rows
    if (next !== undefined && rows + next <= ROWS_AT_ONCE) continue
    yield { range: { first: part[0]?.owner ?? '', last: one.owner }, owners: part }
    part = []
    rows = 0
  }
}

/** Classes of one owner's rows: by tokens, and by tokens and length. */
interface OwnerClasses {
  readonly tokens: TokenClass[]
  readonly byLength: Map<number, TokenClass[]>
}

/** What an index shows of each owner's rows; of all of them together, under the name `''`, where they are one crowd. */
export async function* indexFigures(
  tables: LeakageTables,
  target: LeakageTarget,
  index: LeakageIndex,
  owners: readonly OwnerCounts[],
  within: OwnerRange | undefined,
  guesses: Guesses | undefined,
): AsyncGenerator<[owner: string, figures: IndexFigures]> {
  const at = target.indexes.indexOf(index)
  const pooled = index.index.scope === 'global'
  const attack = guesses === undefined ? undefined : attackWith(guesses)
  for (const { range, owners: some } of pooled ? [{ range: within, owners }] : partsOf(owners)) {
    const query = { pooled, within: range }
    const plain = await tables.classes(target.table, [index], { ...query, byLength: false })
    const measured = await tables.classes(target.table, [index], { ...query, byLength: true })
    const classes = new Map<string, OwnerClasses>()
    for (const row of plain) classesOf(classes, row).tokens.push(classIn(row))
    for (const row of measured) {
      const { byLength } = classesOf(classes, row)
      const length = Number(row.l)
      byLength.set(length, [...(byLength.get(length) ?? []), classIn(row)])
    }
    const counted = pooled
      ? [['', sumOfCounts(some.map(({ counts }) => counts[at] ?? NO_COUNTS))] as const]
      : some.map(({ owner, counts }) => [owner, counts[at] ?? NO_COUNTS] as const)
    for (const [owner, counts] of counted) {
      const of = classes.get(owner) ?? { tokens: [], byLength: new Map() }
      yield [owner, { ...counts, ...shownBy(of), ...(attack !== undefined && { named: attack(of) }) }]
    }
  }
}

const NO_COUNTS: ColumnCounts = { rows: 0, withToken: 0, malformed: 0, beside: 0 }

function classesOf(all: Map<string, OwnerClasses>, { t = '' }: CountRow): OwnerClasses {
  const known = all.get(t)
  if (known !== undefined) return known
  const made: OwnerClasses = { tokens: [], byLength: new Map() }
  all.set(t, made)
  return made
}

export function classIn({ c, m }: CountRow): TokenClass {
  return { rows: Number(c), tokens: Number(m) }
}

function shownBy({ tokens, byLength }: OwnerClasses): Pick<IndexFigures, 'tokens' | 'lengths'> {
  const different = [...byLength.keys()].filter((length) => length >= 0).length
  return { tokens: figuresOf(tokens), lengths: { ...figuresOf([...byLength.values()].flat()), different } }
}

/** Both attacks on one owner's rows. */
export function attackWith(guesses: Guesses): (classes: OwnerClasses) => { byRank: Named; byLength: Named } {
  const all = new Guesser(guesses.all)
  const ofLength = new Map<number, Guesser>()
  const guesserOf = (length: number): Guesser => {
    const known = ofLength.get(length)
    if (known !== undefined) return known
    const made = new Guesser(guesses.of(length))
    ofLength.set(length, made)
    return made
  }
  return ({ tokens, byLength }) => {
    const rows = tokens.reduce((sum, one) => sum + one.rows * one.tokens, 0)
    const byRank = expectedNamed(tokens, rows, all)
    const each = [...byLength].map(([length, classes]) => expectedNamed(classes, rows, guesserOf(length)))
    return { byRank, byLength: each.reduce(sumOfNamed, NOTHING_NAMED) }
  }
}

const NOTHING_NAMED: Named = { tokens: 0, wholes: 0 }

function sumOfNamed(a: Named, b: Named): Named {
  return { tokens: a.tokens + b.tokens, wholes: a.wholes + b.wholes }
}

function sumOfCounts(all: readonly ColumnCounts[]): ColumnCounts {
  return all.reduce(
    (a, b) => ({
      rows: a.rows + b.rows,
      withToken: a.withToken + b.withToken,
      malformed: a.malformed + b.malformed,
      beside: a.beside + b.beside,
    }),
    NO_COUNTS,
  )
}

/** What an index shows of several owners' rows. */
export function sumOfFigures(a: IndexFigures, b: IndexFigures): IndexFigures {
  const named = (of: 'byRank' | 'byLength'): Named =>
    sumOfNamed(a.named?.[of] ?? NOTHING_NAMED, b.named?.[of] ?? NOTHING_NAMED)
  const isAttacked = a.named !== undefined || b.named !== undefined
  return {
    ...sumOfCounts([a, b]),
    tokens: sumOf(a.tokens, b.tokens),
    lengths: {
      ...sumOf(a.lengths, b.lengths),
      different: Math.max(a.lengths.different, b.lengths.different),
    },
    ...(isAttacked && { named: { byRank: named('byRank'), byLength: named('byLength') } }),
  }
}

export const NOTHING_SHOWN: IndexFigures = {
  ...NO_COUNTS,
  tokens: NO_FIGURES,
  lengths: { ...NO_FIGURES, different: 0 },
}

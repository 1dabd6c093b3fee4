import { type ClassFigures, figuresOf, NO_FIGURES, sumOf } from './figures.js'
import { classIn, type OwnerCounts, partsOf } from './index-figures.js'
import type { LeakageIndex, LeakageTables, LeakageTarget } from './leakage-tables.js'

/** What the tokens in a row show together. */
export interface JointFigures {
  /** Rows that have a token in one of the columns. */
  readonly rows: number
  readonly tokens: ClassFigures
  /** By all tokens and all lengths. */
  readonly lengths: ClassFigures
}

/** Index columns that stand in the same rows: those of each field that has several, and those of the whole model. */
export function jointIndexes({ indexes }: LeakageTarget): (readonly LeakageIndex[])[] {
  const fields = grouped(indexes)
  const several = [...fields.values()].filter((of) => of.length > 1)
  return fields.size > 1 ? [...several, indexes] : several
}

function grouped(indexes: readonly LeakageIndex[]): Map<string, LeakageIndex[]> {
  const fields = new Map<string, LeakageIndex[]>()
  for (const one of indexes) fields.set(one.field.field, [...(fields.get(one.field.field) ?? []), one])
  return fields
}

/** Owners are told apart, also where an index does not: they are in the row as well. */
export async function jointFigures(
  tables: LeakageTables,
  target: LeakageTarget,
  indexes: readonly LeakageIndex[],
  owners: readonly OwnerCounts[],
): Promise<JointFigures> {
  let figures: JointFigures = { rows: 0, tokens: NO_FIGURES, lengths: NO_FIGURES }
  for (const { range } of partsOf(owners)) {
    const shown = async (byLength: boolean): Promise<{ rows: number; figures: ClassFigures }> => {
      const query = { pooled: false, within: range, byLength }
      const rows = await tables.classes(target.table, indexes, query)
      const byOwner = new Map<string, ReturnType<typeof classIn>[]>()
      for (const row of rows) byOwner.set(row.t ?? '', [...(byOwner.get(row.t ?? '') ?? []), classIn(row)])
      const each = [...byOwner.values()]
      return {
        rows: each.flat().reduce((sum, one) => sum + one.rows * one.tokens, 0),
        figures: each.map(figuresOf).reduce(sumOf, NO_FIGURES),
      }
    }
    const [tokens, lengths] = [await shown(false), await shown(true)]
    figures = {
      rows: figures.rows + tokens.rows,
      tokens: sumOf(figures.tokens, tokens.figures),
      lengths: sumOf(figures.lengths, lengths.figures),
    }
  }
  return figures
}

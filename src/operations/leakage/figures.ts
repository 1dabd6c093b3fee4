import type { TokenClass } from './attack.js'

/** From how many rows on a class hides who is in it, somewhat. */
const SMALL = 5

/** What classes of rows show by their sizes. */
export interface ClassFigures {
  /** How many classes there are: different tokens, alone or with what stands beside them. */
  readonly classes: number
  /** Rows in the largest of them; of several tenants, of each tenant's. */
  readonly largest: number
  /** Rows that are alone in theirs. */
  readonly alone: number
  /** Rows in classes of fewer than five, those that are alone among them. */
  readonly few: number
}

export const NO_FIGURES: ClassFigures = { classes: 0, largest: 0, alone: 0, few: 0 }

export function figuresOf(classes: readonly TokenClass[]): ClassFigures {
  const sum = (of: (one: TokenClass) => number): number => classes.reduce((all, one) => all + of(one), 0)
  return {
    classes: sum(({ tokens }) => tokens),
    largest: classes.reduce((most, { rows }) => Math.max(most, rows), 0),
    alone: sum(({ rows, tokens }) => (rows === 1 ? tokens : 0)),
    few: sum(({ rows, tokens }) => (rows < SMALL ? rows * tokens : 0)),
  }
}

/** Those of several tenants together. */
export function sumOf(a: ClassFigures, b: ClassFigures): ClassFigures {
  return {
    classes: a.classes + b.classes,
    largest: a.largest + b.largest,
    alone: a.alone + b.alone,
    few: a.few + b.few,
  }
}

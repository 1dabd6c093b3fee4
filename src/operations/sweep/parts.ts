import type { PartialRange, RowKey, SweptTable } from '../../databases/index.js'

/** A model whose rows are visited. */
export interface SweepTarget {
  readonly model: string
  readonly table: SweptTable
  /** The names of the fields behind columns. */
  readonly fields: ReadonlyMap<string, string>
  /** Only these rows. Default: all. */
  readonly within?: PartialRange
}

/**
 * Where to begin: what comes before it was visited by an earlier job. It is visited again, at the end, since that may have been
 * long ago, and for another CMK; where nothing is left to be done it takes no more than a look.
 */
export interface SweepPosition {
  readonly model: string
  readonly after: RowKey | undefined
}

/** Rows of one table that are visited one after another. */
export interface Part {
  readonly target: SweepTarget
  readonly within: PartialRange
}

/** From the position to the end, and then from the first row to the position. */
export function partsFrom(targets: readonly SweepTarget[], position: SweepPosition | undefined): Part[] {
  const all = targets.map((target): Part => ({ target, within: target.within ?? { after: undefined } }))
  const at = position === undefined ? -1 : targets.findIndex(({ model }) => model === position.model)
  const target = targets[at]
  const after = position?.after
  if (target === undefined || after?.length !== target.table.key.length)
    return [...all.slice(Math.max(0, at)), ...all.slice(0, Math.max(0, at))]
  return [
    { target, within: { after } },
    ...all.slice(at + 1),
    ...all.slice(0, at),
    { target, within: { after: undefined, last: after } },
  ]
}

import type { CellChange, RowWrite, TokenChange } from '../../databases/index.js'
import type { Plaintext } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import { columnText, textOfEnvelope } from './elements.js'
import { type Finding, findingOf, type OwnedRow } from './examine.js'
import { type PlaintextAt, sealPlaintexts } from './seal-plaintexts.js'
import type { ValueCipher, ValueTarget } from './value-target.js'

/** A column of a row of which some elements are to be sealed. */
export interface CellToSeal {
  /** The position of the row, and of the column in its table. */
  readonly row: number
  readonly column: number
  /** By element; `undefined` stays as it is. */
  readonly plaintexts: readonly (Plaintext | undefined)[]
  /** New index tokens beside it, by the position of the index column. */
  readonly tokens?: ReadonlyMap<number, TokenChange>
}

/**
 * Seals what is to be sealed, and puts it together row by row. A row of which something cannot be sealed is left as it is.
 *
 * @param cipher left out in a dry run: nothing is sealed then, and what would be written is counted only.
 */
export async function sealedWrites(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  cells: readonly CellToSeal[],
  cipher: ValueCipher | undefined,
): Promise<{ readonly writes: RowWrite[]; readonly findings: Finding[] }> {
  const values: PlaintextAt[] = cells.flatMap(({ row, column, plaintexts }) => {
    const [field, tenant] = [target.encrypted[column], rows[row]?.tenant]
    if (field === undefined || tenant === undefined) return []
    return plaintexts.flatMap((plaintext) => (plaintext === undefined ? [] : [{ field, tenant, plaintext }]))
  })
  const sealed = cipher === undefined ? values.map(() => '') : await sealPlaintexts(values, cipher)
  const findings: Finding[] = []
  const failed = new Set<number>()
  const changes: (CellInRow & { row: number })[] = []
  let at = 0
  for (const { row, column, plaintexts, tokens } of cells) {
    const [owned, place] = [rows[row], target.table.columns[column]]
    const before = owned?.row.cells[column]
    if (owned === undefined || place === undefined || before === null || before === undefined) continue
    const texts = plaintexts.map((plaintext, n) => {
      if (plaintext === undefined) return owned.elements[column]?.[n]?.text ?? null
      const envelope = sealed[at++]
      if (envelope instanceof EnvelopeError) return envelope
      return textOfEnvelope(place, envelope ?? '')
    })
    const error = texts.find((text) => text instanceof EnvelopeError)
    if (error !== undefined) {
      failed.add(row)
      findings.push(findingOf(owned.row, place.column, error))
      continue
    }
    const after = columnText(place, texts as (string | null)[])
    changes.push({ row, column, change: { before, after }, tokens })
  }
  return {
    writes: rowWrites(
      target,
      rows,
      changes.filter(({ row }) => !failed.has(row)),
    ),
    findings,
  }
}

interface CellInRow {
  readonly column: number
  readonly change: CellChange
  readonly tokens?: ReadonlyMap<number, TokenChange> | undefined
}

/** One write for each row that has a change. */
export function rowWrites(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  changes: readonly (CellInRow & { readonly row: number })[],
): RowWrite[] {
  const byRow = new Map<number, CellInRow[]>()
  for (const change of changes) {
    const same = byRow.get(change.row)
    if (same === undefined) byRow.set(change.row, [change])
    else same.push(change)
  }
  return [...byRow].flatMap(([at, all]) => {
    const row = rows[at]?.row
    if (row === undefined) return []
    const cells: (CellChange | undefined)[] = target.table.columns.map(() => undefined)
    const tokens: (TokenChange | undefined)[] = target.indexes.map(() => undefined)
    for (const { column, change, tokens: own } of all) {
      cells[column] = change
      for (const [token, to] of own ?? []) tokens[token] = to
    }
    return [{ key: row.key, owner: row.owner, cells, tokens }]
  })
}

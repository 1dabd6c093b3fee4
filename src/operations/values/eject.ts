import type { CellChange } from '../../databases/index.js'
import { beginsSealed } from '../../envelope/index.js'
import { EnvelopeError, EnvelopeQueryError } from '../../errors.js'
import type { SweepVerb } from '../sweep/sweep.js'
import { columnText, elementsOf } from './elements.js'
import { type Finding, findingOf } from './examine.js'
import { rowWrites } from './new-cells.js'
import { type OpenedElement, openRows } from './open-rows.js'
import type { ValueCipher, ValueTarget } from './value-target.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'

/** Opens envelopes, and writes what they hold in their place. Index columns stay as they are. */
export function ejectVerb(options: ValueVerbOptions & { readonly cipher: ValueCipher }): SweepVerb {
  const { cipher } = options
  return valueVerb(options, async (target, rows) => {
    const findings: Finding[] = []
    const changes: { row: number; column: number; change: CellChange }[] = []
    const opened = await openRows(target, rows, cipher)
    opened.forEach((ofRow, row) => {
      ofRow.forEach((cell, column) => {
        const read = rows[row]?.row
        const before = read?.cells[column] ?? null
        if (read === undefined || before === null) return
        try {
          if (cell instanceof EnvelopeError) throw cell
          if (cell.every(({ suite }) => suite === undefined)) return
          changes.push({ row, column, change: { before, after: plainText(target, column, cell) } })
        } catch (error) {
          findings.push(findingOf(read, target.table.columns[column]?.column, error))
        }
      })
    })
    return { writes: rowWrites(target, rows, changes), findings }
  })
}

/** The whole column in plaintext. Throws `ENVELOPE_VALUE_INVALID` for a value that would be taken for an envelope. */
function plainText({ table, encrypted }: ValueTarget, at: number, cell: readonly OpenedElement[]): string {
  const [column, field] = [table.columns[at], encrypted[at]]
  if (column === undefined || field === undefined) throw new Error('there is no such column')
  const texts = cell.map(({ plaintext }) => {
    // What cannot be decoded was never written by this client.
    field.type.decode(typeof plaintext === 'string' ? plaintext : Uint8Array.from(plaintext))
    return typeof plaintext === 'string' ? plaintext : Buffer.from(plaintext).toString('hex')
  })
  const text = columnText(column, texts)
  if (elementsOf(column, text).some(({ stored }) => stored !== undefined && beginsSealed(stored))) {
    throw new EnvelopeQueryError('ENVELOPE_VALUE_INVALID', 'The value begins as an envelope does.', {
      model: field.model,
      field: field.field,
    })
  }
  return text
}

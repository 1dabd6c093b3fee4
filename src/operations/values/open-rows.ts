import { beginsSealed, notAnEnvelope } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { EnvelopeAt, OpenedEach } from '../../leaves/index.js'
import type { OwnedRow } from './examine.js'
import type { ValueCipher, ValueTarget } from './value-target.js'

/** What a column of a row holds: each of its values opened, or the first error. */
export type OpenedCell = readonly OpenedEach[] | EnvelopeError

/** Opens what rows hold: for each row, by the table's columns. */
export async function openRows(
  { encrypted }: Pick<ValueTarget, 'encrypted'>,
  rows: readonly OwnedRow[],
  cipher: Pick<ValueCipher, 'open'>,
): Promise<OpenedCell[][]> {
  const values: EnvelopeAt[] = []
  const cells = rows.map(({ tenant, elements }) =>
    encrypted.map((field, i): number[] | EnvelopeError => {
      const all = elements[i] ?? []
      const at = values.length
      for (const { stored } of all) {
        if (stored === undefined || !beginsSealed(stored)) {
          values.length = at
          return notAnEnvelope()
        }
        values.push({ field, tenant, stored })
      }
      return all.map((_, n) => at + n)
    }),
  )
  const opened = await cipher.open(values)
  return cells.map((ofRow) =>
    ofRow.map((cell) => {
      if (cell instanceof EnvelopeError) return cell
      const all: OpenedEach[] = []
      for (const at of cell) {
        const one = opened[at]
        if (one instanceof EnvelopeError) return one
        if (one === undefined) throw new Error('a value was not opened')
        all.push(one)
      }
      return all
    }),
  )
}

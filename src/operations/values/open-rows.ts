import { beginsSealed, notAnEnvelope, type Plaintext } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { EncryptedField, EnvelopeAt, OpenedEach } from '../../leaves/index.js'
import type { Element } from './elements.js'
import type { OwnedRow } from './examine.js'
import type { ValueCipher, ValueTarget } from './value-target.js'

/** One value of a column, opened; or in plaintext where its field is being taken off encryption. */
export interface OpenedElement extends Partial<OpenedEach> {
  readonly plaintext: Plaintext
}

/** What a column of a row holds: each of its values opened, or the first error. */
export type OpenedCell = readonly OpenedElement[] | EnvelopeError

/** Opens what rows hold: for each row, by the table's columns. */
export async function openRows(
  { encrypted }: Pick<ValueTarget, 'encrypted'>,
  rows: readonly OwnedRow[],
  cipher: Pick<ValueCipher, 'open'>,
): Promise<OpenedCell[][]> {
  const values: EnvelopeAt[] = []
  const cells = rows.map(({ tenant, elements }) =>
    encrypted.map((field, i): (number | OpenedElement)[] | EnvelopeError => {
      const from = values.length
      const all: (number | OpenedElement)[] = []
      for (const element of elements[i] ?? []) {
        const { stored } = element
        if (stored !== undefined && beginsSealed(stored)) {
          all.push(values.length)
          values.push({ field, tenant, stored })
          continue
        }
        const plaintext = field.writesPlain === true ? plaintextIn(field, element) : undefined
        if (plaintext === undefined) {
          values.length = from
          return notAnEnvelope()
        }
        all.push({ plaintext })
      }
      return all
    }),
  )
  const opened = await cipher.open(values)
  return cells.map((ofRow) => ofRow.map((cell) => (cell instanceof EnvelopeError ? cell : inPlaces(cell, opened))))
}

function inPlaces(
  cell: readonly (number | OpenedElement)[],
  opened: readonly (OpenedEach | EnvelopeError)[],
): OpenedCell {
  const all: OpenedElement[] = []
  for (const at of cell) {
    const one = typeof at === 'number' ? opened[at] : at
    if (one instanceof EnvelopeError) return one
    if (one === undefined) throw new Error('a value was not opened')
    all.push(one)
  }
  return all
}

/** What an element in plaintext would hold if it were sealed. `undefined` where it is not of the field's type. */
export function plaintextIn({ type }: EncryptedField, { text, stored }: Element): Plaintext | undefined {
  if (text === null) return undefined
  try {
    // Sealed as it is: a number in a document may have more digits than JavaScript has.
    if (type.column === 'json') return JSON.parse(text) === undefined ? undefined : text
    return stored === undefined ? undefined : type.encode(type.decode(stored))
  } catch {
    return undefined
  }
}

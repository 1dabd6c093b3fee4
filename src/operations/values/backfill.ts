import type { TokenChange } from '../../databases/index.js'
import { beginsSealed, type Plaintext } from '../../envelope/index.js'
import { EnvelopeError, EnvelopeQueryError } from '../../errors.js'
import { type EncryptedField, parseErrorOf } from '../../leaves/index.js'
import type { SweepVerb } from '../sweep/sweep.js'
import type { Element } from './elements.js'
import { type Finding, findingOf, type OwnedRow } from './examine.js'
import { expectedTokens } from './expected-tokens.js'
import { type CellToSeal, sealedWrites } from './new-cells.js'
import { plaintextIn } from './open-rows.js'
import type { ValueCipher, ValueTarget } from './value-target.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'

export interface BackfillOptions extends ValueVerbOptions {
  readonly cipher: ValueCipher
  /** What becomes of a value that begins as an envelope does, and is none. */
  readonly malformed: 'skip' | 'seal'
}

/** Seals what is in plaintext, and fills its index columns. */
export function backfillVerb(options: BackfillOptions): SweepVerb {
  const { cipher, dryRun, malformed } = options
  return valueVerb(options, async (target, rows) => {
    const findings: Finding[] = []
    const cells: CellToSeal[] = []
    rows.forEach(({ row, elements }, at) => {
      target.encrypted.forEach((field, column) => {
        try {
          const plaintexts = (elements[column] ?? []).map((element) => toSeal(field, element, malformed))
          if (plaintexts.some((plaintext) => plaintext !== undefined)) cells.push({ row: at, column, plaintexts })
        } catch (error) {
          findings.push(findingOf(row, target.table.columns[column]?.column, error))
        }
      })
    })
    const indexed = await withTokens(target, rows, cells, cipher)
    const made = await sealedWrites(target, rows, indexed.cells, dryRun === true ? undefined : cipher)
    return { writes: made.writes, findings: [...findings, ...indexed.findings, ...made.findings] }
  })
}

/** The plaintext of a value; `undefined` for an envelope. */
function toSeal(
  field: EncryptedField,
  element: Element,
  malformed: BackfillOptions['malformed'],
): Plaintext | undefined {
  const { stored } = element
  if (stored !== undefined && beginsSealed(stored)) {
    const error = parseErrorOf(stored)
    if (error === undefined) return undefined
    if (malformed === 'skip' || error.code !== 'ENVELOPE_MALFORMED') throw error
  }
  const plaintext = plaintextIn(field, element)
  if (plaintext === undefined) throw invalidValue(field)
  return plaintext
}

/** The cells with the tokens of their values. Where one has an error, its row is left as it is. */
async function withTokens(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  cells: readonly CellToSeal[],
  cipher: ValueCipher,
): Promise<{ readonly cells: CellToSeal[]; readonly findings: Finding[] }> {
  const wanted = cells.flatMap(({ row, column, plaintexts: [plaintext] }, cell) =>
    target.indexes.flatMap((index, token) => {
      const [owned, field] = [rows[row], target.encrypted[column]]
      if (owned === undefined || field === undefined || index.source !== field || plaintext === undefined) return []
      // A copy: sealing wipes bytes.
      const value = field.type.decode(typeof plaintext === 'string' ? plaintext : Uint8Array.from(plaintext))
      return [{ index, tenant: owned.tenant, value, cell, token, row, owned }]
    }),
  )
  const found = await expectedTokens(wanted, cipher)
  const findings: Finding[] = []
  const failed = new Set<number>()
  const changes = new Map<number, Map<number, TokenChange>>()
  wanted.forEach(({ cell, token, row, owned }, n) => {
    const after = found[n] ?? null
    if (after instanceof EnvelopeError) {
      failed.add(row)
      findings.push(findingOf(owned.row, target.table.tokens?.[token], after))
      return
    }
    const before = owned.row.tokens[token] ?? null
    if (before === after) return
    const ofCell = changes.get(cell) ?? new Map<number, TokenChange>()
    changes.set(cell, ofCell.set(token, { before, after }))
  })
  const indexed = cells.map((cell, at): CellToSeal => {
    const tokens = changes.get(at)
    return tokens === undefined ? cell : { ...cell, tokens }
  })
  return { cells: indexed.filter(({ row }) => !failed.has(row)), findings }
}

function invalidValue({ model, field }: EncryptedField): EnvelopeQueryError {
  return new EnvelopeQueryError(
    'ENVELOPE_VALUE_INVALID',
    'The column holds a value that is not of the type of its field.',
    {
      model,
      field,
    },
  )
}

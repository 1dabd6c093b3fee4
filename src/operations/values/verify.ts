import { EnvelopeError } from '../../errors.js'
import type { SweepVerb } from '../sweep/sweep.js'
import { type Finding, findingOf, type OwnedRow } from './examine.js'
import { expectedTokens, type IndexedValue } from './expected-tokens.js'
import { type OpenedCell, openRows } from './open-rows.js'
import type { ValueCipher, ValueTarget } from './value-target.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'

/** Opens every value, and compares every index column with it. Changes nothing. */
export function verifyVerb(options: ValueVerbOptions & { readonly cipher: ValueCipher }): SweepVerb {
  const { cipher } = options
  return valueVerb(options, async (target, rows) => {
    const opened = await openRows(target, rows, cipher)
    const { values, findings } = decodedRows(target, rows, opened)
    return { writes: [], findings: [...findings, ...(await wrongTokens(target, rows, values, cipher))] }
  })
}

/** The values of rows by the table's columns: `null` is NULL, `undefined` what did not open. */
export type Decoded = readonly (readonly unknown[])[]

/** What was opened, as values, and what is wrong with what was not. */
export function decodedRows(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  opened: readonly (readonly OpenedCell[])[],
): { readonly values: Decoded; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const values = rows.map(({ row }, at) =>
    target.encrypted.map(({ type, list }, i) => {
      const cell = opened[at]?.[i]
      try {
        if (cell === undefined || cell instanceof EnvelopeError) throw cell
        const all = cell.map(({ plaintext }) => type.decode(plaintext))
        return list ? all : (all[0] ?? null)
      } catch (error) {
        findings.push(findingOf(row, target.table.columns[i]?.column, error))
        return undefined
      }
    }),
  )
  return { values, findings }
}

/** The values that have index columns, with the position of each. */
export function indexedValues(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  values: Decoded,
): (IndexedValue & { readonly row: number; readonly token: number; readonly column: number })[] {
  return rows.flatMap(({ tenant }, row) =>
    target.indexes.flatMap((index, token) => {
      const column = target.encrypted.indexOf(index.source)
      const value = values[row]?.[column]
      return value === undefined ? [] : [{ index, tenant, value, row, token, column }]
    }),
  )
}

async function wrongTokens(
  target: ValueTarget,
  rows: readonly OwnedRow[],
  values: Decoded,
  cipher: ValueCipher,
): Promise<Finding[]> {
  const indexed = indexedValues(target, rows, values)
  const tokens = await expectedTokens(indexed, cipher)
  return indexed.flatMap(({ row: at, token: i }, n) => {
    const [row, expected] = [rows[at]?.row, tokens[n]]
    if (row === undefined || expected === row.tokens[i]) return []
    const column = target.table.tokens?.[i]
    if (expected instanceof EnvelopeError) return [findingOf(row, column, expected)]
    return [{ row, column, reason: 'ENVELOPE_INDEX_MISMATCH' as const, retryable: false }]
  })
}

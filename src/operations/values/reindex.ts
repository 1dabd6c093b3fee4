import type { TokenChange } from '../../databases/index.js'
import { EnvelopeError } from '../../errors.js'
import type { SweepVerb } from '../sweep/sweep.js'
import { type Finding, findingOf } from './examine.js'
import { expectedTokens } from './expected-tokens.js'
import { rowWrites } from './new-cells.js'
import { openRows } from './open-rows.js'
import type { ValueCipher } from './value-target.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'
import { decodedRows, indexedValues } from './verify.js'

/** Computes index columns from their values, and writes those that are not so. */
export function reindexVerb(options: ValueVerbOptions & { readonly cipher: ValueCipher }): SweepVerb {
  const { cipher } = options
  return valueVerb(options, async (target, rows) => {
    const opened = await openRows(target, rows, cipher)
    const { values, findings } = decodedRows(target, rows, opened)
    const indexed = indexedValues(target, rows, values)
    const tokens = await expectedTokens(indexed, cipher)
    const failures: Finding[] = []
    const changes = indexed.flatMap(({ row, column, token }, n) => {
      const [read, after] = [rows[row]?.row, tokens[n] ?? null]
      if (read === undefined) return []
      if (after instanceof EnvelopeError) {
        failures.push(findingOf(read, target.table.tokens?.[token], after))
        return []
      }
      const before = read.tokens[token] ?? null
      if (before === after) return []
      const change = new Map<number, TokenChange>([[token, { before, after }]])
      // Only beside the value that it was computed from.
      return [{ row, column, change: { before: read.cells[column] ?? null }, tokens: change }]
    })
    return { writes: rowWrites(target, rows, changes), findings: [...findings, ...failures] }
  })
}

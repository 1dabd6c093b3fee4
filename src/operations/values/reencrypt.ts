import { paddedLength, plaintextLength, type Suite } from '../../envelope/index.js'
import { EnvelopeError } from '../../errors.js'
import type { EncryptedField } from '../../leaves/index.js'
import type { SweepVerb } from '../sweep/sweep.js'
import { type Finding, findingOf } from './examine.js'
import { type CellToSeal, sealedWrites } from './new-cells.js'
import { type OpenedElement, openRows } from './open-rows.js'
import type { ValueCipher } from './value-target.js'
import { type ValueVerbOptions, valueVerb } from './value-verb.js'

export interface ReencryptOptions extends ValueVerbOptions {
  readonly cipher: ValueCipher
  /** What new values are sealed with, and where their wrapped keys are kept. */
  readonly suite: Suite
  readonly isInline: boolean
  /** Data keys that were created before this hour are out of date: hours since 1970. */
  readonly sinceHour: number
}

/** Seals values anew that were sealed otherwise than new ones are, padding included, or under a data key that is too old. */
export function reencryptVerb(options: ReencryptOptions): SweepVerb {
  const { cipher, dryRun, suite, isInline, sinceHour } = options
  const isStale = (opened: OpenedElement, field: EncryptedField | undefined): boolean =>
    opened.suite !== suite ||
    opened.isInline !== isInline ||
    (opened.createdHour ?? 0) < sinceHour ||
    !isPadded(opened, field)
  return valueVerb(options, async (target, rows) => {
    const cells: CellToSeal[] = []
    const findings: Finding[] = []
    const opened = await openRows(target, rows, cipher)
    opened.forEach((ofRow, row) => {
      ofRow.forEach((cell, column) => {
        const read = rows[row]?.row
        if (read === undefined) return
        if (cell instanceof EnvelopeError) findings.push(findingOf(read, target.table.columns[column]?.column, cell))
        else {
          const field = target.encrypted[column]
          const plaintexts = cell.map((one) => (isStale(one, field) ? one.plaintext : undefined))
          if (plaintexts.some((one) => one !== undefined)) cells.push({ row, column, plaintexts })
        }
      })
    })
    const made = await sealedWrites(target, rows, cells, dryRun === true ? undefined : cipher)
    return { writes: made.writes, findings: [...findings, ...made.findings] }
  })
}

/** Whether a value was sealed as long as its field says; where it says nothing, every length will do. */
function isPadded({ plaintext, sealedLength }: OpenedElement, field: EncryptedField | undefined): boolean {
  const pad = field?.pad
  return pad === undefined || sealedLength === paddedLength(plaintextLength(plaintext), pad)
}

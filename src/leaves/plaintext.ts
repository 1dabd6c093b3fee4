import { beginsSealed } from '../envelope/index.js'
import { EnvelopeFormatError, located } from '../errors.js'
import { errorPlaceOfRead } from './error-place.js'
import type { EncryptedField, Legacy } from './field.js'
import { valueAt } from './holder.js'
import type { RowFinder } from './leaf.js'
import { leafAt, type OpenColumn, type OpenColumns } from './open-columns.js'

/** Values of one field of one tenant that were read in plaintext although the field is encrypted. */
export interface PlaintextRead {
  readonly field: EncryptedField
  readonly tenant: string
  count: number
}

/**
 * What one call reads in plaintext. The values stay where they are: what a column holds in plaintext is the value itself.
 */
export class PlaintextReads {
  /** Those of fields that are `legacy`; where values are written in plaintext, it is nothing to tell. */
  readonly all: PlaintextRead[] = []

  /**
   * Takes plaintext out of the values to be opened, where a field may have some. Throws `ENVELOPE_NOT_AN_ENVELOPE` where the
   * last day has passed. What begins as an envelope is left, and has to open.
   */
  take(values: OpenColumns, now: number, find?: RowFinder): void {
    for (const column of values.all) {
      if (mayHoldPlaintext(column.field)) this.#takeFrom(column, now, find)
    }
  }

  #takeFrom(column: OpenColumn, now: number, find: RowFinder | undefined): void {
    const { field, tenant } = column
    const kept: number[] = []
    for (let at = 0; at < column.holders.length; at++) {
      const [holder, key] = [column.holders[at], column.keys[at]]
      const stored = holder === undefined || key === undefined ? undefined : valueAt(holder, key)
      if (!isPlaintext(field, stored)) kept.push(at)
      else if (field.legacy !== undefined && now >= field.legacy.ends) {
        throw located(legacyEnded(field.legacy), errorPlaceOfRead(leafAt(column, at), find))
      }
    }
    const count = column.holders.length - kept.length
    if (count === 0) return
    keep(column, kept)
    if (field.legacy !== undefined) this.#note(field, tenant, count)
  }

  #note(field: EncryptedField, tenant: string, count: number): void {
    const known = this.all.find((read) => read.field === field && read.tenant === tenant)
    if (known === undefined) this.all.push({ field, tenant, count })
    else known.count += count
  }
}

export function mayHoldPlaintext({ legacy, writesPlain }: EncryptedField): boolean {
  return legacy !== undefined || writesPlain === true
}

/** Whether what is stored in such a field's column is plaintext: a value of its type that does not begin as an envelope does. */
export function isPlaintext({ type }: EncryptedField, stored: unknown): boolean {
  if (!type.isStored(stored)) return false
  return !((typeof stored === 'string' || stored instanceof Uint8Array) && beginsSealed(stored))
}

function keep({ holders, keys, lists }: OpenColumn, kept: readonly number[]): void {
  for (const list of [holders, keys, lists] as unknown[][]) {
    const values = list.length === 0 ? [] : kept.map((at) => list[at])
    list.length = 0
    for (const value of values) list.push(value)
  }
}

/** Whether plaintext of such a field is read as data at this moment, and so has to be searched as well. */
export function readsPlaintext({ legacy }: EncryptedField, now = Date.now()): boolean {
  return legacy !== undefined && now < legacy.ends
}

function legacyEnded({ until }: Legacy): EnvelopeFormatError {
  return new EnvelopeFormatError(
    'ENVELOPE_NOT_AN_ENVELOPE',
    `An encrypted column contains plaintext, which was read until ${until} (\`legacy: read\`). Run \`prisma-envelope backfill\`; or write a later day in the schema, and generate.`,
  )
}

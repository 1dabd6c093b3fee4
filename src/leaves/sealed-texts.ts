import type { Plaintext } from '../envelope/index.js'
import { type Holder, valueAt } from './holder.js'
import type { SealLeaf } from './leaf.js'
import { leafAt, type OpenColumn } from './open-columns.js'

/** Searching more of them takes longer than opening. */
const MOST = 8

interface SealedText extends Pick<SealLeaf, 'field' | 'tenant'> {
  readonly text: string
  readonly envelope: unknown
}

/**
 * The texts that one call has sealed, with their envelopes: in the call's result, these need not be opened.
 *
 * A stored value counts as one of them only if the whole envelope, the field and the tenant are the same: then it can
 * contain no other text. (A version that binds values to their rows must compare the row too.) Whatever else the database
 * returns is opened, and refused if it does not open. So a write does not verify that its own envelopes open, and does not
 * rewrap them.
 */
export class SealedTexts {
  readonly #texts: SealedText[] = []

  /** @param leaves that have been sealed: their places hold the envelopes. */
  note(leaves: readonly SealLeaf[], plaintexts: readonly Plaintext[]): void {
    for (const [i, { holder, key, field, tenant }] of leaves.entries()) {
      if (this.#texts.length === MOST) return
      const text = plaintexts[i]
      if (!field.type.verbatim || typeof text !== 'string') continue
      this.#texts.push({ field, tenant, text, envelope: valueAt(holder, key) })
    }
  }

  /** Takes the values of a result that hold one of these envelopes out of those to be opened. Returns each with its text. */
  takeFrom(columns: readonly OpenColumn[]): readonly KnownText[] {
    const own: KnownText[] = []
    if (this.#texts.length === 0 || columns.reduce((sum, { holders }) => sum + holders.length, 0) > MOST) return own
    for (const column of columns) {
      for (let at = column.holders.length - 1; at >= 0; at--) {
        const { holder, key } = leafAt(column, at)
        const stored = valueAt(holder, key)
        const same = this.#texts.find(
          ({ envelope, field, tenant }) => envelope === stored && field === column.field && tenant === column.tenant,
        )
        if (same === undefined) continue
        own.push({ holder, key, text: same.text })
        for (const list of [column.holders, column.keys, column.lists]) list.splice(at, 1)
      }
    }
    return own
  }
}

/** A text that is known without being opened, and where it belongs. */
export interface KnownText {
  readonly holder: Holder
  readonly key: string | number
  readonly text: string
}

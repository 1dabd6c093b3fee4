import type { Plaintext } from '../envelope/index.js'
import { valueAt } from './holder.js'
import type { OpenLeaf, SealLeaf } from './leaf.js'

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

  /** The leaves of a result that hold one of these envelopes, each with its text. */
  among(leaves: readonly OpenLeaf[]): ReadonlyMap<OpenLeaf, string> {
    const own = new Map<OpenLeaf, string>()
    if (this.#texts.length === 0 || leaves.length > MOST) return own
    for (const leaf of leaves) {
      const stored = valueAt(leaf.holder, leaf.key)
      const same = this.#texts.find(
        ({ envelope, field, tenant }) => envelope === stored && field === leaf.field && tenant === leaf.tenant,
      )
      if (same !== undefined) own.set(leaf, same.text)
    }
    return own
  }
}

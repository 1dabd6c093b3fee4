import type { Plaintext } from '../envelope/index.js'
import { valueAt } from './holder.js'
import type { OpenLeaf, SealLeaf } from './leaf.js'

/** A search among more takes longer than opening. */
const MOST = 8

interface SealedText extends Pick<SealLeaf, 'field' | 'tenant'> {
  readonly text: string
  readonly envelope: unknown
}

/**
 * The texts that one call has sealed, with their envelopes: what its result holds of them need not be opened.
 *
 * An envelope is taken for one of these only whole, in the same field and for the same tenant: there it can hold no other
 * text. (A version that binds values to their rows has to compare the row, too.) What the database gives back otherwise is
 * opened, or found out, like all else. That an envelope opens is so not tried as it is written, nor is it rewrapped then.
 */
export class SealedTexts {
  readonly #texts: SealedText[] = []

  /** @param leaves that have been sealed: their envelopes stand in their places. */
  note(leaves: readonly SealLeaf[], plaintexts: readonly Plaintext[]): void {
    for (const [i, { holder, key, field, tenant }] of leaves.entries()) {
      if (this.#texts.length === MOST) return
      const text = plaintexts[i]
      if (!field.type.verbatim || typeof text !== 'string') continue
      this.#texts.push({ field, tenant, text, envelope: valueAt(holder, key) })
    }
  }

  /** Those of a result's places that hold one of these envelopes, each with its text. */
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

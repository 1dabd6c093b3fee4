import { fillRandom } from './random.js'

/**
 * Nonces for everything that one call seals under one key, drawn together: drawing one takes nearly as long as a hundred.
 *
 * They are drawn, used and dropped without an await in between: nonces kept for later could be used twice, by two machines
 * that resume from one snapshot.
 */
export class Nonces {
  readonly #bytes: Buffer
  readonly #length: number
  #given = 0

  /** @param length bytes of each. */
  constructor(length: number, count: number) {
    this.#length = length
    this.#bytes = Buffer.allocUnsafe(length * count)
    fillRandom(this.#bytes)
  }

  /** Writes the next one to `bytes` at `at`. None is used twice. */
  next(bytes: Buffer, at: number): void {
    const end = this.#given + this.#length
    if (end > this.#bytes.length) throw new Error('more nonces were requested than were drawn')
    this.#bytes.copy(bytes, at, this.#given, end)
    this.#given = end
  }
}

import { fillRandom } from './random.js'

/**
 * Nonces for all that one call seals under one key, drawn together: a draw takes nearly as long for one as for a hundred.
 *
 * They are drawn, used and dropped without a wait in between: what is kept for later could be used twice, by two machines
 * that go on from one snapshot.
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

  /** Puts the next one into `bytes` at `at`. None is given twice. */
  next(bytes: Buffer, at: number): void {
    const end = this.#given + this.#length
    if (end > this.#bytes.length) throw new Error('more nonces were asked for than were drawn')
    this.#bytes.copy(bytes, at, this.#given, end)
    this.#given = end
  }
}

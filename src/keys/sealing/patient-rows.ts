import { type Clock, type Deadline, deadlineIn, hasPassed } from '../clock.js'
import { closed } from '../gate/closed.js'
import type { KeyRow, KeyRows, NewKeyRow } from '../table/key-rows.js'
import { failureOf, KeyTableFailure } from '../table/key-table-failure.js'
import { KEY_TABLE_PATIENCE, KEY_TABLE_STARTING, KEY_TABLE_STARTING_PATIENCE } from '../timings.js'

/**
 * The key table as sealing uses it. No answer is waited for for long, since a value can be sealed inline instead: rejects with
 * a {@link KeyTableFailure} then, and where the database fails. Nothing is asked and nothing is answered after
 * {@link close}: `ENVELOPE_CLOSED`.
 */
export class PatientRows implements KeyRows {
  /** Until when connections may still have to be made. */
  #starting: Deadline | undefined
  #closed = false

  constructor(
    private readonly rows: KeyRows,
    private readonly clock: Clock,
    /** How long a call may take in all. */
    private readonly timeout: number,
  ) {}

  newest(owner: string, most: number): Promise<KeyRow[]> {
    return this.#ask(() => this.rows.newest(owner, most))
  }

  find(ids: readonly string[]): Promise<KeyRow[]> {
    return this.#ask(() => this.rows.find(ids))
  }

  page(after: string | undefined, owner: string | undefined, most: number): Promise<KeyRow[]> {
    return this.#ask(() => this.rows.page(after, owner, most))
  }

  insert(row: NewKeyRow, reserved: number): Promise<boolean> {
    return this.#ask(() => this.rows.insert(row, reserved))
  }

  reserve(id: string, counts: number, most: number): Promise<boolean> {
    return this.#ask(() => this.rows.reserve(id, counts, most))
  }

  replace(row: KeyRow, next: Pick<NewKeyRow, 'section' | 'wrapTag' | 'cmkArn'>): Promise<boolean> {
    return this.#ask(() => this.rows.replace(row, next))
  }

  close(): void {
    this.#closed = true
  }

  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    this.#assertOpen()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new KeyTableFailure('no answer', true)), this.#patience())
    })
    try {
      const answer = await Promise.race([ask(), late])
      this.#assertOpen()
      return answer
    } catch (error) {
      this.#assertOpen()
      throw failureOf(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** A process that has just begun may wait for its connections. What is left of the call's time is for sealing inline. */
  #patience(): number {
    this.#starting ??= deadlineIn(this.clock, KEY_TABLE_STARTING)
    const most = hasPassed(this.clock, this.#starting) ? KEY_TABLE_PATIENCE : KEY_TABLE_STARTING_PATIENCE
    return Math.min(most, this.timeout / 3)
  }

  #assertOpen(): void {
    if (this.#closed) throw closed()
  }
}

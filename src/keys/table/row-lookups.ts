import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { KeyRow, KeyRows } from './key-rows.js'

/** Ids in one SELECT: below every database's limit of parameters. */
export const IDS_AT_A_TIME = 500
/** How long after a miss a row is looked for once more: a replica may lag behind. */
const SECOND_LOOK = 100
/** For how long a row that was not found is not looked for again. */
const MISS_KEPT = 1_000
const MAX_MISSES = 10_000

/** All ids that one pass asks for, and their rows once the database has answered. */
interface Round {
  readonly ids: Set<string>
  readonly rows: Promise<ReadonlyMap<string, KeyRow>>
  /** Of those that were not found, once somebody waits for one: the others are not kept waiting. */
  again: Promise<ReadonlyMap<string, KeyRow>> | undefined
}

/**
 * Looks up rows of the key table by id: all that are asked for at once in one SELECT. One of these for each client that
 * runs them: what a transaction waits for must not wait for a connection outside it.
 */
export class RowLookups {
  #next: Round | undefined
  /** Made for the first miss: it takes its whole space at once, and there is one for each call inside a transaction. */
  #misses: LRUCache<string, true> | undefined

  constructor(private readonly rows: KeyRows) {}

  /** `undefined` where there is none, at the second look either. */
  async find(id: string): Promise<KeyRow | undefined> {
    if (this.#misses?.has(id) === true) return undefined
    this.#next ??= this.#round()
    const round = this.#next
    round.ids.add(id)
    const rows = await round.rows
    const row = rows.get(id)
    if (row !== undefined) return row
    round.again ??= this.#lookAgain([...round.ids].filter((each) => !rows.has(each)))
    return (await round.again).get(id)
  }

  #round(): Round {
    const ids = new Set<string>()
    const begun = new Promise<void>((resolve) => process.nextTick(resolve))
    const rows = begun.then(() => {
      this.#next = undefined
      return this.#fetch([...ids])
    })
    return { ids, rows, again: undefined }
  }

  async #lookAgain(missing: readonly string[]): Promise<ReadonlyMap<string, KeyRow>> {
    await delay(SECOND_LOOK)
    const found = await this.#fetch(missing)
    const lost = missing.filter((id) => !found.has(id))
    if (lost.length > 0) this.#misses ??= new LRUCache({ max: MAX_MISSES, ttl: MISS_KEPT })
    for (const id of lost) this.#misses?.set(id, true)
    return found
  }

  async #fetch(ids: readonly string[]): Promise<Map<string, KeyRow>> {
    const found = new Map<string, KeyRow>()
    for (let from = 0; from < ids.length; from += IDS_AT_A_TIME) {
      for (const row of await this.rows.find(ids.slice(from, from + IDS_AT_A_TIME))) found.set(row.id, row)
    }
    return found
  }
}

import { LRUCache } from 'lru-cache'
import type { RowRange } from '../../databases/index.js'
import { decodeWrappedKey, encodePrefix, parsePrefix } from '../../envelope/index.js'
import { type DataKeys, ownerOf } from '../../keys/index.js'
import type { KeyRecord } from '../key-table/key-records.js'
import type { CarriedKey, MovedKeys } from '../key-table/moved-keys.js'
import { decideByWholes, MAX_WHOLES } from './alike-wholes.js'
import {
  type Alike,
  type Decider,
  type Decision,
  decideAlike,
  failureOf,
  KEPT,
  type Placement,
  type Stale,
} from './decisions.js'
import type { Throttle } from './pace.js'
import type { Place } from './place.js'
import type { TableRows } from './table-rows.js'
import { type WholePrefixes, wholePrefixes } from './whole-prefixes.js'
import { beginningIn, inLots, withChange } from './wrapping-decisions.js'

export interface MoveOptions {
  readonly app: string
  readonly placement: Placement
  readonly keys: Pick<DataKeys, 'accepts'>
  readonly moved: MovedKeys
  /** Only data keys of this tenant. */
  readonly tenant?: string | undefined
  /** Counts what would be moved, and changes nothing. */
  readonly dryRun: boolean
  readonly kms: Throttle
  readonly signal?: AbortSignal | undefined
}

/** Of data keys that envelopes carry. */
const MAX_CARRIED = 10_000

/**
 * Which envelopes have their wrapped key elsewhere than they are to. The wrapping stays as it is: the key table has the very bytes that an
 * envelope carries.
 */
export function placementDecider(options: MoveOptions): Decider {
  return options.placement === 'table' ? new IntoTable(options) : new OutOfTable(options)
}

/** How envelopes that begin alike change, and the data key that they carry. */
interface Carried extends CarriedKey {
  readonly decision: Stale
}

class IntoTable implements Decider {
  readonly #carried = new LRUCache<string, Carried>({ max: MAX_CARRIED })

  constructor(private readonly options: MoveOptions) {}

  decide: Decider['decide'] = (rows, range, groups) =>
    decideAlike(rows, groups, 'inline', (alike) => this.#answers(rows, range, alike))

  also: Decider['also'] = async (_place, prefix, decision) => {
    const carried = await this.#accepted(prefix)
    if (carried === undefined) return undefined
    const name = beginningIn(prefix)
    const known = this.#carried.get(name)
    const [change = undefined] = carried.decision.changes
    if (known !== undefined && change !== undefined)
      this.#carried.set(name, { ...known, decision: withChange(decision, change) })
    return change
  }

  async #answers(rows: TableRows, range: RowRange, alike: Alike): Promise<ReadonlyMap<string, Decision>> {
    const unknown = [...alike].flatMap(([name, places]) => (this.#carried.has(name) ? [] : places))
    const prefixes = await wholePrefixes(rows, range, unknown, MAX_WHOLES)
    const all = new Map<string, Decision>()
    const carried = new Map<string, Carried>()
    await inLots(
      [...alike].map(([name, places]) => async () => {
        const found = this.#carried.get(name) ?? (await this.#firstAccepted(prefixes, places))
        if ('kind' in found) return void all.set(name, found)
        carried.set(name, found)
        this.#carried.set(name, found)
      }),
    )
    const { moved } = this.options
    const there = await moved.rows([...new Set([...carried.values()].map(({ id }) => id))])
    // Before any value names it there. One after another: two ways of wrapping one data key have one row.
    for (const [name, one] of carried) {
      all.set(name, (await moved.stored(one, there.get(one.id))) ?? one.decision)
    }
    return all
  }

  async #firstAccepted(prefixes: WholePrefixes, places: readonly Place[]): Promise<Carried | Decision> {
    let failure: Decision | undefined
    let carried: Carried | undefined
    const decide = async (found: readonly Buffer[]): Promise<Decision> => {
      let failed: Decision | undefined
      for (const prefix of found) {
        try {
          carried = await this.#accepted(prefix)
          if (carried !== undefined) return carried.decision
        } catch (error) {
          failed ??= failureOf(error)
        }
      }
      return failed ?? KEPT
    }
    try {
      for (const place of places) {
        const decision = await decideByWholes(prefixes, place, decide)
        if (carried !== undefined) return carried
        if (decision.kind === 'failed') failure ??= decision
      }
      return failure ?? KEPT
    } catch (error) {
      return failureOf(error)
    }
  }

  /** The data key in a prefix, unless it is another tenant's. Throws what KMS says of it. */
  async #accepted(prefix: Buffer): Promise<Carried | undefined> {
    const { keys, tenant, dryRun, kms, signal } = this.options
    const { suite, dataKeyId, wrapped } = parsePrefix(prefix)
    if (wrapped === undefined) return undefined
    const wrappedKey = decodeWrappedKey(wrapped.tag, wrapped.section)
    if (tenant !== undefined && wrappedKey.context.tenant !== tenant) return undefined
    const id = dataKeyId.toString('hex')
    const decision: Stale = {
      kind: 'stale',
      changes: [{ cut: prefix, put: encodePrefix(suite, dataKeyId) }],
      isWhole: false,
    }
    if (dryRun) return { id, wrappedKey, cmkArn: '', decision }
    await kms.take(1, signal)
    return { id, wrappedKey, cmkArn: await keys.accepts(id, wrappedKey), decision }
  }
}

class OutOfTable implements Decider {
  constructor(private readonly options: MoveOptions) {}

  decide: Decider['decide'] = (rows, _range, groups) =>
    decideAlike(rows, groups, 'table', (alike) => this.#answers(alike))

  /** All that name a data key in the table begin with the same bytes. */
  also: Decider['also'] = async () => undefined

  async #answers(alike: Alike): Promise<ReadonlyMap<string, Decision>> {
    const heads = [...alike.keys()].map((name) => Buffer.from(name, 'latin1'))
    const ids = new Map(heads.map((head) => [head, parsePrefix(head).dataKeyId.toString('hex')]))
    // Each time: what has been erased since must not be brought back.
    const rows = await this.options.moved.rows([...new Set(ids.values())])
    const all = new Map<string, Decision>()
    await inLots(
      [...ids].map(([head, id]) => async () => {
        all.set(head.toString('latin1'), await this.#decided(head, rows.get(id)))
      }),
    )
    return all
  }

  async #decided(head: Buffer, row: KeyRecord | undefined): Promise<Decision> {
    const { app, tenant, moved } = this.options
    if (row !== undefined && tenant !== undefined && row.owner !== ownerOf(app, tenant)) return KEPT
    const wrappedKey = await moved.wrappedKeyIn(row)
    if ('kind' in wrappedKey) return wrappedKey
    const { suite, dataKeyId } = parsePrefix(head)
    return {
      kind: 'stale',
      changes: [{ cut: head, put: encodePrefix(suite, dataKeyId, wrappedKey) }],
      isWhole: true,
    }
  }
}

import { LRUCache } from 'lru-cache'
import { BEGINNING, type RowRange } from '../../databases/index.js'
import { decodeWrappedKey, encodePrefix, parsePrefix, type WrappedKey } from '../../envelope/index.js'
import type { DataKeys } from '../../keys/index.js'
import { decideByWholes, isOfOne, MAX_WHOLES } from './alike-wholes.js'
import {
  type Alike,
  type Change,
  type Decider,
  type Decision,
  decideAlike,
  type Failure,
  failed,
  failureOf,
  KEPT,
  type Stale,
} from './decisions.js'
import type { Throttle } from './pace.js'
import type { Place } from './place.js'
import type { TableRows } from './table-rows.js'
import { prefixesIn, type WholePrefixes, wholePrefixes } from './whole-prefixes.js'

export interface RewrapSweepOptions {
  readonly keys: Pick<DataKeys, 'needsRewrap' | 'rewrap' | 'rewrapUnproven' | 'prove' | 'accepts'>
  /** Only data keys of this tenant. */
  readonly tenant?: string | undefined
  /** Counts what is out of date, and changes nothing. */
  readonly dryRun?: boolean | undefined
  /**
   * Whether each new wrapped key is unwrapped before it is written. If not, each wrapped key is replaced by what KMS made of it
   * alone, so that one that was planted stays where it was planted.
   */
  readonly proves: boolean
  readonly kms: Throttle
  readonly signal?: AbortSignal | undefined
}

/** Of each kind. */
const MAX_DECISIONS = 10_000
/** Without proof each of them is replaced on its own: so many in one batch. */
const MAX_UNPROVEN = 1_000
/** How many beginnings are decided at once: KMS is asked for each. */
export const AT_ONCE = 8
/** ReEncrypt, and Decrypt of what it returned. */
const CALLS = 2
/** How many wrapped keys of one data key are remembered. */
const MAX_CHANGES = 64

/** What a sweep remembers: for each data key and wrapping, however many rows have it. */
interface Memory {
  /** What is good for all other rows, by what envelopes begin with. */
  readonly decided: LRUCache<string, Stale>
  /** What replaces a whole prefix, where nothing is proved. */
  readonly unproven: LRUCache<string, Buffer>
}

/** Which wrapped keys are out of date, and what KMS makes of them. */
export function wrappingDecider(options: RewrapSweepOptions): Decider {
  const memory: Memory = {
    decided: new LRUCache({ max: MAX_DECISIONS }),
    unproven: new LRUCache({ max: MAX_DECISIONS }),
  }
  return {
    decide: (rows, range, groups) =>
      decideAlike(rows, groups, 'inline', (alike) => answers(options, memory, rows, range, alike)),
    async also(_place, prefix, decision) {
      const [change] = decision.changes
      const { dataKeyId, wrapped } = parsePrefix(prefix)
      if (change === undefined || wrapped === undefined) return undefined
      const wrappedKey = decodeWrappedKey(wrapped.tag, wrapped.section)
      if (options.tenant !== undefined && wrappedKey.context.tenant !== options.tenant) return undefined
      await options.kms.take(1, options.signal)
      await options.keys.accepts(dataKeyId.toString('hex'), wrappedKey)
      const name = beginningIn(prefix)
      const known = memory.decided.get(name)
      const also = { cut: prefix, put: change.put }
      if (known !== undefined) memory.decided.set(name, withChange(known, also))
      return also
    },
  }
}

/** The name of what it was decided by. */
export function beginningIn(prefix: Buffer): string {
  return prefix.toString('latin1', 0, BEGINNING.bytes)
}

/** The same with another wrapped key. The oldest is forgotten where there are very many. */
export function withChange(decision: Stale, change: Change): Stale {
  return { ...decision, changes: [...decision.changes, change].slice(-MAX_CHANGES) }
}

async function answers(
  options: RewrapSweepOptions,
  memory: Memory,
  rows: TableRows,
  range: RowRange,
  alike: Alike,
): Promise<ReadonlyMap<string, Decision>> {
  const most = options.proves ? MAX_WHOLES : MAX_UNPROVEN
  const undecided = [...alike].flatMap(([name, places]) => (memory.decided.has(name) ? [] : places))
  const prefixes = await wholePrefixes(rows, range, undecided, most)
  const all = new Map<string, Decision>()
  const open = [...alike].map(([name, places]) => async () => {
    const decision = memory.decided.get(name) ?? (await decideOnce(options, memory, prefixes, places))
    // Without proof other rows may hold other wrapped keys.
    if (decision.kind === 'stale' && options.proves && options.dryRun !== true) memory.decided.set(name, decision)
    all.set(name, decision)
  })
  await inLots(open)
  return all
}

export async function inLots(open: readonly (() => Promise<void>)[]): Promise<void> {
  for (let from = 0; from < open.length; from += AT_ONCE) {
    await Promise.all(open.slice(from, from + AT_ONCE).map((decide) => decide()))
  }
}

/** By the wrapped keys of one place after another, until one will do: what is in the others may be damaged, or planted. */
async function decideOnce(
  options: RewrapSweepOptions,
  memory: Memory,
  prefixes: WholePrefixes,
  places: readonly Place[],
): Promise<Decision> {
  let failure: Decision | undefined
  const all: Buffer[] = []
  try {
    for (const place of places) {
      if (!options.proves) {
        const found = prefixesIn(place, await prefixes.of(place))
        all.push(...found.filter((prefix) => !all.some((other) => other.equals(prefix))))
        continue
      }
      const decision = await decideByWholes(prefixes, place, (found) => decide(options, memory, found))
      if (decision.kind === 'stale') return decision
      if (decision.kind === 'failed') failure ??= decision
    }
    return options.proves ? (failure ?? KEPT) : await decide(options, memory, all)
  } catch (error) {
    return failureOf(error)
  }
}

/** By wrapped keys that begin alike: of one data key, said to be wrapped under one CMK. */
async function decide(
  options: RewrapSweepOptions,
  { unproven }: Memory,
  prefixes: readonly Buffer[],
): Promise<Decision> {
  let failure: Failure | undefined
  const changes: Change[] = []
  for (const prefix of prefixes) {
    try {
      const { suite, dataKeyId, wrapped } = parsePrefix(prefix)
      if (wrapped === undefined) continue
      const wrappedKey = decodeWrappedKey(wrapped.tag, wrapped.section)
      if (options.tenant !== undefined && wrappedKey.context.tenant !== options.tenant) continue
      if (!(await options.keys.needsRewrap(wrappedKey))) continue
      if (options.dryRun === true) return { kind: 'stale', changes: [], isWhole: true }
      const known = unproven.get(prefix.toString('latin1'))
      if (known !== undefined) {
        changes.push({ cut: prefix, put: known })
        continue
      }
      await options.kms.take(CALLS, options.signal)
      const next = await rewrapped(options, dataKeyId.toString('hex'), wrappedKey)
      if (next === undefined) {
        // KMS is eventually consistent: it may not know the newest key material everywhere yet.
        failure ??= failed('ENVELOPE_KMS_BAD_RESPONSE', true)
        continue
      }
      const change = { cut: prefix, put: encodePrefix(suite, dataKeyId, next) }
      if (options.proves) return { kind: 'stale', changes: [change], isWhole: false }
      unproven.set(prefix.toString('latin1'), change.put)
      changes.push(change)
    } catch (error) {
      failure ??= failureOf(error)
    }
  }
  if (changes.length === 0) return failure ?? KEPT
  return { kind: 'stale', changes, isWhole: true, ...(failure !== undefined && { failure: failure.code }) }
}

async function rewrapped(
  { keys, proves }: RewrapSweepOptions,
  id: string,
  wrappedKey: WrappedKey,
): Promise<WrappedKey | undefined> {
  if (!proves) return keys.rewrapUnproven(wrappedKey)
  try {
    return await keys.rewrap(id, wrappedKey)
  } catch (error) {
    if (!isOfOne(failureOf(error))) throw error
    // Many others of this data key may have failed, after which none is tried any more but one that KMS has unwrapped.
    await keys.accepts(id, wrappedKey)
    await keys.prove(id, wrappedKey)
    return keys.rewrap(id, wrappedKey)
  }
}

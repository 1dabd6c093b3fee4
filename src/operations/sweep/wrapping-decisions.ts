import { LRUCache } from 'lru-cache'
import { BEGINNING, type Beginning, NO_ENVELOPE, type RowRange, type SweptColumn } from '../../databases/index.js'
import { decodeWrappedKey, encodePrefix, ownerLength, parsePrefix, type WrappedKey } from '../../envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from '../../errors.js'
import type { DataKeys } from '../../keys/index.js'
import { bytesOf, textIn } from './envelope-text.js'
import { FATAL } from './fatal.js'
import type { Throttle } from './pace.js'
import type { Place } from './place.js'
import type { BeginningGroup, TableRows } from './table-rows.js'
import { prefixLengthIn, type WholePrefixes, wholePrefixes } from './whole-prefixes.js'

export interface RewrapSweepOptions {
  readonly keys: Pick<DataKeys, 'needsRewrap' | 'rewrap' | 'rewrapUnproven'>
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

/** Where a wrapped key that is out of date is replaced, and by what. */
export interface Change {
  readonly cut: Buffer
  readonly put: Buffer
}

/** What becomes of the values that begin alike. */
export type Decision = (
  | { readonly kind: 'kept' }
  /** In a dry run without changes. */
  | { readonly kind: 'stale'; readonly changes: readonly Change[]; readonly failure?: EnvelopeErrorCode }
  | Failure
) & {
  /** Whether it is good for all other rows. */
  readonly isKept?: boolean
}

interface Failure {
  readonly kind: 'failed'
  readonly code: EnvelopeErrorCode
  readonly retryable: boolean
}

const KEPT: Decision = { kind: 'kept' }
/** Of each kind. */
const MAX_DECISIONS = 10_000
/** How many wrapped keys that begin alike are tried, one of which KMS must unwrap: others may have been planted. */
const MAX_WHOLES = 8
/** How many tenants they may name. */
const MAX_OWNERS = 8
/** Without proof each of them is replaced on its own: so many in one batch. */
const MAX_UNPROVEN = 1_000
/** How many beginnings are decided at once: KMS is asked for each. */
const AT_ONCE = 8
/** ReEncrypt, and Decrypt of what it returned. */
const CALLS = 2

/** What a sweep remembers: for each data key and wrapping, however many rows have it. */
export interface Memory {
  /** By what envelopes begin with. */
  readonly decided: LRUCache<string, Decision>
  /** What replaces a whole prefix, where nothing is proved. */
  readonly unproven: LRUCache<string, Buffer>
}

export function emptyMemory(): Memory {
  return { decided: new LRUCache({ max: MAX_DECISIONS }), unproven: new LRUCache({ max: MAX_DECISIONS }) }
}

export type Decisions = ReadonlyMap<SweptColumn, ReadonlyMap<Beginning, Decision>>

export async function decideAll(
  options: RewrapSweepOptions,
  memory: Memory,
  rows: TableRows,
  range: RowRange,
  groups: readonly BeginningGroup[],
): Promise<Decisions> {
  const decisions = new Map<SweptColumn, Map<Beginning, Decision>>()
  // One data key in several columns is one question.
  const alike = new Map<string, Place[]>()
  for (const [i, column] of rows.table.columns.entries()) {
    const ofColumn = new Map<Beginning, Decision>()
    decisions.set(column, ofColumn)
    for (const beginning of new Set(groups.flatMap(({ beginnings }) => beginnings[i] ?? []))) {
      const name = nameOf(column, beginning)
      if (typeof name !== 'string') ofColumn.set(beginning, name)
      else alike.set(name, [...(alike.get(name) ?? []), { column, beginning }])
    }
  }
  const most = options.proves ? MAX_WHOLES : MAX_UNPROVEN
  const undecided = [...alike].flatMap(([name, places]) => (memory.decided.has(name) ? [] : places))
  const prefixes = await wholePrefixes(rows, range, undecided, most)
  const open = [...alike].map(([name, places]) => async () => {
    const decision = memory.decided.get(name) ?? (await decideOnce(options, memory, prefixes, places))
    if (decision.isKept === true) memory.decided.set(name, decision)
    for (const { column, beginning } of places) decisions.get(column)?.set(beginning, decision)
  })
  for (let from = 0; from < open.length; from += AT_ONCE) {
    await Promise.all(open.slice(from, from + AT_ONCE).map((decide) => decide()))
  }
  return decisions
}

/** The bytes of a beginning that carries a wrapped key, or what becomes of the others. */
function nameOf(column: SweptColumn, beginning: Beginning): string | Decision {
  if (beginning === NO_ENVELOPE) return failed('ENVELOPE_NOT_AN_ENVELOPE')
  try {
    const bytes = bytesOf(column, beginning)
    if (bytes.length >= BEGINNING.bytes) return bytes.toString('latin1')
    return parsePrefix(bytes).wrapped === undefined ? KEPT : failed('ENVELOPE_MALFORMED')
  } catch (error) {
    return failureOf(error)
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
      const decision = await decideProven(options, memory, prefixes, place)
      if (decision.kind === 'stale') return { ...decision, isKept: true }
      if (decision.kind === 'failed') failure ??= decision
    }
    return options.proves ? (failure ?? KEPT) : await decide(options, memory, all)
  } catch (error) {
    return failureOf(error)
  }
}

/**
 * What is up to date by one wrapped key may not be by the next one that begins alike: the tenant comes later in it. So where there are
 * more than were looked at, those are looked at that name another tenant. A data key that was wrapped very often has them all alike.
 */
async function decideProven(
  options: RewrapSweepOptions,
  memory: Memory,
  prefixes: WholePrefixes,
  place: Place,
): Promise<Decision> {
  const owners = new Set<string>()
  for (let tries = 0, wholes = await prefixes.of(place); tries < MAX_OWNERS; tries++) {
    const found = prefixesIn(place, wholes)
    const decision = await decide(options, memory, found)
    if (decision.kind !== 'kept' || wholes.length < MAX_WHOLES) return decision
    for (const prefix of found) owners.add(textIn(place.column, prefix.subarray(0, ownerLengthOf(prefix))))
    wholes = await prefixes.others(place, [...owners])
  }
  return failed('ENVELOPE_UNWRAP_LIMITED')
}

function ownerLengthOf(prefix: Buffer): number {
  const { wrapped } = parsePrefix(prefix)
  return wrapped === undefined ? prefix.length : ownerLength(decodeWrappedKey(wrapped.tag, wrapped.section))
}

function prefixesIn(place: Place, wholes: readonly string[]): Buffer[] {
  const length = prefixLengthIn(place)
  return wholes.flatMap((whole) => prefixIn(place.column, whole, length))
}

/** Nothing for an envelope that was cut off within it: such are told by their length. */
function prefixIn(column: SweptColumn, whole: string, length: number): Buffer[] {
  if (whole.length < (column.form === 'bytes' ? length * 2 : length)) return []
  try {
    return [bytesOf(column, whole)]
  } catch (error) {
    failureOf(error)
    return []
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
      if (options.dryRun === true) return { kind: 'stale', changes: [] }
      const known = unproven.get(prefix.toString('latin1'))
      if (known !== undefined) {
        changes.push({ cut: prefix, put: known })
        continue
      }
      await options.kms.take(CALLS, options.signal)
      const next = await rewrapped(options, dataKeyId.toString('hex'), wrappedKey)
      if (next === undefined) {
        // KMS is eventually consistent: it may not know the newest key material everywhere yet.
        failure ??= { kind: 'failed', code: 'ENVELOPE_KMS_BAD_RESPONSE', retryable: true }
        continue
      }
      const change = { cut: prefix, put: encodePrefix(suite, dataKeyId, next) }
      if (options.proves) return { kind: 'stale', changes: [change] }
      unproven.set(prefix.toString('latin1'), change.put)
      changes.push(change)
    } catch (error) {
      failure ??= failureOf(error)
    }
  }
  if (changes.length > 0) return { kind: 'stale', changes, ...(failure !== undefined && { failure: failure.code }) }
  return failure ?? KEPT
}

function rewrapped(
  { keys, proves }: RewrapSweepOptions,
  id: string,
  wrappedKey: WrappedKey,
): Promise<WrappedKey | undefined> {
  return proves ? keys.rewrap(id, wrappedKey) : keys.rewrapUnproven(wrappedKey)
}

function failed(code: EnvelopeErrorCode): Failure {
  return { kind: 'failed', code, retryable: false }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof EnvelopeError) || FATAL.has(error.code)) throw error
  const retryable = error instanceof EnvelopeKeyError && error.retryable
  return { kind: 'failed', code: error.code, retryable }
}

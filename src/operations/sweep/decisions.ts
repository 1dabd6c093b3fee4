import { BEGINNING, type Beginning, NO_ENVELOPE, type RowRange, type SweptColumn } from '../../databases/index.js'
import { parsePrefix } from '../../envelope/index.js'
import { EnvelopeError, type EnvelopeErrorCode, EnvelopeKeyError } from '../../errors.js'
import { bytesOf } from './envelope-text.js'
import { FATAL } from './fatal.js'
import type { Place } from './place.js'
import type { BeginningGroup, TableRows } from './table-rows.js'

/** What is cut off an envelope, and what is put in its place. */
export interface Change {
  readonly cut: Buffer
  readonly put: Buffer
}

export interface Stale {
  readonly kind: 'stale'
  /** In a dry run none. */
  readonly changes: readonly Change[]
  /** Whether what begins alike is left alone, if its prefix is none of these: else it is looked at what that is. */
  readonly isWhole: boolean
  /** What is wrong with others that begin alike. */
  readonly failure?: EnvelopeErrorCode
}

export interface Failure {
  readonly kind: 'failed'
  readonly code: EnvelopeErrorCode
  readonly retryable: boolean
}

/** What becomes of the values that begin alike. */
export type Decision = { readonly kind: 'kept' } | Stale | Failure

export type Decisions = ReadonlyMap<SweptColumn, ReadonlyMap<Beginning, Decision>>

/** Says which prefixes are replaced in a batch of rows, and by what. */
export interface Decider {
  decide(rows: TableRows, range: RowRange, groups: readonly BeginningGroup[]): Promise<Decisions>
  /**
   * Another wrapped key that begins like one that was decided on: whether it is one of the same data key, so that it is replaced by
   * the same from now on. `undefined` where it is to be left alone. Throws what is wrong with it.
   */
  also(place: Place, prefix: Buffer, decision: Stale): Promise<Change | undefined>
}

export const KEPT: Decision = { kind: 'kept' }

export function failed(code: EnvelopeErrorCode, retryable = false): Failure {
  return { kind: 'failed', code, retryable }
}

/** Throws what ends the job, and what is none of this library's. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof EnvelopeError) || FATAL.has(error.code)) throw error
  return failed(error.code, error instanceof EnvelopeKeyError && error.retryable)
}

/** Where envelopes have their wrapped key. */
export type Placement = 'inline' | 'table'

/** Places by what their envelopes begin with: one data key in several columns is one question. */
export type Alike = ReadonlyMap<string, readonly Place[]>

/**
 * What becomes of each beginning of a batch, in every column.
 *
 * @param placement of the envelopes that are asked about. The others are kept.
 * @param answer by the bytes of beginnings, a character for each.
 */
export async function decideAlike(
  rows: TableRows,
  groups: readonly BeginningGroup[],
  placement: Placement,
  answer: (alike: Alike) => Promise<ReadonlyMap<string, Decision>>,
): Promise<Decisions> {
  const decisions = new Map<SweptColumn, Map<Beginning, Decision>>()
  const alike = new Map<string, Place[]>()
  for (const [i, column] of rows.table.columns.entries()) {
    const ofColumn = new Map<Beginning, Decision>()
    decisions.set(column, ofColumn)
    for (const beginning of new Set(groups.flatMap(({ beginnings }) => beginnings[i] ?? []))) {
      const name = nameOf({ column, beginning }, placement)
      if (typeof name !== 'string') ofColumn.set(beginning, name)
      else alike.set(name, [...(alike.get(name) ?? []), { column, beginning }])
    }
  }
  const answers = await answer(alike)
  for (const [name, places] of alike) {
    for (const { column, beginning } of places) decisions.get(column)?.set(beginning, answers.get(name) ?? KEPT)
  }
  return decisions
}

/** The bytes of a beginning, or what becomes of one that is not asked about. */
function nameOf({ column, beginning }: Place, placement: Placement): string | Decision {
  if (beginning === NO_ENVELOPE) return failed('ENVELOPE_NOT_AN_ENVELOPE')
  try {
    const bytes = bytesOf(column, beginning)
    const isInline = bytes.length >= BEGINNING.bytes
    if (!isInline && parsePrefix(bytes).wrapped !== undefined) return failed('ENVELOPE_MALFORMED')
    return isInline === (placement === 'inline') ? bytes.toString('latin1') : KEPT
  } catch (error) {
    return failureOf(error)
  }
}

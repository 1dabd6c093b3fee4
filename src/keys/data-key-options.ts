import { EnvelopeConfigError } from '../errors.js'
import { type OptionNames, refuseUnknownOptions } from '../options/known-options.js'
import { momentOf } from '../options/moment.js'
import { LONGEST_TIMER } from './clock.js'
import { ROW_CHECKED_LEAST } from './timings.js'

/** Milliseconds, or a number with its unit: `'90s'`, `'10m'`, `'24h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** How long data keys are used, trusted and cached. */
export interface DataKeyOptions {
  /** How long a data key may seal new values. Default: `'24h'`. */
  maxAge?: Duration
  /**
   * How many values one data key may seal. Default: 2^20 inline, where at most 2^32 are allowed (NIST SP 800-38D, 8.3), and
   * 2^28 in the key table, where no more are: each process reserves counts before it uses them. A value counts once for each
   * 64 KiB there.
   */
  maxMessages?: number
  /**
   * Where the wrapped keys of new values are kept: in the `table` that the schema marks with `@encrypted.keys`, or `inline`,
   * in the values themselves. Values of both kinds are always read. Default: `table` where the schema has one.
   */
  store?: 'inline' | 'table'
  /**
   * Data keys that were created before this hour seal no new values: for after a leak. A date, or text in ISO 8601.
   * Default: none.
   */
  notBefore?: Date | string
  /** How many bytes of plaintext one data key may seal. Default: 2^36. */
  maxBytes?: number
  /**
   * How long an unwrapped data key is trusted before KMS is asked again, counted from when it was last asked with
   * success; using the key does not prolong it. After a CMK is disabled, its tenant's data stays readable here for at most this long, or
   * `revalidate + grace` while KMS cannot be reached. Default: `'10m'`.
   */
  revalidate?: Duration
  /**
   * For how much longer a key is used when KMS cannot be asked (throttling, network, 5xx). Never for a CMK that KMS
   * refuses. 0 for not at all. Default: `revalidate`, at most `'5m'`.
   */
  grace?: Duration
  /** How many unwrapped data keys are kept in memory. Default: 10,000. */
  maxCached?: number
  /** How many KMS calls may be in flight at once, over all tenants. Default: 64. */
  maxInFlight?: number
  /**
   * How many KMS calls may be in flight at once for one tenant, so that a slow one leaves room; at most `maxInFlight`.
   * Default: 8, or half of `maxInFlight` where that is less.
   */
  maxInFlightPerTenant?: number
  /**
   * How long a call waits for KMS in all: for the answer of `cmk`, for a place among the KMS calls of this process, and for
   * the requests themselves, which are aborted then. Default: `'15s'`.
   */
  timeout?: Duration
}

/** The options with their defaults: durations and moments in milliseconds. */
export type DataKeyLimits = { readonly [K in keyof Required<Omit<DataKeyOptions, 'store'>>]: number } & {
  readonly store: 'inline' | 'table' | undefined
  /** {@link DataKeyOptions.maxMessages} of a key in the key table. */
  readonly maxTableMessages: number
}

/** How long a process with these options may go on using a data key that was erased: it has looked after its row by then. */
export function erasedWithin({ revalidate, grace }: DataKeyLimits): number {
  return Math.max(revalidate, ROW_CHECKED_LEAST) + grace
}

/** Processes count together in the table, and lose count of what they had reserved when they end. */
const MOST_IN_TABLE = 2 ** 28

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const OPTIONS: OptionNames<DataKeyOptions> = {
  maxAge: true,
  maxMessages: true,
  store: true,
  notBefore: true,
  maxBytes: true,
  revalidate: true,
  grace: true,
  maxCached: true,
  maxInFlight: true,
  maxInFlightPerTenant: true,
  timeout: true,
}

/** The options with their defaults, durations in milliseconds. Throws `ENVELOPE_CONFIG_INVALID`. */
export function dataKeyLimits(options: DataKeyOptions = {}): DataKeyLimits {
  if (typeof options !== 'object' || options === null) {
    throw new EnvelopeConfigError(
      'ENVELOPE_CONFIG_INVALID',
      "dataKeys must be an object, such as { revalidate: '10m' }.",
    )
  }
  const given = snapshot(options)
  const revalidate = duration('revalidate', given.revalidate ?? '10m')
  const maxInFlight = whole('maxInFlight', given.maxInFlight ?? 64, 10_000)
  const grace = duration('grace', given.grace ?? Math.min(revalidate, 5 * UNITS.m), { least: 0 })
  return {
    maxAge: duration('maxAge', given.maxAge ?? '24h'),
    maxMessages: whole('maxMessages', given.maxMessages ?? 2 ** 20, 2 ** 32),
    maxTableMessages: given.maxMessages ?? MOST_IN_TABLE,
    store: storeOf(given.store),
    notBefore: moment('notBefore', given.notBefore),
    maxBytes: whole('maxBytes', given.maxBytes ?? 2 ** 36, Number.MAX_SAFE_INTEGER),
    revalidate,
    grace,
    maxCached: whole('maxCached', given.maxCached ?? 10_000, 2 ** 20),
    maxInFlight,
    maxInFlightPerTenant: whole(
      'maxInFlightPerTenant',
      given.maxInFlightPerTenant ?? Math.min(8, Math.ceil(maxInFlight / 2)),
      maxInFlight,
    ),
    timeout: duration('timeout', given.timeout ?? '15s', { most: LONGEST_TIMER }),
  }
}

/** The options that are given. `null` is not taken for absent: somebody meant something by it. */
function snapshot(options: DataKeyOptions): DataKeyOptions {
  refuseUnknownOptions('dataKeys', options, OPTIONS)
  for (const [name, value] of Object.entries(options)) {
    if (value === null) throw invalid(name, 'is null; leave it out for the default')
  }
  return { ...options }
}

function duration(
  name: string,
  value: Duration,
  { least = Number.MIN_VALUE, most = Number.MAX_SAFE_INTEGER } = {},
): number {
  const milliseconds = typeof value === 'number' ? value : millisecondsIn(String(value))
  if (milliseconds >= least && milliseconds <= most) return milliseconds
  const range = `${least === 0 ? 'from' : 'above'} zero up to ${most}`
  throw invalid(name, `must be milliseconds ${range}, or a number with its unit, such as '10m' or '24h'`)
}

/** NaN where it is no duration. */
function millisecondsIn(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  if (match === null) return Number.NaN
  // The expression admits only the units of the table.
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}

function storeOf(store: DataKeyOptions['store']): DataKeyLimits['store'] {
  if (store === undefined || store === 'inline' || store === 'table') return store
  throw invalid('store', "must be 'inline' or 'table'")
}

/** Milliseconds since 1970; before all data keys where it is not given. */
function moment(name: string, value: Date | string | undefined): number {
  if (value === undefined) return Number.NEGATIVE_INFINITY
  const milliseconds = momentOf(value)
  if (Number.isNaN(milliseconds)) throw invalid(name, "must be a date, or text such as '2026-11-30T12:00Z'")
  return milliseconds
}

/**
 * Throws `ENVELOPE_CONFIG_INVALID` for more messages than a key of the table may seal.
 */
export function assertFitsTable({ maxTableMessages }: DataKeyLimits): void {
  if (maxTableMessages > MOST_IN_TABLE)
    throw invalid('maxMessages', `must be at most ${MOST_IN_TABLE} in the key table`)
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw invalid(name, `must be an integer from 1 to ${most}`)
}

/** The hour of creation of the oldest data key that may still seal, in hours since 1970: only that hour is known of a key. */
export function oldestHour({ maxAge, notBefore }: DataKeyLimits, now: number): number {
  return Math.floor(Math.max(now - Math.max(maxAge, UNITS.h), notBefore) / UNITS.h)
}

function invalid(name: string, why: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `dataKeys.${name} ${why}.`)
}

import { EnvelopeConfigError } from '../errors.js'

/** Milliseconds, or a number with its unit: `'90s'`, `'10m'`, `'24h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** How data keys are used up, trusted and cached. */
export interface DataKeyOptions {
  /** How long a data key may seal new values. Default: `'24h'`. */
  maxAge?: Duration
  /** How many values one data key may seal, at most 2^32 (NIST SP 800-38D, 8.3). Default: 2^20. */
  maxMessages?: number
  /** How many bytes of plaintext one data key may seal. Default: 2^36. */
  maxBytes?: number
  /**
   * How long an unwrapped data key is trusted before KMS is asked again, counted from KMS's last answer; using the key
   * does not prolong it. After a CMK is disabled, its tenant's data stays readable here for at most this long, or
   * `revalidate + grace` while KMS cannot be reached. Default: `'10m'`.
   */
  revalidate?: Duration
  /**
   * For how much longer a key is used when KMS cannot be asked (throttling, network, 5xx). Never for a CMK that KMS
   * refuses. Default: `revalidate`, at most `'5m'`.
   */
  grace?: Duration
  /** How many unwrapped data keys are kept in memory. Default: 10,000. */
  maxCached?: number
  /** How many KMS calls may be in flight at once, over all tenants. Default: 64. */
  maxInFlight?: number
  /** How many KMS calls may be in flight at once for one tenant, so that a slow one leaves room. Default: 8. */
  maxInFlightPerTenant?: number
  /** How long one KMS call may take, its wait for a place included. Default: `'15s'`. */
  timeout?: Duration
}

export type DataKeyLimits = { readonly [K in keyof Required<DataKeyOptions>]: number }

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The options with their defaults, durations in milliseconds. Throws `ENVELOPE_CONFIG_INVALID`. */
export function dataKeyLimits(options: DataKeyOptions = {}): DataKeyLimits {
  const known = new Set(['maxAge', 'maxMessages', 'maxBytes', 'revalidate', 'grace', 'maxCached', 'maxInFlight', 'maxInFlightPerTenant', 'timeout'])
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw invalid(name, `is unknown; there are ${[...known].join(', ')}`)
  }
  const revalidate = duration('revalidate', options.revalidate ?? '10m')
  return {
    maxAge: duration('maxAge', options.maxAge ?? '24h'),
    maxMessages: whole('maxMessages', options.maxMessages ?? 2 ** 20, 2 ** 32),
    maxBytes: whole('maxBytes', options.maxBytes ?? 2 ** 36, Number.MAX_SAFE_INTEGER),
    revalidate,
    grace: options.grace === 0 ? 0 : duration('grace', options.grace ?? Math.min(revalidate, 5 * UNITS.m)),
    maxCached: whole('maxCached', options.maxCached ?? 10_000, 2 ** 24),
    maxInFlight: whole('maxInFlight', options.maxInFlight ?? 64, 10_000),
    maxInFlightPerTenant: whole('maxInFlightPerTenant', options.maxInFlightPerTenant ?? 8, 10_000),
    timeout: duration('timeout', options.timeout ?? '15s'),
  }
}

function duration(name: string, value: Duration): number {
  if (typeof value === 'number') {
    if (Number.isFinite(value) && value > 0) return value
  } else {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(value))
    if (match !== null) {
      // The expression admits only the units of the table.
      const milliseconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
      if (milliseconds > 0) return milliseconds
    }
  }
  throw invalid(name, "takes milliseconds above zero, or a number with its unit such as '10m' or '24h'")
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw invalid(name, `takes a whole number from 1 to ${most}`)
}

function invalid(name: string, why: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `dataKeys.${name} ${why}.`)
}

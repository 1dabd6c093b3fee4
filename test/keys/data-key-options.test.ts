import { describe, expect, it } from 'vitest'
import { EnvelopeConfigError } from '../../src/errors.js'
import { type DataKeyOptions, dataKeyLimits } from '../../src/keys/data-key-options.js'

function messageOf(options: unknown): string {
  try {
    // What a caller in plain JavaScript may hand over.
    dataKeyLimits(options as DataKeyOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(EnvelopeConfigError)
    if (error instanceof EnvelopeConfigError) {
      expect(error.code).toBe('ENVELOPE_CONFIG_INVALID')
      return error.message
    }
  }
  return 'accepted'
}

const NOT_DURATIONS = [
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '10',
  '10 m',
  '-1m',
  '1.m',
  'm',
  '1w',
  '0s',
  null,
  true,
  {},
  [],
  5n,
]
const NOT_COUNTS = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10', null, true, {}, 5n]

describe('the options of data keys', () => {
  it('have defaults', () => {
    expect(dataKeyLimits()).toEqual({
      maxAge: 86_400_000,
      maxMessages: 2 ** 20,
      maxBytes: 2 ** 36,
      revalidate: 600_000,
      grace: 300_000,
      maxCached: 10_000,
      maxInFlight: 64,
      maxInFlightPerTenant: 8,
      timeout: 15_000,
      maxTableMessages: 2 ** 28,
      store: undefined,
      notBefore: Number.NEGATIVE_INFINITY,
    })
    expect(messageOf({ maxAge: undefined, maxMessages: undefined })).toBe('accepted')
  })

  it('take maxMessages for keys of both placements', () => {
    expect(dataKeyLimits({ maxMessages: 5 })).toMatchObject({ maxMessages: 5, maxTableMessages: 5 })
  })

  it('take a date, or text in ISO 8601, as notBefore, and nothing else', () => {
    const moment = Date.UTC(2026, 10, 30, 12)
    for (const notBefore of [new Date(moment), '2026-11-30T12:00Z', '2026-11-30T13:00+01:00']) {
      expect(dataKeyLimits({ notBefore }).notBefore).toBe(moment)
    }
    expect(dataKeyLimits({ notBefore: '2026-11-30' }).notBefore).toBe(Date.UTC(2026, 10, 30))
    // Without an offset it would be another moment on each machine.
    const refused = ['2026-11-30T12:00', '30 Nov 2026', 'yesterday', '', new Date(Number.NaN), 1 as never, {} as never]
    for (const notBefore of refused) {
      expect(messageOf({ notBefore })).toContain('dataKeys.notBefore must be a date')
    }
  })

  it('take inline or table as the store', () => {
    for (const store of ['inline', 'table'] as const) expect(dataKeyLimits({ store }).store).toBe(store)
    expect(messageOf({ store: 'Table' as never })).toContain("dataKeys.store must be 'inline' or 'table'")
  })

  it('accept durations in milliseconds or with a unit', () => {
    const revalidates = ['250ms', '1.5s', '2m', '3h', '1d', 1234] as const
    expect(revalidates.map((revalidate) => dataKeyLimits({ revalidate }).revalidate)).toEqual([
      250, 1_500, 120_000, 10_800_000, 86_400_000, 1_234,
    ])
  })

  for (const name of ['maxAge', 'revalidate', 'timeout', 'grace']) {
    it.each(NOT_DURATIONS.filter((value) => name !== 'grace' || (value !== 0 && value !== '0s')))(
      `refuse ${name}: %o, and say so by name`,
      (value) => {
        expect(messageOf({ [name]: value })).toContain(`dataKeys.${name} `)
      },
    )
  }

  for (const name of ['maxMessages', 'maxBytes', 'maxCached', 'maxInFlight', 'maxInFlightPerTenant']) {
    it.each(NOT_COUNTS)(`refuse ${name}: %o, and say so by name`, (value) => {
      expect(messageOf({ [name]: value })).toContain(`dataKeys.${name} `)
    })
  }

  it('hold the bound of GCM: no key may seal more than 2^32 messages', () => {
    expect(dataKeyLimits({ maxMessages: 2 ** 32 }).maxMessages).toBe(2 ** 32)
    expect(messageOf({ maxMessages: 2 ** 32 + 1 })).toContain('dataKeys.maxMessages')
  })

  it('refuse a duration that no number can hold', () => {
    expect(messageOf({ maxAge: `${'9'.repeat(400)}d` })).toContain('dataKeys.maxAge')
  })

  it('refuse a timeout that no timer can hold, which would fire at once', () => {
    expect(dataKeyLimits({ timeout: 2 ** 31 - 1 }).timeout).toBe(2 ** 31 - 1)
    expect(messageOf({ timeout: '25d' })).toContain('dataKeys.timeout')
  })

  it('refuse an unknown option, and list the valid ones', () => {
    const message = messageOf({ maxage: '1h' })
    expect(message).toContain('dataKeys: unknown option "maxage"')
    expect(message).toContain('maxAge')
    expect(messageOf({ toString: 1 })).toContain('dataKeys: unknown option "toString"')
  })

  it.each([null, '10m', 7])('refuse %o in place of the options', (value) => {
    expect(messageOf(value)).toContain('dataKeys')
  })

  it('give no more grace than revalidate unless asked to, and none when asked for none', () => {
    expect(dataKeyLimits({ revalidate: '1m' }).grace).toBe(60_000)
    expect(dataKeyLimits({ revalidate: '1h' }).grace).toBe(300_000)
    expect(dataKeyLimits({ grace: 0 }).grace).toBe(0)
    expect(dataKeyLimits({ grace: '0s' }).grace).toBe(0)
    expect(dataKeyLimits({ revalidate: '1m', grace: '2m' }).grace).toBe(120_000)
  })

  it('leave room for other tenants where few calls may be in flight', () => {
    const perTenant = (maxInFlight: number) => dataKeyLimits({ maxInFlight }).maxInFlightPerTenant
    expect([1, 2, 4, 16, 64, 1000].map(perTenant)).toEqual([1, 1, 2, 8, 8, 8])
    expect(messageOf({ maxInFlight: 4, maxInFlightPerTenant: 5 })).toContain('dataKeys.maxInFlightPerTenant')
  })
})

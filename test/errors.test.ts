import { inspect, types } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as errors from '../src/errors.js'
import { EnvelopeError, EnvelopeFormatError, EnvelopeKeyError, EnvelopeTenantError, located } from '../src/errors.js'

describe('an error', () => {
  it('has the name of its class, its code, and only the places that are known', () => {
    const error = new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.', { model: 'Patient' })
    expect(error).toMatchObject({
      name: 'EnvelopeFormatError',
      code: 'ENVELOPE_MALFORMED',
      model: 'Patient',
      message: 'It is cut.',
    })
    expect('field' in error || 'tenant' in error).toBe(false)
    expect(error).toBeInstanceOf(EnvelopeError)
    expect(inspect(error)).toMatch(/^EnvelopeFormatError: It is cut\./)
  })

  it('of every class is an EnvelopeError', () => {
    const classes = Object.values(errors).filter(
      (value) => typeof value === 'function' && value.name.startsWith('Envelope') && value !== EnvelopeError,
    )
    expect(classes.length).toBeGreaterThan(5)
    for (const of of classes) expect(of.prototype).toBeInstanceOf(EnvelopeError)
  })

  it('of a key says whether to try again, and keeps its cause', () => {
    const cause = new Error('socket')
    const error = new EnvelopeKeyError(
      'ENVELOPE_KMS_UNAVAILABLE',
      'KMS is away.',
      { retryable: true, tenant: 'acme' },
      { cause },
    )
    expect(error).toMatchObject({ retryable: true, tenant: 'acme', cause })
    expect(new EnvelopeKeyError('ENVELOPE_KMS_DISABLED', 'Disabled.').retryable).toBe(false)
  })
})

describe('located', () => {
  const place = { model: 'Patient', field: 'ssn', tenant: 'acme' }

  it('adds the place, and leads the message with it', () => {
    const error = located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.'), place)
    expect(error).toMatchObject({ ...place, code: 'ENVELOPE_MALFORMED', message: 'Patient.ssn: It is cut.' })
    expect(error.stack).toContain('Patient.ssn: It is cut.')
    expect(error.toString()).toBe('EnvelopeFormatError: Patient.ssn: It is cut.')
  })

  it('keeps class, cause and other properties', () => {
    const cause = new Error('socket')
    const original = new EnvelopeKeyError('ENVELOPE_KMS_THROTTLED', 'Slow down.', { retryable: true }, { cause })
    const error = located(original, place)
    expect(error).toBeInstanceOf(EnvelopeKeyError)
    expect(error).toMatchObject({ retryable: true, name: 'EnvelopeKeyError' })
    expect(error.cause).toBe(cause)
  })

  it('makes a real error, which worker threads and loggers recognize', () => {
    const cause = new TypeError('socket')
    const original = new EnvelopeKeyError('ENVELOPE_KMS_THROTTLED', 'Slow down.', { retryable: true }, { cause })
    const error = located(original, place)
    expect(types.isNativeError(error)).toBe(true)
    const clone = structuredClone(error)
    expect(types.isNativeError(clone)).toBe(true)
    // A class name is no part of a clone: by the specification, an unknown one becomes `Error`.
    expect(clone).toMatchObject({ name: 'Error', message: error.message, stack: error.stack })
    expect(clone.cause).toMatchObject({ name: 'TypeError', message: 'socket' })
  })

  it('shows its stack and its message like the given error, and only properties that it had or was passed', () => {
    const original = new EnvelopeKeyError('ENVELOPE_KMS_THROTTLED', 'Slow down.', { retryable: true })
    const error = located(original, place)
    expect(Object.keys(error).sort()).toEqual([...Object.keys(original), ...Object.keys(place)].sort())
    expect('cause' in error).toBe(false)
    expect(error.stack).toMatch(/^EnvelopeKeyError: Patient\.ssn: Slow down\.\n {4}at /)
  })

  it('leaves the given error unchanged: it may be cached, and thrown for another row', () => {
    const original = new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.')
    located(original, place)
    expect(original.message).toBe('It is cut.')
    expect('model' in original).toBe(false)
    expect(located(original, { model: 'Visit', field: 'reason' }).message).toBe('Visit.reason: It is cut.')
  })

  it('does not overrule a place that is known, nor lead the message twice', () => {
    const known = new EnvelopeTenantError('ENVELOPE_TENANT_MISMATCH', 'Another tenant.', {
      model: 'Visit',
      tenant: 'globex',
    })
    const error = located(known, place)
    expect(error).toMatchObject({ model: 'Visit', field: 'ssn', tenant: 'globex', message: 'Another tenant.' })
    const twice = located(located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.'), place), place)
    expect(twice.message).toBe('Patient.ssn: It is cut.')
  })

  it('says which row, by its path in the result and its key, cut and escaped', () => {
    const told = (path: (string | number)[], key?: Record<string, string | number>) =>
      located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.'), { ...place, path, key })
    const error = told([7, 'visits', 2], { id: 12 })
    expect(error).toMatchObject({ path: [7, 'visits', 2], key: { id: 12 } })
    expect(error.message).toBe('Patient.ssn at [7].visits[2] (id 12): It is cut.')
    expect(told(['visits', 0]).message).toBe('Patient.ssn at visits[0]: It is cut.')
    expect(told([], { a: 1, b: 'x' }).message).toBe('Patient.ssn (a 1, b "x"): It is cut.')
    const hostile = `\u001b[31m"\n\u009b\u202e${'x'.repeat(50_000)}`
    expect(told([], { id: hostile }).message).toBe(
      `Patient.ssn (id "\\u001b[31m\\"\\n\\u{9b}\\u{202e}${'x'.repeat(55)}" (cut from 50009 characters)): It is cut.`,
    )
    expect('path' in located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.'), place)).toBe(false)
  })

  it('shows as errors do, with its place among the properties', () => {
    const shown = inspect(located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'It is cut.'), place))
    expect(shown).toMatch(/^EnvelopeFormatError: Patient\.ssn: It is cut\./)
    expect(shown).toContain("tenant: 'acme'")
    expect(
      JSON.parse(JSON.stringify(located(new EnvelopeFormatError('ENVELOPE_MALFORMED', 'x'), place))),
    ).toMatchObject(place)
  })
})

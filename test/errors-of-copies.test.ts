import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import * as source from '../src/errors.js'
import { toKeyError } from '../src/kms/aws/errors.js'

type Package = typeof import('../src/index.js')
type Class = abstract new (...args: never[]) => source.EnvelopeError

// Both builds of the package, as two libraries of one application may load them.
const commonjs: Package = createRequire(import.meta.url)('../dist/index.cjs')
const esm: Package = await import(new URL('../dist/index.js', import.meta.url).href)
const names = Object.keys(source).filter((name) => /^Envelope\w*Error$/.test(name))

function classOf(copy: object, name: string): Class {
  return Reflect.get(copy, name)
}

describe('an error of one copy of the package', () => {
  it('is loaded from three copies here, with classes of their own', () => {
    expect(names).toHaveLength(9)
    for (const name of names) {
      expect(new Set([source, esm, commonjs].map((copy) => classOf(copy, name))).size, name).toBe(3)
    }
  })

  for (const [from, copy] of Object.entries({ source, esm, commonjs })) {
    it(`(${from}) is an instance of the same class of every other copy, of the base, and of no other class`, () => {
      const error = new copy.EnvelopeTenantError('ENVELOPE_TENANT_REQUIRED', 'Say which tenant.')
      for (const other of [source, esm, commonjs]) {
        const is = names.filter((name) => error instanceof classOf(other, name))
        expect(is).toEqual(['EnvelopeError', 'EnvelopeTenantError'])
      }
    })
  }

  it('keeps its code and whether to try again where another copy handles it', () => {
    const error = new commonjs.EnvelopeKeyError('ENVELOPE_KMS_THROTTLED', 'Slow down.', { retryable: true })
    expect(toKeyError(error, { operation: 'Decrypt', keyId: 'alias/clinic/acme' })).toBe(error)
    const told = source.located(error, { model: 'Patient', field: 'ssn' })
    expect(told).toMatchObject({ retryable: true, message: 'Patient.ssn: Slow down.' })
    expect(told).toBeInstanceOf(esm.EnvelopeKeyError)
    expect(Object.getPrototypeOf(told)).toBe(commonjs.EnvelopeKeyError.prototype)
  })
})

describe('instanceof', () => {
  it('is false for anything that is not an error of this package', () => {
    for (const value of [new Error('x'), {}, null, undefined, 'ENVELOPE_MALFORMED', { code: 'ENVELOPE_MALFORMED' }]) {
      expect(value instanceof source.EnvelopeError).toBe(false)
    }
  })

  it("uses the class itself for an application's own subclass, whose instances are errors of this package", () => {
    class OurError extends source.EnvelopeQueryError {}
    class OtherError extends source.EnvelopeQueryError {}
    const ours = new OurError('ENVELOPE_VALUE_INVALID', 'Not here.')
    expect(ours).toBeInstanceOf(OurError)
    expect(ours).toBeInstanceOf(commonjs.EnvelopeQueryError)
    expect(ours).not.toBeInstanceOf(OtherError)
    expect(new source.EnvelopeQueryError('ENVELOPE_VALUE_INVALID', 'Not here.')).not.toBeInstanceOf(OurError)
    expect(source.located(ours, { model: 'Patient' })).toBeInstanceOf(OurError)
  })
})

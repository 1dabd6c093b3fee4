import { describe, expect, it } from 'vitest'
import { authenticatedBytes, authenticatedData, authenticatedDataOf } from '../../src/envelope/authenticated-data.js'
import { authenticatedHead } from '../../src/envelope/format.js'
import { allSuites, place, prefixFor } from './support/sealed.js'

describe('authenticated data', () => {
  it('is the head and the place, each part behind its length, and an empty row', () => {
    const head = Buffer.from('1101ffffffffffffffffffffffffffffffff', 'hex')
    const ascii = (text: string) =>
      `${Buffer.from([0, text.length]).toString('hex')}${Buffer.from(text).toString('hex')}`
    expect(authenticatedData(head, authenticatedBytes(place)).toString('hex')).toBe(
      `0012${head.toString('hex')}${ascii('t:acme')}${ascii('Patient')}${ascii('email')}${ascii('text')}0000`,
    )
  })

  it.each([
    [
      { tenant: 'ab', model: 'c' },
      { tenant: 'a', model: 'bc' },
    ],
    [
      { model: 'ab', field: 'c' },
      { model: 'a', field: 'bc' },
    ],
    [
      { tenant: '', model: 'x' },
      { tenant: 'x', model: '' },
    ],
  ])('does not confuse %j with %j', (one, other) => {
    expect(authenticatedBytes({ ...place, ...one }).equals(authenticatedBytes({ ...place, ...other }))).toBe(false)
  })

  it('is that of the prefix and the place which are asked for, in whatever order they are', () => {
    const prefixes = allSuites.flatMap((suite) => [prefixFor(suite), prefixFor(suite)])
    const places = ['email', 'phone'].map((field) => authenticatedBytes({ ...place, field }))
    for (let i = 0; i < 60; i++) {
      const prefix = prefixes[(i * i + (i >> 2)) % prefixes.length]
      const at = places[(i >> 1) % places.length]
      if (prefix === undefined || at === undefined) continue
      expect(authenticatedDataOf(prefix, at)).toEqual(authenticatedData(authenticatedHead(prefix.bytes), at))
    }
  })

  it('keeps names apart that only look alike', () => {
    expect(
      authenticatedBytes({ ...place, tenant: 'é' }).equals(authenticatedBytes({ ...place, tenant: 'e\u0301' })),
    ).toBe(false)
    expect(authenticatedBytes({ ...place, tenant: 'Acme' }).equals(authenticatedBytes(place))).toBe(false)
    expect(() => authenticatedBytes({ ...place, tenant: '\ud800' })).toThrow(RangeError)
  })
})

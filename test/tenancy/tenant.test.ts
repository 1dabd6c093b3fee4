import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { EnvelopeTenantError } from '../../src/errors.js'
import { tenantText } from '../../src/tenancy/index.js'
import { refuseFolding, refuseOtherSpelling } from '../../src/tenancy/tenant.js'
import { thenable } from '../promises/thenable.js'

describe('a tenant', () => {
  it.each([
    ['acme', 'acme'],
    [' ', ' '],
    ['Ünïcode 🦷', 'Ünïcode 🦷'],
    // Joined by U+200D, and with a U+200C within a word.
    ['👩‍⚕️ می‌خواهم', '👩‍⚕️ می‌خواهم'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [0, '0'],
    [-7, '-7'],
    [42, '42'],
    [42n, '42'],
    [2n ** 63n, '9223372036854775808'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ])('%s is spelt %s', (tenant, text) => {
    expect(tenantText(tenant)).toBe(text)
  })

  it('is the same as number, BigInt and text, and -0 is 0', () => {
    expect(new Set([7, 7n, '7'].map(tenantText)).size).toBe(1)
    expect(tenantText(-0)).toBe('0')
  })

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', null],
    ['undefined', undefined],
    ['a fraction', 1.5],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a number that is not exact', 2 ** 53],
    ['a boolean', true],
    ['an object', { id: 'acme' }],
    ['a boxed string', new String('acme')],
    ['an array', ['acme']],
    ['a symbol', Symbol('acme')],
    ['a function', () => 'acme'],
    ['more than 255 bytes', 'x'.repeat(256)],
    ['more than 255 bytes in fewer letters', 'é'.repeat(128)],
    ['a lone surrogate', 'acme\ud800'],
    ['text with NUL, by which names are joined', 'acme\0globex'],
    ['text with a line feed', 'acme\nglobex'],
    ['text with a tab', 'acme\t'],
    ['text with an escape code', '\u001b[31macme'],
    ['text with DEL', 'acme\u007f'],
    ['text with a C1 control character', 'acme\u0085'],
    ['text with a line separator', 'acme\u2028'],
    ['text with a paragraph separator', 'acme\u2029'],
  ])('is never %s', (_what, tenant) => {
    expect(() => tenantText(tenant)).toThrow(EnvelopeTenantError)
    expect(() => tenantText(tenant)).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_INVALID' }))
  })
})

describe('a tenant that is still on its way', () => {
  it.each<[string, unknown]>([
    ['a promise', Promise.resolve('acme')],
    ['a promise of another realm', runInNewContext('Promise.resolve("acme")')],
    ['a thenable function', thenable('acme', () => {})],
  ])('is refused as such: %s', (_what, tenant) => {
    expect(() => tenantText(tenant)).toThrow('it is a promise. Await it first')
  })
})

describe('where tenant columns are integers', () => {
  it.each([
    ['Int', '0'],
    ['Int', '7'],
    ['Int', '-7'],
    ['Int', '2147483647'],
    ['Int', '-2147483648'],
    ['BigInt', '9223372036854775807'],
    ['BigInt', '-9223372036854775808'],
  ] as const)('%s %s is a tenant', (type, tenant) => {
    expect(() => refuseOtherSpelling('Account.orgId', type, tenant)).not.toThrow()
  })

  it.each([
    ...['-0', '00', '007', '-07', '+7', ' 7', '7 ', '7.0', '7e0', '0x7', '1_000', '٧', '', '-', 'acme', 'NaN'].map(
      (tenant) => ['Int', tenant] as const,
    ),
    ['Int', '2147483648'],
    ['Int', '-2147483649'],
    ['Int', '9'.repeat(200)],
    ['BigInt', '9223372036854775808'],
    ['BigInt', '-9223372036854775809'],
  ] as const)('%s %j is invalid, and the error says what is valid', (type, tenant) => {
    const refuse = () => refuseOtherSpelling('Account.orgId', type, tenant)
    expect(refuse).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_INVALID' }))
    expect(refuse).toThrow(
      new RegExp(`^Invalid tenant: Account.orgId is of type ${type}, so a tenant must be an integer from -`),
    )
  })
})

describe('where a collation may treat two tenants as equal', () => {
  it.each(['acme', '42', '-7', 'a.b_c:d@e/f+g-h', '018f3a2e-7c1b-7d3e-8f00-0123456789ab'])(
    '%s can be told',
    (tenant) => {
      expect(() => refuseFolding(tenant)).not.toThrow()
    },
  )

  it.each(['ACME', 'acmé', 'acme ', ' acme', 'a b', 'straße', 'a\u0000b', 'ａcme', 'ﬁ', 'a\n'])(
    '%j is refused',
    (tenant) => {
      expect(() => refuseFolding(tenant)).toThrow(expect.objectContaining({ code: 'ENVELOPE_TENANT_INVALID', tenant }))
    },
  )
})

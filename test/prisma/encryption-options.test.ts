import { describe, expect, it } from 'vitest'
import { localKms } from '../../src/kms/local-kms/index.js'
import { checkOptions, type FieldEncryptionOptions } from '../../src/prisma/encryption-options.js'

const kms = { generateDataKey() {}, unwrapDataKey() {}, describeKey() {} } as unknown as FieldEncryptionOptions['kms']
const good: FieldEncryptionOptions = {
  models: { version: 2, provider: 'sqlite', models: {} },
  app: 'clinic',
  kms,
  cmk: 'alias/a',
}

/** Options as somebody without types, or with a typing error, might write them. */
const wrong = (part: object) => ({ ...good, ...part }) as FieldEncryptionOptions

describe('options', () => {
  it.each([
    {},
    { cmk: () => undefined },
    { cmk: { current: 'alias/b', previous: ['alias/a'] } },
    { kms: () => kms },
    { suite: 'aes-256-gcm' },
    { suite: 'xchacha20-poly1305' },
    { tenant: 'acme' },
    { tenant: 7 },
    { tenant: 7n },
    { tenant: () => undefined },
    { requireTenant: true },
    { rewrap: 'off' },
    { onEvent: () => {} },
    { dataKeys: undefined, suite: undefined, tenant: undefined, requireTenant: undefined },
    { app: 'x'.repeat(255) },
  ])('such as %o are accepted', (part) => {
    expect(() => checkOptions(wrong(part))).not.toThrow()
  })

  it.each([
    ['app', { app: undefined }],
    ['app', { app: '' }],
    ['app', { app: 7 }],
    ['app', { app: 'é'.repeat(128) }],
    ['app', { app: 'a\ud800' }],
    ['kms', { kms: undefined }],
    ['kms', { kms: 'aws' }],
    ['kms', { kms: {} }],
    ['kms', { kms: { generateDataKey() {}, describeKey() {} } }],
    ['cmk', { cmk: undefined }],
    ['cmk', { cmk: 7 }],
    ['cmk', { cmk: null }],
    ['suite', { suite: 'aes-128-gcm' }],
    ['suite', { suite: 'toString' }],
    ['suite', { suite: null }],
    ['tenant', { tenant: {} }],
    ['tenant', { tenant: null }],
    ['tenant', { tenant: '' }],
    ['tenant', { tenant: 1.5 }],
    ['requireTenant', { requireTenant: 'yes' }],
    ['rewrap', { rewrap: 'eager' }],
    ['onEvent', { onEvent: 'log' }],
    ['"appp"', { appp: 'clinic' }],
    ['"tenantId"', { tenantId: 'acme' }],
  ])('with a wrong %s are refused by a message that names it: %o', (name, part) => {
    expect(() => checkOptions(wrong(part))).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID', message: expect.stringContaining(name) }),
    )
  })

  it.each([undefined, null, 'clinic', 7])('that are not an object are refused: %o', (options) => {
    expect(() => checkOptions(options as unknown as FieldEncryptionOptions)).toThrow(
      expect.objectContaining({ code: 'ENVELOPE_CONFIG_INVALID' }),
    )
  })
})

describe('a kms option that is not a provider', () => {
  const embedded = localKms()

  it.each<[string, unknown, string]>([
    ['nothing', undefined, "'prisma-envelope/local-kms'"],
    ['the embedded KMS itself', embedded, 'localKms(…).provider'],
    ['a client of the AWS SDK', embedded.client, 'awsKms({ client })'],
  ])('is refused with the sentence that helps: %s', (_, kms, says) => {
    expect(() => checkOptions({ ...good, kms } as never)).toThrow(says)
  })

  it('is refused where it lacks what the indexes need', () => {
    const check = () => checkOptions({ ...good, indexCmk: 'alias/index' })
    expect(check).toThrow('has no method generateMac; indexes (@encrypted.index) are derived with it')
    expect(() => checkOptions({ ...good, indexCmk: 'alias/index', kms: embedded.provider })).not.toThrow()
  })
})

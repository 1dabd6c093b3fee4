import { afterEach, describe, expect, it, vi } from 'vitest'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { rejection } from '../rejection.js'

const encryptionContext = { tenant: 'acme' }

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('keys that are made at their first use', () => {
  it('are of the aliases that create names, and of the kind that is asked for', async () => {
    const local = localKms({ create: 'alias/clinic/*' })
    const { provider } = local
    const { wrapped, plaintext } = await provider.generateDataKey({ keyId: 'alias/clinic/acme', encryptionContext })
    const again = await provider.generateDataKey({ keyId: 'alias/clinic/acme', encryptionContext })
    expect(again.wrapped.cmk).toEqual(wrapped.cmk)
    const opened = await provider.unwrapDataKey({ blob: wrapped.blob, keyId: 'alias/clinic/acme', encryptionContext })
    expect(opened.plaintext).toEqual(plaintext)
    const mac = () => provider.generateMac({ keyId: 'alias/clinic/index', message: Buffer.from('a') })
    expect(await mac()).toEqual(await mac())
    local.close()
  })

  it.each(['alias/other/acme', 'alias/clinic', 'alias/clinic/a.b', '1234abcd-12ab-34cd-56ef-1234567890ab'])(
    'are none for %s',
    async (keyId) => {
      const { provider } = localKms({ create: ['alias/clinic/*', 'alias/one'] })
      const error = await rejection(provider.generateDataKey({ keyId, encryptionContext }))
      expect(error).toMatchObject({ code: 'ENVELOPE_KMS_NOT_FOUND' })
    },
  )

  it('are none without the option, nor to open what another key has wrapped', async () => {
    const plain = localKms()
    const call = plain.provider.generateDataKey({ keyId: 'alias/clinic/acme', encryptionContext })
    expect(await rejection(call)).toMatchObject({ code: 'ENVELOPE_KMS_NOT_FOUND' })
    const { wrapped } = await localKms({ create: 'alias/*' }).provider.generateDataKey({
      keyId: 'alias/clinic/acme',
      encryptionContext,
    })
    const other = localKms({ create: 'alias/*' })
    const opening = other.provider.unwrapDataKey({ blob: wrapped.blob, keyId: 'alias/clinic/acme', encryptionContext })
    expect(await rejection(opening)).toMatchObject({ code: 'ENVELOPE_KMS_NOT_FOUND' })
  })

  it.each(['clinic/*', 'alias/aws/*', 'alias/a b', 7])('are refused as %s', (create) => {
    expect(() => localKms({ create: create as string })).toThrow('names of aliases')
  })
})

describe('a key file other than the one that the data was written with', () => {
  it('is said to be another, by key ARN and by alias', async () => {
    const { wrapped } = await localKms({ create: 'alias/*' }).provider.generateDataKey({
      keyId: 'alias/acme',
      encryptionContext,
    })
    const other = localKms()
    await other.ensureKey({ alias: 'alias/acme' })
    for (const keyId of ['alias/acme', wrapped.cmk.arn]) {
      const error = await rejection(other.provider.unwrapDataKey({ blob: wrapped.blob, keyId, encryptionContext }))
      expect(String(error)).toContain('a different key file than the one that this data was written with')
    }
  })
})

describe('in production', () => {
  it('the embedded KMS runs only where that is said', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => localKms()).toThrow('allowProduction: true')
    expect(() => localKms({ allowProduction: true })).not.toThrow()
  })
})

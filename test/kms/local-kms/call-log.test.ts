import { DisableKeyCommand, EncryptCommand, ListKeysCommand, ReEncryptCommand } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { rejection } from '../rejection.js'

const context = { app: 'clinic', tenant: 'acme' }

describe('the call log', () => {
  it('records what CloudTrail would', async () => {
    const local = localKms({ now: () => Date.UTC(2026, 0, 1) })
    const { arn } = await local.createKey({ alias: 'alias/acme' })
    const { wrapped } = await local.provider.generateDataKey({ keyId: 'alias/acme', encryptionContext: context })
    expect(local.calls.entries.map((entry) => entry.eventName)).toEqual(['CreateKey', 'CreateAlias', 'GenerateDataKey'])
    expect(local.calls.entries.at(-1)).toEqual({
      eventTime: '2026-01-01T00:00:00.000Z',
      eventName: 'GenerateDataKey',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      keyArn: arn,
      keyMaterialId: wrapped.cmk.keyMaterialId,
      encryptionContext: context,
    })
  })

  it('records both keys of a ReEncrypt', async () => {
    const local = localKms()
    const [from, to] = [await local.createKey(), await local.createKey()]
    const { CiphertextBlob } = await local.client.send(
      new EncryptCommand({ KeyId: from.arn, Plaintext: Buffer.from('x') }),
    )
    await local.client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to.arn }))
    expect(local.calls.entries.at(-1)).toMatchObject({ keyArn: to.arn, sourceKeyArn: from.arn })
  })

  it('records refused calls with their error and the key that they named', async () => {
    const local = localKms()
    const { arn } = await local.createKey({ alias: 'alias/acme' })
    await local.client.send(new DisableKeyCommand({ KeyId: arn }))
    await rejection(local.provider.generateDataKey({ keyId: 'alias/acme', encryptionContext: context }))
    expect(local.calls.entries.at(-1)).toMatchObject({
      eventName: 'GenerateDataKey',
      keyArn: arn,
      encryptionContext: context,
      errorCode: 'DisabledException',
    })
  })

  it('names the same request as the error that the SDK throws', async () => {
    const local = localKms()
    const error = await rejection(local.provider.describeKey({ keyId: 'alias/nobody' }))
    const entry = local.calls.entries.at(-1)
    expect(entry?.errorCode).toBe('NotFoundException')
    expect(error.message).toContain(entry?.requestId)
  })

  it('holds no plaintext, ciphertext or MAC', async () => {
    const local = localKms()
    const { arn } = await local.createKey()
    const hmac = await local.createKey({ spec: 'HMAC_256' })
    const { plaintext, wrapped } = await local.provider.generateDataKey({ keyId: arn, encryptionContext: context })
    await local.provider.unwrapDataKey({ blob: wrapped.blob, keyId: arn, encryptionContext: context })
    await local.provider.encrypt({ plaintext, keyId: arn, encryptionContext: context })
    const { mac } = await local.provider.generateMac({ keyId: hmac.arn, message: plaintext })
    const log = JSON.stringify(local.calls.entries)
    for (const secret of [plaintext, wrapped.blob, mac]) {
      expect(log).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20))
    }
  })

  it('keeps the latest entries and counts all', async () => {
    const local = localKms({ callLogSize: 3 })
    for (let i = 0; i < 10; i++) await local.client.send(new ListKeysCommand())
    await local.createKey()
    expect(local.calls.entries.map((entry) => entry.eventName)).toEqual(['ListKeys', 'ListKeys', 'CreateKey'])
    expect(local.calls.count()).toBe(11)
    expect(local.calls.count('ListKeys')).toBe(10)
    expect(local.calls.count('Decrypt')).toBe(0)
  })

  it('starts again after a reset', async () => {
    const local = localKms()
    await local.createKey()
    local.calls.reset()
    expect(local.calls.count()).toBe(0)
    expect(local.calls.count('CreateKey')).toBe(0)
    expect(local.calls.entries).toEqual([])
  })

  it('counts each of the SDK’s attempts', async () => {
    const local = localKms()
    const { arn } = await local.createKey()
    local.faults.next({ operation: 'DescribeKey', error: 'KMSInternalException', status: 500, times: 2 })
    expect((await local.provider.describeKey({ keyId: arn })).enabled).toBe(true)
    expect(local.calls.count('DescribeKey')).toBe(3)
  })
})

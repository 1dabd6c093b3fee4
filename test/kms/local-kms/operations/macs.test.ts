import { GenerateMacCommand, type KMSClient, type MacAlgorithmSpec, VerifyMacCommand } from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejectionName } from '../../rejection.js'

let local: LocalKms
let client: KMSClient
let hmacKey: string

beforeEach(async () => {
  local = localKms()
  client = local.client
  hmacKey = (await local.createKey({ spec: 'HMAC_256' })).arn
})

const mac = (text: string, KeyId = hmacKey, MacAlgorithm: MacAlgorithmSpec = 'HMAC_SHA_256') =>
  client.send(new GenerateMacCommand({ KeyId, Message: Buffer.from(text), MacAlgorithm }))
const verify = (text: string, Mac: Uint8Array | undefined) =>
  client.send(new VerifyMacCommand({ KeyId: hmacKey, Message: Buffer.from(text), Mac, MacAlgorithm: 'HMAC_SHA_256' }))

describe('GenerateMac', () => {
  it('is deterministic under one key, and differs under another', async () => {
    const first = await mac('acme')
    expect(first).toMatchObject({ KeyId: hmacKey, MacAlgorithm: 'HMAC_SHA_256' })
    expect(first.Mac).toHaveLength(32)
    expect((await mac('acme')).Mac).toEqual(first.Mac)
    const other = await local.createKey({ spec: 'HMAC_256' })
    expect((await mac('acme', other.arn)).Mac).not.toEqual(first.Mac)
  })

  it('refuses an encryption key, and an algorithm that the key does not support', async () => {
    const { arn } = await local.createKey()
    expect(await rejectionName(mac('acme', arn))).toBe('InvalidKeyUsageException')
    expect(await rejectionName(mac('acme', hmacKey, 'HMAC_SHA_512'))).toBe('InvalidKeyUsageException')
  })

  it('accepts messages of 1 to 4,096 bytes', async () => {
    expect((await mac('x'.repeat(4096))).Mac).toHaveLength(32)
    expect(await rejectionName(mac('x'.repeat(4097)))).toBe('ValidationException')
    expect(await rejectionName(mac(''))).toBe('ValidationException')
  })
})

describe('VerifyMac', () => {
  it('accepts the MAC of the message', async () => {
    const { Mac } = await mac('acme')
    expect(await verify('acme', Mac)).toMatchObject({ MacValid: true, KeyId: hmacKey })
  })

  it('refuses another message’s MAC, and a part of the right one', async () => {
    const { Mac } = await mac('acme')
    expect(await rejectionName(verify('globex', Mac))).toBe('KMSInvalidMacException')
    expect(await rejectionName(verify('acme', Mac?.slice(0, 16)))).toBe('KMSInvalidMacException')
  })
})

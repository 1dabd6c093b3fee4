import {
  DecryptCommand,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  type KMSClient,
} from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejectionName } from '../../rejection.js'

let local: LocalKms
let client: KMSClient
let cmk: string

beforeEach(async () => {
  local = localKms()
  client = local.client
  cmk = (await local.createKey()).arn
})

const generate = (options: Partial<GenerateDataKeyCommandInput>) =>
  client.send(new GenerateDataKeyCommand({ KeyId: cmk, ...options }))

describe('GenerateDataKey', () => {
  it('returns a data key in plaintext and wrapped, in a blob of AWS’s length', async () => {
    const answer = await generate({ KeySpec: 'AES_256', EncryptionContext: { tenant: 'acme' } })
    expect(answer.Plaintext).toHaveLength(32)
    expect(answer.CiphertextBlob).toHaveLength(184)
    expect(answer.KeyId).toBe(cmk)
    const opened = await client.send(
      new DecryptCommand({ CiphertextBlob: answer.CiphertextBlob, EncryptionContext: { tenant: 'acme' } }),
    )
    expect(opened.Plaintext).toEqual(answer.Plaintext)
    expect(opened.KeyMaterialId).toBe(answer.KeyMaterialId)
  })

  it('never returns the same key twice', async () => {
    const [first, second] = await Promise.all([generate({ KeySpec: 'AES_256' }), generate({ KeySpec: 'AES_256' })])
    expect(first.Plaintext).not.toEqual(second.Plaintext)
  })

  it('returns the requested length', async () => {
    expect((await generate({ KeySpec: 'AES_128' })).Plaintext).toHaveLength(16)
    expect((await generate({ NumberOfBytes: 1024 })).Plaintext).toHaveLength(1024)
  })

  it('wants either a key spec or a number of bytes, within bounds', async () => {
    const wrong: Partial<GenerateDataKeyCommandInput>[] = [
      {},
      { KeySpec: 'AES_256', NumberOfBytes: 32 },
      { NumberOfBytes: 0 },
      { NumberOfBytes: 1025 },
    ]
    for (const options of wrong) {
      expect(await rejectionName(generate(options)), JSON.stringify(options)).toBe('ValidationException')
    }
  })

  it('refuses an HMAC key', async () => {
    const { arn } = await local.createKey({ spec: 'HMAC_256' })
    expect(await rejectionName(generate({ KeyId: arn, KeySpec: 'AES_256' }))).toBe('InvalidKeyUsageException')
  })
})

describe('GenerateDataKeyWithoutPlaintext', () => {
  it('returns only the wrapped key', async () => {
    const answer = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: cmk, KeySpec: 'AES_256' }))
    expect(answer).not.toHaveProperty('Plaintext')
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: answer.CiphertextBlob }))
    expect(opened.Plaintext).toHaveLength(32)
    expect(answer.KeyMaterialId).toBe(opened.KeyMaterialId)
  })
})

describe('GenerateRandom', () => {
  it('returns as many random bytes as requested', async () => {
    const { Plaintext } = await client.send(new GenerateRandomCommand({ NumberOfBytes: 40 }))
    expect(Plaintext).toHaveLength(40)
    expect(new Set(Plaintext).size).toBeGreaterThan(5)
  })

  it('must be told how many', async () => {
    expect(await rejectionName(client.send(new GenerateRandomCommand({})))).toBe('ValidationException')
  })
})

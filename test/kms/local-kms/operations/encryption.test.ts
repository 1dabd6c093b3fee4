import { randomBytes } from 'node:crypto'
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejection, rejectionName } from '../../rejection.js'

let local: LocalKms
let client: KMSClient
let cmk: string

beforeEach(async () => {
  local = localKms()
  client = local.client
  cmk = (await local.createKey()).arn
})

async function encrypted(plaintext: Uint8Array, EncryptionContext?: Record<string, string>): Promise<Uint8Array> {
  const answer = await client.send(new EncryptCommand({ KeyId: cmk, Plaintext: plaintext, EncryptionContext }))
  if (answer.CiphertextBlob === undefined) throw new Error('no CiphertextBlob')
  return answer.CiphertextBlob
}

const decrypt = (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>, KeyId?: string) =>
  client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }))

describe('Encrypt and Decrypt', () => {
  it('round-trip from 1 to 4,096 bytes, and no more', async () => {
    for (const length of [1, 32, 4096]) {
      const plaintext = new Uint8Array(length).fill(length & 255)
      const { Plaintext } = await decrypt(await encrypted(plaintext))
      expect(new Uint8Array(Plaintext ?? []), `${length}`).toEqual(plaintext)
    }
    expect(await rejectionName(encrypted(new Uint8Array(4097)))).toBe('ValidationException')
    expect(await rejectionName(encrypted(new Uint8Array(0)))).toBe('ValidationException')
  })

  it('return a different ciphertext each time, which does not contain the plaintext', async () => {
    const plaintext = Buffer.from('a rather long and unmistakable plaintext')
    const first = Buffer.from(await encrypted(plaintext))
    expect(first.equals(await encrypted(plaintext))).toBe(false)
    expect(first.includes(plaintext.subarray(0, 8))).toBe(false)
  })

  it('need no KeyId to decrypt, and say which key it was', async () => {
    expect((await decrypt(await encrypted(Buffer.from('x')))).KeyId).toBe(cmk)
  })

  it('refuse a ciphertext under the name of another key', async () => {
    const other = await local.createKey()
    const blob = await encrypted(Buffer.from('x'))
    expect(await rejectionName(decrypt(blob, undefined, other.arn))).toBe('IncorrectKeyException')
  })

  it('refuse a ciphertext of a KMS that made it with other keys', async () => {
    const blob = await encrypted(Buffer.from('x'))
    const foreign = localKms().client.send(new DecryptCommand({ CiphertextBlob: blob }))
    expect(await rejectionName(foreign)).toBe('AccessDeniedException')
  })

  it('refuse bytes that no embedded KMS made', async () => {
    const blob = Buffer.from(await encrypted(new Uint8Array(32)))
    const names = [decrypt(randomBytes(184)), decrypt(Buffer.concat([randomBytes(25), blob.subarray(25)]))]
    expect(await Promise.all(names.map(rejectionName))).toEqual([
      'InvalidCiphertextException',
      'InvalidCiphertextException',
    ])
  })

  it('refuse a ciphertext with any byte altered, and any cut of it', async () => {
    const blob = await encrypted(new Uint8Array(32).fill(1))
    const names = new Set<string>()
    for (let at = 0; at < blob.length; at++) {
      const altered = Uint8Array.from(blob)
      altered[at] = (blob[at] ?? 0) ^ 0x01
      names.add(await rejectionName(decrypt(altered, undefined, cmk)))
      if (at > 0)
        expect(await rejectionName(decrypt(blob.slice(0, at), undefined, cmk))).toBe('InvalidCiphertextException')
    }
    // Where the altered byte is the key id's, the blob names another key.
    expect(names).toEqual(new Set(['InvalidCiphertextException', 'IncorrectKeyException']))
  })

  it('throw InvalidCiphertextException without a message, as AWS does', async () => {
    const error = await rejection(decrypt(Buffer.from('never a ciphertext')))
    expect(error).toMatchObject({ name: 'InvalidCiphertextException', message: 'UnknownError' })
  })

  it('refuse HMAC keys', async () => {
    const { arn } = await local.createKey({ spec: 'HMAC_256' })
    const encrypt = client.send(new EncryptCommand({ KeyId: arn, Plaintext: Buffer.from('x') }))
    expect(await rejectionName(encrypt)).toBe('InvalidKeyUsageException')
  })

  it('do nothing in a dry run but say that it would have worked', async () => {
    const dry = client.send(new EncryptCommand({ KeyId: cmk, Plaintext: Buffer.from('x'), DryRun: true }))
    expect(await rejectionName(dry)).toBe('DryRunOperationException')
  })
})

describe('the encryption context', () => {
  it('may come in any order', async () => {
    const blob = await encrypted(Buffer.from('x'), { app: 'clinic', tenant: 'acme' })
    expect((await decrypt(blob, { tenant: 'acme', app: 'clinic' })).KeyId).toBe(cmk)
  })

  it('must be the same in all else', async () => {
    const blob = await encrypted(Buffer.from('x'), { a: 'bc', d: '' })
    const others = [
      { ab: 'c', d: '' },
      { a: 'bc' },
      { a: 'bc', d: '', e: '' },
      { A: 'bc', d: '' },
      { a: 'BC', d: '' },
      { a: 'bc ', d: '' },
      {},
    ]
    for (const other of others) {
      expect(await rejectionName(decrypt(blob, other)), JSON.stringify(other)).toBe('InvalidCiphertextException')
    }
    expect(await rejectionName(decrypt(blob))).toBe('InvalidCiphertextException')
  })

  it('is the same when empty as when absent', async () => {
    expect((await decrypt(await encrypted(Buffer.from('x'), {}))).KeyId).toBe(cmk)
  })
})

describe('ReEncrypt', () => {
  it('moves a ciphertext to another key and context', async () => {
    const next = await local.createKey()
    const blob = await encrypted(Buffer.from('x'), { tenant: 'acme' })
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: blob,
        SourceKeyId: cmk,
        SourceEncryptionContext: { tenant: 'acme' },
        DestinationKeyId: next.arn,
        DestinationEncryptionContext: { tenant: 'globex' },
      }),
    )
    expect(moved).toMatchObject({ SourceKeyId: cmk, KeyId: next.arn })
    expect(moved.SourceKeyMaterialId).not.toBe(moved.DestinationKeyMaterialId)
    const blobNow = moved.CiphertextBlob ?? new Uint8Array()
    const opened = await decrypt(blobNow, { tenant: 'globex' }, next.arn)
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('x')
    expect(await rejectionName(decrypt(blobNow, { tenant: 'acme' }))).toBe('InvalidCiphertextException')
  })

  it('refuses another source key or context', async () => {
    const other = await local.createKey()
    const blob = await encrypted(Buffer.from('x'), { tenant: 'acme' })
    const to = { CiphertextBlob: blob, DestinationKeyId: other.arn }
    const wrongKey = new ReEncryptCommand({
      ...to,
      SourceKeyId: other.arn,
      SourceEncryptionContext: { tenant: 'acme' },
    })
    expect(await rejectionName(client.send(wrongKey))).toBe('IncorrectKeyException')
    const wrongContext = new ReEncryptCommand({ ...to, SourceEncryptionContext: { tenant: 'globex' } })
    expect(await rejectionName(client.send(wrongContext))).toBe('InvalidCiphertextException')
  })

  it('brings a ciphertext to the newest key material of the same key', async () => {
    const { CiphertextBlob, KeyMaterialId } = await client.send(
      new GenerateDataKeyCommand({ KeyId: cmk, KeySpec: 'AES_256' }),
    )
    await client.send(new RotateKeyOnDemandCommand({ KeyId: cmk }))
    const moved = await client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: cmk }))
    expect(moved.SourceKeyMaterialId).toBe(KeyMaterialId)
    expect(moved.DestinationKeyMaterialId).not.toBe(KeyMaterialId)
  })
})

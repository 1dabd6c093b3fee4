import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { KMSClient, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EnvelopeConfigError, EnvelopeKeyError } from '../../../src/errors.js'
import { awsKms } from '../../../src/kms/aws/aws-kms.js'
import { type LocalKms, localKms } from '../../../src/kms/local-kms/index.js'
import type { KmsProvider } from '../../../src/kms/provider.js'
import { rejection } from '../rejection.js'

const context = { app: 'clinic', tenant: 'acme' }
const ZEROS = new Uint8Array(32)

let local: LocalKms
let kms: KmsProvider
let cmk: string
let indexCmk: string

beforeEach(async () => {
  local = localKms({ maxAttempts: 1 })
  kms = awsKms({ client: local.client })
  cmk = (await local.createKey({ alias: 'alias/acme' })).arn
  indexCmk = (await local.createKey({ spec: 'HMAC_256' })).arn
})
afterEach(() => local.close())

async function keyError(promise: Promise<unknown>): Promise<EnvelopeKeyError> {
  const error = await rejection(promise)
  expect(error).toBeInstanceOf(EnvelopeKeyError)
  if (!(error instanceof EnvelopeKeyError)) throw error
  return error
}

describe('awsKms', () => {
  it('unwraps the data key that it generated', async () => {
    const { plaintext, wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    const unwrapped = await kms.unwrapDataKey({ blob: wrapped.blob, keyId: cmk, encryptionContext: context })
    expect(unwrapped.plaintext).toEqual(plaintext)
    expect(plaintext).not.toEqual(ZEROS)
    expect(unwrapped.cmk).toEqual(wrapped.cmk)
    expect(wrapped.cmk.arn).toBe(cmk)
    expect(wrapped.cmk.keyMaterialId).toMatch(/^[0-9a-f]{64}$/)
  })

  it('returns the key ARN for an alias', async () => {
    const { wrapped } = await kms.generateDataKey({ keyId: 'alias/acme', encryptionContext: context })
    expect(wrapped.cmk.arn).toBe(cmk)
  })

  it('rewraps to another CMK, and says which key material each side used', async () => {
    const next = await local.createKey()
    const { plaintext, wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    const rewrap = { blob: wrapped.blob, sourceKeyId: cmk, keyId: next.arn, encryptionContext: context }
    const moved = await kms.rewrapDataKey(rewrap)
    expect(moved.source).toEqual(wrapped.cmk)
    expect(moved.wrapped.cmk.arn).toBe(next.arn)
    expect(moved.wrapped.cmk.keyMaterialId).not.toBe(wrapped.cmk.keyMaterialId)
    const opened = { blob: moved.wrapped.blob, keyId: next.arn, encryptionContext: context }
    expect((await kms.unwrapDataKey(opened)).plaintext).toEqual(plaintext)
  })

  it('rewraps under newer key material of the same CMK', async () => {
    const { wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    await local.client.send(new RotateKeyOnDemandCommand({ KeyId: cmk }))
    const rewrap = { blob: wrapped.blob, sourceKeyId: cmk, keyId: cmk, encryptionContext: context }
    const fresh = await kms.rewrapDataKey(rewrap)
    expect(fresh.wrapped.cmk.arn).toBe(cmk)
    expect(fresh.wrapped.cmk.keyMaterialId).not.toBe(wrapped.cmk.keyMaterialId)
    expect(fresh.wrapped.cmk.keyMaterialId).toBe((await kms.describeKey({ keyId: cmk })).cmk.keyMaterialId)
  })

  it('describes a CMK', async () => {
    const description = await kms.describeKey({ keyId: 'alias/acme' })
    expect(description).toMatchObject({
      cmk: { arn: cmk },
      state: 'Enabled',
      enabled: true,
      usage: 'ENCRYPT_DECRYPT',
      spec: 'SYMMETRIC_DEFAULT',
      multiRegion: false,
    })
  })

  it('describes an HMAC key without inventing a key material id', async () => {
    expect(await kms.describeKey({ keyId: indexCmk })).toMatchObject({ usage: 'GENERATE_VERIFY_MAC', spec: 'HMAC_256' })
    expect((await kms.describeKey({ keyId: indexCmk })).cmk).toEqual({ arn: indexCmk })
  })

  it('encrypts and decrypts one short value', async () => {
    const plaintext = Buffer.from('a short value')
    const { blob } = await kms.encrypt({ plaintext, keyId: cmk, encryptionContext: context })
    const opened = await kms.decrypt({ blob, keyId: cmk, encryptionContext: context })
    expect(Buffer.from(opened.plaintext).toString()).toBe('a short value')
    expect(opened.cmk.arn).toBe(cmk)
  })

  it('makes the same MAC for the same message, and another for another', async () => {
    const of = (text: string) => kms.generateMac({ keyId: indexCmk, message: Buffer.from(text) })
    const first = await of('acme')
    expect(first.mac).toHaveLength(32)
    expect(first.cmkArn).toBe(indexCmk)
    expect((await of('acme')).mac).toEqual(first.mac)
    expect((await of('globex')).mac).not.toEqual(first.mac)
  })

  it('leaves a client that was handed in open', async () => {
    kms.close?.()
    expect((await kms.describeKey({ keyId: cmk })).enabled).toBe(true)
  })

  it('refuses an invalid timeout', () => {
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => awsKms({ region: 'eu-central-1', timeout })).toThrow(EnvelopeConfigError)
    }
  })

  it('refuses an empty region and invalid options, and names the embedded KMS', () => {
    for (const options of [{ region: '' }, null, 'eu-central-1']) {
      const make = () => awsKms(options as never)
      expect(make).toThrow(EnvelopeConfigError)
      expect(make).toThrow("'prisma-envelope/local-kms'")
    }
    expect(() => awsKms({ region: '' })).toThrow('empty region. Name one, or leave it out')
  })
})

describe('the keys that awsKms returns', () => {
  it('have a buffer of their own, outside the shared pool', async () => {
    const { plaintext, wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    const { plaintext: unwrapped } = await kms.unwrapDataKey({
      blob: wrapped.blob,
      keyId: cmk,
      encryptionContext: context,
    })
    const { mac } = await kms.generateMac({ keyId: indexCmk, message: Buffer.from('acme') })
    for (const secret of [plaintext, unwrapped, mac]) {
      expect(secret.buffer.byteLength).toBe(32)
      expect(Buffer.isBuffer(secret)).toBe(false)
    }
    expect(wrapped.blob.buffer.byteLength).toBe(wrapped.blob.byteLength)
  })

  it('are the only copies left: the SDK’s own view is wiped', async () => {
    const answers: { Plaintext?: Uint8Array; Mac?: Uint8Array }[] = []
    captureAnswers(local.client, answers)
    await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    await kms.generateMac({ keyId: indexCmk, message: Buffer.from('acme') })
    expect(answers.map((answer) => new Uint8Array(answer.Plaintext ?? answer.Mac ?? []))).toEqual([ZEROS, ZEROS])
  })

  it('are wiped in the SDK’s view also when the answer is refused', async () => {
    const answers: { Plaintext?: Uint8Array }[] = []
    captureAnswers(local.client, answers)
    local.faults.next({ replace: { KeyId: undefined } })
    await keyError(kms.generateDataKey({ keyId: cmk, encryptionContext: context }))
    expect(new Uint8Array(answers[0]?.Plaintext ?? [])).toEqual(ZEROS)
  })

  it('are wiped in the SDK’s view also when the answer comes after the deadline', async () => {
    let resolve: (answer: { Plaintext: Uint8Array }) => void = () => {}
    const late = new Promise<{ Plaintext: Uint8Array }>((settle) => {
      resolve = settle
    })
    vi.spyOn(local.client, 'send').mockImplementation(() => late)
    const impatient = awsKms({ client: local.client, timeout: 20 })
    await keyError(impatient.generateDataKey({ keyId: cmk, encryptionContext: context }))
    const answer = { Plaintext: new Uint8Array(32).fill(7) }
    resolve(answer)
    await late
    expect(answer.Plaintext).toEqual(ZEROS)
  })
})

describe('an answer that is not what was asked for', () => {
  const short = Buffer.alloc(31, 1).toString('base64')
  const otherKey = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000'
  const bad = [
    ['no Plaintext', { Plaintext: undefined }],
    ['an empty Plaintext', { Plaintext: '' }],
    ['a Plaintext of 31 bytes', { Plaintext: short }],
    ['no CiphertextBlob', { CiphertextBlob: undefined }],
    ['an empty CiphertextBlob', { CiphertextBlob: '' }],
    ['no KeyId', { KeyId: undefined }],
    ['an alias for a KeyId', { KeyId: 'arn:aws:kms:eu-central-1:111122223333:alias/acme' }],
    ['the KeyId of another key', { KeyId: otherKey }],
    ['a malformed key material id', { KeyMaterialId: 'latest' }],
  ] as const

  it.each(bad)('is refused by generateDataKey: %s', async (_what, replace) => {
    local.faults.next({ replace })
    const error = await keyError(kms.generateDataKey({ keyId: cmk, encryptionContext: context }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_BAD_RESPONSE', retryable: false })
    expect(error.message).toContain('GenerateDataKey')
    expect(inspect(error, { depth: 9 })).not.toContain(short)
  })

  it('is refused by unwrapDataKey', async () => {
    const { wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    for (const replace of [{ Plaintext: undefined }, { Plaintext: short }, { KeyId: undefined }, { KeyId: otherKey }]) {
      local.faults.next({ replace })
      const error = await keyError(kms.unwrapDataKey({ blob: wrapped.blob, keyId: cmk, encryptionContext: context }))
      expect(error.code, JSON.stringify(replace)).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    }
  })

  it('is refused by rewrapDataKey', async () => {
    const { wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    const rewrap = { blob: wrapped.blob, sourceKeyId: cmk, keyId: cmk, encryptionContext: context }
    for (const replace of [{ CiphertextBlob: undefined }, { SourceKeyId: otherKey }, { KeyId: otherKey }]) {
      local.faults.next({ replace })
      expect((await keyError(kms.rewrapDataKey(rewrap))).code, JSON.stringify(replace)).toBe(
        'ENVELOPE_KMS_BAD_RESPONSE',
      )
    }
  })

  it('is refused by decrypt, encrypt, generateMac and describeKey', async () => {
    const { blob } = await kms.encrypt({ plaintext: Buffer.from('x'), keyId: cmk, encryptionContext: context })
    const calls = [
      [{ Plaintext: undefined }, () => kms.decrypt({ blob, keyId: cmk, encryptionContext: context })],
      [{ CiphertextBlob: undefined }, () => kms.encrypt({ plaintext: blob, keyId: cmk, encryptionContext: context })],
      [{ Mac: undefined }, () => kms.generateMac({ keyId: indexCmk, message: blob })],
      [{ Mac: short }, () => kms.generateMac({ keyId: indexCmk, message: blob })],
      [{ KeyMetadata: undefined }, () => kms.describeKey({ keyId: cmk })],
      [{ KeyMetadata: { KeyId: 'x' } }, () => kms.describeKey({ keyId: cmk })],
    ] as const
    for (const [replace, call] of calls) {
      local.faults.next({ replace })
      expect((await keyError(call())).code, JSON.stringify(replace)).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    }
  })

  it('is refused when a 200 carries an error for a body', async () => {
    local.faults.next({ status: 200, body: '{"__type":"DisabledException"}' })
    const error = await keyError(kms.generateDataKey({ keyId: cmk, encryptionContext: context }))
    expect(error.code).toBe('ENVELOPE_KMS_BAD_RESPONSE')
  })

  it('is accepted without a key material id, which older services do not send', async () => {
    local.faults.next({ replace: { KeyMaterialId: undefined } })
    const { wrapped } = await kms.generateDataKey({ keyId: cmk, encryptionContext: context })
    expect(wrapped.cmk).toEqual({ arn: cmk })
  })

  it('is accepted from another Region’s replica of a multi-Region key', async () => {
    const { arn } = await local.createKey({ multiRegion: true })
    const replica = arn.replace('eu-central-1', 'eu-west-1')
    local.faults.next({ replace: { KeyId: replica } })
    const { wrapped } = await kms.generateDataKey({ keyId: arn, encryptionContext: context })
    expect(wrapped.cmk.arn).toBe(replica)
  })
})

describe('a KMS that does not answer', () => {
  it('is given up after the timeout', async () => {
    local.faults.next({ hang: true })
    const impatient = awsKms({ client: local.client, timeout: 50 })
    const error = await keyError(impatient.describeKey({ keyId: cmk }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
    expect(error.message).toContain('50 ms')
  })

  it('is given up while the SDK looks for credentials', async () => {
    const client = new KMSClient({ region: 'eu-central-1', credentials: () => new Promise(() => {}) })
    const error = await keyError(awsKms({ client, timeout: 50 }).describeKey({ keyId: cmk }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
  })

  it('is given up by the client that awsKms makes, over the network too', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const own = awsKms({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${address.port}`,
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
      timeout: 200,
    })
    const error = await keyError(own.describeKey({ keyId: cmk }))
    own.close?.()
    server.closeAllConnections()
    server.close()
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
  })
})

/** Collects what the SDK resolves, before the provider has read it. */
function captureAnswers(client: KMSClient, answers: object[]): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      answers.push(result.output)
      return result
    },
    { step: 'initialize', priority: 'high' },
  )
}

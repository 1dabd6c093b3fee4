import { inspect } from 'node:util'
import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EnvelopeKeyError } from '../../../src/errors.js'
import { awsKms } from '../../../src/kms/aws/aws-kms.js'
import { type Fault, type LocalKms, localKms } from '../../../src/kms/local-kms/index.js'
import { rejection } from '../rejection.js'

let local: LocalKms
let cmk: string

beforeEach(async () => {
  local = localKms({ maxAttempts: 1 })
  cmk = (await local.createKey()).arn
})
afterEach(() => local.close())

function generate(encryptionContext: Record<string, string> = {}) {
  return local.provider.generateDataKey({ keyId: cmk, encryptionContext })
}

async function struckBy(fault: Fault): Promise<EnvelopeKeyError> {
  local.faults.next(fault)
  return keyError(generate())
}

async function keyError(promise: Promise<unknown>): Promise<EnvelopeKeyError> {
  const error = await rejection(promise)
  expect(error).toBeInstanceOf(EnvelopeKeyError)
  if (!(error instanceof EnvelopeKeyError)) throw error
  return error
}

describe('an error of KMS', () => {
  const table = [
    ['DependencyTimeoutException', 503, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['KeyUnavailableException', 500, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['KMSInternalException', 500, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['ServiceUnavailable', 503, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['SomethingNewException', 500, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['ExpiredTokenException', 400, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['RequestExpired', 400, 'ENVELOPE_KMS_UNAVAILABLE', true],
    ['ThrottlingException', 400, 'ENVELOPE_KMS_THROTTLED', true],
    ['TooManyRequestsException', 429, 'ENVELOPE_KMS_THROTTLED', true],
    ['SomethingNewException', 429, 'ENVELOPE_KMS_THROTTLED', true],
    ['AccessDeniedException', 400, 'ENVELOPE_KMS_ACCESS_DENIED', false],
    ['UnrecognizedClientException', 400, 'ENVELOPE_KMS_ACCESS_DENIED', false],
    ['SomethingNewException', 403, 'ENVELOPE_KMS_ACCESS_DENIED', false],
    ['DisabledException', 400, 'ENVELOPE_KMS_DISABLED', false],
    ['KMSInvalidStateException', 400, 'ENVELOPE_KMS_INVALID_STATE', false],
    ['NotFoundException', 400, 'ENVELOPE_KMS_NOT_FOUND', false],
    ['InvalidCiphertextException', 400, 'ENVELOPE_KMS_INVALID_CIPHERTEXT', false],
    ['IncorrectKeyException', 400, 'ENVELOPE_KMS_INVALID_CIPHERTEXT', false],
    ['InvalidKeyUsageException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['InvalidGrantTokenException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['DryRunOperationException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['ValidationException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['LimitExceededException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['SomethingNewException', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
    ['constructor', 400, 'ENVELOPE_KMS_INVALID_REQUEST', false],
  ] as const

  it.each(table)('%s with status %i is %s, retryable: %s', async (name, status, code, retryable) => {
    const error = await struckBy({ error: name, status, message: 'as AWS says' })
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).toContain('GenerateDataKey')
    expect(error.message).toContain(cmk)
    expect(error.message).toContain(name)
  })

  it('is retryable when a new replica is still being created', async () => {
    const error = await struckBy({ error: 'KMSInvalidStateException', message: `${cmk} is creating.` })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_INVALID_STATE', retryable: true })
  })

  it('is retryable when only the clock was wrong', async () => {
    const error = await struckBy({ error: 'InvalidSignatureException', message: 'Signature expired: 20200101T000000Z' })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
  })

  it('is a denial when the signature is wrong', async () => {
    const error = await struckBy({ error: 'InvalidSignatureException', message: 'The signature does not match.' })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_ACCESS_DENIED', retryable: false })
  })

  it('says that a disabled CMK must be enabled', async () => {
    await local.client.send(new DisableKeyCommand({ KeyId: cmk }))
    const error = await keyError(generate())
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_DISABLED', retryable: false })
    expect(error.message).toContain('Enable it')
  })

  it('says that a pending deletion can be cancelled', async () => {
    await local.client.send(new ScheduleKeyDeletionCommand({ KeyId: cmk }))
    const error = await keyError(generate())
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_INVALID_STATE', retryable: false })
    expect(error.message).toContain('CancelKeyDeletion')
  })

  it.each([
    ['DisabledException', 'is pending deletion (or pending replica deletion).'],
    ['DisabledException', 'is pending replica deletion.'],
    ['KMSInvalidStateException', 'is pending deletion.'],
  ])('says so in either form that AWS documents: %s, %s', async (name, message) => {
    const error = await struckBy({ error: name, message: `${cmk} ${message}` })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_INVALID_STATE', retryable: false })
    expect(error.message).toContain('CancelKeyDeletion')
    expect(error.message).not.toContain('Enable it')
  })

  it('is an invalid ciphertext when the encryption context is another one', async () => {
    const { wrapped } = await generate({ tenant: 'acme' })
    const unwrap = { blob: wrapped.blob, keyId: cmk, encryptionContext: { tenant: 'globex' } }
    expect((await keyError(local.provider.unwrapDataKey(unwrap))).code).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
  })
})

describe('an answer that is not KMS’s', () => {
  it.each([500, 502, 503, 403])('is retryable when it is an error page with status %i', async (status) => {
    const error = await struckBy({ status, body: '<html>Bad gateway</html>' })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
  })

  it('is a bad response when it is a 200 that is not JSON', async () => {
    const error = await struckBy({ status: 200, body: '<html>Welcome to the hotel</html>' })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_BAD_RESPONSE', retryable: false })
  })
})

describe('a network or credentials failure', () => {
  it.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND'] as const)('is retryable: %s', async (disconnect) => {
    const error = await struckBy({ disconnect })
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
  })

  it('is retryable when no credentials can be obtained', async () => {
    const credentials = () => {
      const error = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' })
      return Promise.reject(error)
    }
    const kms = awsKms({ client: new KMSClient({ region: 'eu-central-1', credentials }) })
    const error = await keyError(kms.describeKey({ keyId: cmk }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
    expect(error.message).toContain('no AWS credentials could be loaded. Set AWS_ACCESS_KEY_ID')
    expect(error.message).toContain('prisma-envelope/local-kms')
  })

  it('is retryable when a real port refuses the connection', async () => {
    const kms = awsKms({
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
      maxAttempts: 1,
    })
    const error = await keyError(kms.describeKey({ keyId: cmk }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
    kms.close?.()
  })

  it('is not retryable when nobody knows what it was', async () => {
    const credentials = () => Promise.reject(new TypeError('a mistake in the configuration'))
    const kms = awsKms({ client: new KMSClient({ region: 'eu-central-1', credentials }) })
    const error = await keyError(kms.describeKey({ keyId: cmk }))
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: false })
  })

  it('is an invalid request when no Region is set, and says where to set one', async () => {
    const environment = { ...process.env }
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) delete process.env[name]
    Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' })
    try {
      for (const kms of [awsKms(), awsKms({ region: undefined as never })]) {
        const error = await keyError(kms.describeKey({ keyId: cmk }))
        expect(error).toMatchObject({ code: 'ENVELOPE_KMS_INVALID_REQUEST', retryable: false })
        expect(error.message).toContain("no AWS Region is set. Name it, awsKms({ region: 'eu-central-1' })")
        expect(error.message).toContain('prisma-envelope/local-kms')
      }
    } finally {
      process.env = environment
    }
  })

  it('leaves the Region to the SDK where the environment names it', async () => {
    const environment = { ...process.env }
    process.env.AWS_REGION = 'eu-central-1'
    const asked: string[] = []
    const kms = awsKms({
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
      requestHandler: {
        metadata: { handlerProtocol: 'http/1.1' },
        handle: (request: { hostname: string }) => {
          asked.push(request.hostname)
          return Promise.reject(Object.assign(new Error('not sent'), { name: 'TimeoutError' }))
        },
      } as never,
      maxAttempts: 1,
    })
    try {
      expect((await keyError(kms.describeKey({ keyId: cmk }))).code).toBe('ENVELOPE_KMS_UNAVAILABLE')
      expect(asked).toEqual(['kms.eu-central-1.amazonaws.com'])
    } finally {
      process.env = environment
    }
  })
})

describe('what an error carries', () => {
  const secret = Buffer.alloc(32, 0xa5).toString('base64')

  /** All that an error shows, hidden properties and causes included. */
  function everything(error: unknown): string {
    return inspect(error, { depth: 20, showHidden: true })
  }

  it('is a cause with name, message, request id and status, and nothing else of the SDK’s', async () => {
    const error = await struckBy({ error: 'ThrottlingException', message: 'Rate exceeded' })
    const { cause } = error
    expect(cause).toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded', httpStatusCode: 400 })
    expect(Object.keys(Object(cause)).sort()).toEqual(['httpStatusCode', 'name', 'requestId'])
    expect(everything(error)).not.toContain('$response')
  })

  it('is never a key that stood in an error’s body', async () => {
    const body = JSON.stringify({ __type: 'ValidationException', message: `Value ${secret} is bad`, Plaintext: secret })
    const error = await struckBy({ status: 400, body })
    expect(error.message).toContain('[redacted]')
    expect(everything(error)).not.toContain(secret)
  })

  it('is never a piece of a body that could not be parsed', async () => {
    const error = await struckBy({ status: 200, body: `{"Plaintext": ${secret}}` })
    expect(error.code).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(everything(error)).not.toContain(secret.slice(0, 6))
  })

  it('is one line of bounded length', async () => {
    const error = await struckBy({ error: 'ValidationException', message: `two\nlines ${'very '.repeat(500)}long` })
    expect(error.message).not.toContain('\n')
    expect(error.message.length).toBeLessThan(1000)
  })
})

import { Socket } from 'node:net'
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EnvelopeConfigError } from '../../../src/errors.js'
import { awsKms } from '../../../src/kms/aws/aws-kms.js'
import { localKms } from '../../../src/kms/local-kms/index.js'
import { holdNext } from '../../support/kms.js'
import { rejection, rejectionName } from '../rejection.js'

/**
 * The files that anything in this process reads. Patched before the SDK is loaded, because it keeps its own reference
 * to `readFile`.
 */
const filesRead = await vi.hoisted(async () => {
  const { default: files } = await import('node:fs/promises')
  const { syncBuiltinESMExports } = await import('node:module')
  const { readFile } = files
  const read: string[] = []
  files.readFile = new Proxy(readFile, {
    apply(target, self, parameters: Parameters<typeof readFile>) {
      read.push(String(parameters[0]))
      return Reflect.apply(target, self, parameters)
    },
  })
  syncBuiltinESMExports()
  return read
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('localKms', () => {
  it('works for awsKms({ client }) as AWS does', async () => {
    const local = localKms()
    const { arn } = await local.createKey()
    expect((await awsKms({ client: local.client }).describeKey({ keyId: arn })).cmk.arn).toBe(arn)
  })

  it('looks at no environment, no AWS configuration file and no network', async () => {
    const settings = {
      AWS_CONFIG_FILE: '/nowhere/aws-config',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere/aws-credentials',
      AWS_PROFILE: 'no-such-profile',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:1',
    }
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
    const connect = vi.spyOn(Socket.prototype, 'connect')
    const local = localKms()
    const { arn } = await local.createKey({ alias: 'alias/acme' })
    const { wrapped } = await local.provider.generateDataKey({ keyId: 'alias/acme', encryptionContext: {} })
    expect(arn).toContain(':eu-central-1:')
    expect(wrapped.cmk.arn).toBe(arn)
    expect(filesRead.filter((file) => file.startsWith('/nowhere/'))).toEqual([])
    expect(connect).not.toHaveBeenCalled()
  })

  it('would notice if an AWS configuration file were read', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/aws-config-of-another')
    const plain = new KMSClient({ requestHandler: { connectionTimeout: 1 } })
    await rejection(plain.send(new ListKeysCommand()))
    expect(filesRead.filter((file) => file.includes('aws-config-of-another')).length).toBeGreaterThan(0)
  })

  it('fails createKey as AWS would when the alias is taken', async () => {
    const local = localKms()
    await local.createKey({ alias: 'alias/acme' })
    expect(await rejectionName(local.createKey({ alias: 'alias/acme' }))).toBe('AlreadyExistsException')
  })

  it('creates a key under an alias once with ensureKey, and returns the same one from then on', async () => {
    const local = localKms()
    const made = await local.ensureKey({ alias: 'alias/acme', description: 'acme' })
    expect(await local.ensureKey({ alias: 'alias/acme' })).toEqual(made)
    expect(local.calls.count('CreateKey')).toBe(1)
    const { KeyMetadata: key } = await local.client.send(new DescribeKeyCommand({ KeyId: 'alias/acme' }))
    expect(key).toMatchObject({ Arn: made.arn, KeyId: made.keyId, Description: 'acme', KeySpec: 'SYMMETRIC_DEFAULT' })
    await local.client.send(new DisableKeyCommand({ KeyId: made.keyId }))
    expect(await local.ensureKey({ alias: 'alias/acme' })).toEqual(made)
  })

  it('returns the same key to all who ensure one alias concurrently', async () => {
    const local = localKms()
    const keys = await Promise.all(Array.from({ length: 5 }, () => local.ensureKey({ alias: 'alias/acme' })))
    expect(new Set(keys.map(({ arn }) => arn)).size).toBe(1)
    expect(await local.ensureKey({ alias: 'alias/acme' })).toEqual(keys[0])
  })

  it('does not treat a key of another spec as the one to ensure, nor a failure as a missing key', async () => {
    const local = localKms({ maxAttempts: 1 })
    const index = { alias: 'alias/index', spec: 'HMAC_256' } as const
    const made = await local.ensureKey(index)
    expect(await local.ensureKey(index)).toEqual(made)
    expect(await rejection(local.ensureKey({ alias: 'alias/index' }))).toMatchObject({
      code: 'ENVELOPE_CONFIG_INVALID',
    })
    local.faults.next({ operation: 'DescribeKey', error: 'ThrottlingException' })
    expect(await rejectionName(local.ensureKey({ alias: 'alias/new' }))).toBe('ThrottlingException')
    expect(local.calls.count('CreateKey')).toBe(1)
  })

  it('refuses wrong options', () => {
    const wrong = [{ region: 'Frankfurt' }, { accountId: '123' }, { callLogSize: 0 }, { callLogSize: 1.5 }]
    for (const options of wrong) expect(() => localKms(options), JSON.stringify(options)).toThrow(EnvelopeConfigError)
  })

  it('says that it was closed', async () => {
    const local = localKms()
    const { arn } = await local.createKey()
    local.close()
    expect(await rejection(local.provider.describeKey({ keyId: arn }))).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  })
})

describe('faults', () => {
  it('strike as many calls of their operation as they say, and no others', async () => {
    const local = localKms({ maxAttempts: 1 })
    const { arn } = await local.createKey()
    local.faults.next({ operation: 'DescribeKey', error: 'ThrottlingException', times: 2 })
    const describeIt = () => local.client.send(new DescribeKeyCommand({ KeyId: arn }))
    expect((await local.client.send(new ListKeysCommand())).Keys).toHaveLength(1)
    expect(local.faults.pending).toBe(2)
    expect(await rejectionName(describeIt())).toBe('ThrottlingException')
    expect(await rejectionName(describeIt())).toBe('ThrottlingException')
    expect((await describeIt()).KeyMetadata?.Arn).toBe(arn)
    expect(local.faults.pending).toBe(0)
  })

  it('are ridden out by the SDK’s own retries', async () => {
    const local = localKms()
    local.faults.next({ error: 'ThrottlingException', times: 2 })
    expect((await local.client.send(new ListKeysCommand())).Keys).toEqual([])
  })

  it('are forgotten when cleared', async () => {
    const local = localKms({ maxAttempts: 1 })
    local.faults.next({ error: 'ThrottlingException' })
    local.faults.clear()
    expect((await local.client.send(new ListKeysCommand())).Keys).toEqual([])
  })

  it('delay an answer', async () => {
    const local = localKms()
    local.faults.next({ delay: 60 })
    const start = performance.now()
    await local.client.send(new ListKeysCommand())
    expect(performance.now() - start).toBeGreaterThan(55)
  })

  it('hold an answer for as long as a test wants, and give none to who has gone', async () => {
    const local = localKms({ maxAttempts: 1 })
    const held = holdNext(local, 'ListKeys')
    let answered = false
    const answer = local.client.send(new ListKeysCommand()).then((result) => {
      answered = true
      return result
    })
    await held.arrived
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(answered).toBe(false)
    held.release()
    expect((await answer).Keys).toEqual([])
    local.calls.reset()
    const again = holdNext(local, 'CreateKey')
    const abort = new AbortController()
    const aborted = local.client.send(new CreateKeyCommand({}), { abortSignal: abort.signal })
    await again.arrived
    abort.abort()
    expect(await rejectionName(aborted)).toBe('AbortError')
    again.release()
    await expect.poll(() => local.calls.entries.map(({ errorCode }) => errorCode)).toEqual(['RequestAborted'])
    expect((await local.client.send(new ListKeysCommand())).Keys).toEqual([])
  })

  it('hang until the caller’s own timeout, abort, or the end', async () => {
    const local = localKms({ maxAttempts: 1 })
    local.faults.next({ hang: true, times: 3 })
    const timeout = local.client.send(new ListKeysCommand(), { requestTimeout: 20 })
    expect(await rejectionName(timeout)).toBe('TimeoutError')
    const abort = new AbortController()
    const aborted = local.client.send(new ListKeysCommand(), { abortSignal: abort.signal })
    setTimeout(() => abort.abort(), 20)
    expect(await rejectionName(aborted)).toBe('AbortError')
    const ended = local.client.send(new ListKeysCommand())
    setTimeout(() => local.close(), 20)
    expect(await rejection(ended)).toMatchObject({ code: 'ENVELOPE_CLOSED' })
  })
})

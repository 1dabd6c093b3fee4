import { getEventListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { KMSClient } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EnvelopeKeyError } from '../../../src/errors.js'
import { DataKeys } from '../../../src/keys/index.js'
import { awsKms } from '../../../src/kms/aws/aws-kms.js'
import { type LocalKms, localKms } from '../../../src/kms/local-kms/index.js'
import { codeOf } from '../../keys/using-keys.js'
import { rejection } from '../rejection.js'

/** The embedded KMS behind a socket, as the AWS SDK meets KMS. */
interface Wire {
  readonly local: LocalKms
  readonly client: KMSClient
  /** Requests whose connection was closed before they were answered. */
  readonly cancelled: string[]
  /** Requests that have arrived. */
  readonly arrived: string[]
  close(): Promise<void>
}

async function wire(): Promise<Wire> {
  const local = localKms({ create: 'alias/*', maxAttempts: 1 })
  const arrived: string[] = []
  const cancelled: string[] = []
  const server = createServer(async (request, response) => {
    const operation = operationOf(request)
    arrived.push(operation)
    const gone = new AbortController()
    response.on('close', () => {
      if (response.writableFinished) return
      cancelled.push(operation)
      gone.abort()
    })
    try {
      const body = await text(request)
      const handler = local.client.config.requestHandler
      const relayed = { headers: { 'x-amz-target': String(request.headers['x-amz-target']) }, body }
      const { response: answer } = await handler.handle(relayed as never, { abortSignal: gone.signal })
      response.writeHead(answer.statusCode, answer.headers).end(answer.body)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new KMSClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  })
  return {
    local,
    client,
    arrived,
    cancelled,
    async close() {
      client.destroy()
      local.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target']).replace('TrentService.', '')
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

let at: Wire
beforeEach(async () => {
  at = await wire()
})
afterEach(() => at.close())

const request = { keyId: 'alias/acme', encryptionContext: { tenant: 'acme' } }
const keysOver = ({ client }: Wire, timeout: number) =>
  new DataKeys({ app: 'test', kms: awsKms({ client }), cmk: 'alias/acme', dataKeys: { timeout } })

describe('a request to AWS KMS over the wire', () => {
  it('is answered, with a signal and without', async () => {
    const kms = awsKms({ client: at.client })
    await kms.generateDataKey(request)
    await kms.generateDataKey({ ...request, signal: new AbortController().signal })
    expect(at.arrived).toEqual(['GenerateDataKey', 'GenerateDataKey'])
    expect(at.cancelled).toEqual([])
  })

  it('is cancelled when its signal is aborted: the connection closes, and KMS sees that', async () => {
    at.local.faults.next({ delay: 60_000 })
    const cancelling = new AbortController()
    const failed = rejection(awsKms({ client: at.client }).generateDataKey({ ...request, signal: cancelling.signal }))
    await vi.waitFor(() => expect(at.arrived).toHaveLength(1), 10_000)
    cancelling.abort()
    expect(await failed).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
    await vi.waitFor(() => expect(at.cancelled).toEqual(['GenerateDataKey']), 10_000)
    expect(at.arrived, 'the SDK does not try again').toHaveLength(1)
    expect(getEventListeners(cancelling.signal, 'abort')).toEqual([])
  })

  it('is not sent when its signal is aborted already', async () => {
    const error = await rejection(
      awsKms({ client: at.client }).generateDataKey({ ...request, signal: AbortSignal.abort() }),
    )
    expect(error).toBeInstanceOf(EnvelopeKeyError)
    expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true })
    expect(at.arrived).toEqual([])
  })

  it('leaves no listener at a signal that many requests share', async () => {
    const { signal } = new AbortController()
    const kms = awsKms({ client: at.client })
    await Promise.all(Array.from({ length: 5 }, () => kms.describeKey({ keyId: 'alias/acme', signal }).catch(() => {})))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('is cancelled at dataKeys.timeout', async () => {
    const keys = keysOver(at, 500)
    await keys.forSealing('acme', [1])
    keys.evict('acme')
    at.local.faults.next({ delay: 60_000 })
    expect(await codeOf(() => keys.forSealing('acme', [1]))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    await vi.waitFor(() => expect(at.cancelled).toEqual(['GenerateDataKey']), 10_000)
  })

  it('is cancelled when the client is closed', async () => {
    const keys = keysOver(at, 60_000)
    at.local.faults.next({ delay: 60_000 })
    const failed = codeOf(() => keys.forSealing('acme', [1]))
    await vi.waitFor(() => expect(at.arrived).toHaveLength(1), 10_000)
    keys.close()
    expect(await failed).toBe('ENVELOPE_CLOSED')
    await vi.waitFor(() => expect(at.cancelled).toEqual(['GenerateDataKey']), 10_000)
  })
})

describe('the embedded KMS', () => {
  it('does not do what is cancelled before it answers, and logs that', async () => {
    at.local.faults.next({ operation: 'GenerateDataKey', delay: 60_000 })
    const cancelling = new AbortController()
    const failed = rejection(at.local.provider.generateDataKey({ ...request, signal: cancelling.signal }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    cancelling.abort()
    expect(await failed).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE' })
    await vi.waitFor(
      () => expect(at.local.calls.entries.map(({ errorCode }) => errorCode)).toEqual(['RequestAborted']),
      10_000,
    )
  })
})

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KMSClientConfig } from '@aws-sdk/client-kms'
import { EnvelopeConfigError } from '../../errors.js'
import { answer, type EngineParts, faultResponse, operationOf, type WireRequest, type WireResponse } from './engine.js'
import type { Fault, FaultQueue } from './faults.js'
import { parseBody } from './input.js'
import { KmsFault } from './kms-fault.js'

/** What the SDK takes as a request handler: Smithy's interface for sending one HTTP request. */
export type KmsRequestHandler = NonNullable<KMSClientConfig['requestHandler']>

/** The parts of Smithy's HttpRequest and HttpHandlerOptions that matter here. */
interface HandlerRequest {
  headers: Record<string, string>
  body?: unknown
}

interface HandlerOptions {
  abortSignal?: { readonly aborted: boolean }
  /** Milliseconds. */
  requestTimeout?: number
}

/**
 * Carries the SDK's HTTP requests to the engine, in this process. The SDK does everything that it does towards AWS
 * (serializing, signing, parsing, retrying); only the network between is missing.
 */
export function createRequestHandler(parts: EngineParts & { faults: FaultQueue }): KmsRequestHandler {
  const closing = new AbortController()
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    httpHandlerConfigs: () => ({}),
    updateHttpClientConfig: () => {},
    destroy: () => closing.abort(),
    async handle(request: HandlerRequest, { abortSignal, requestTimeout }: HandlerOptions = {}) {
      if (closing.signal.aborted) throw closedError()
      if (abortSignal?.aborted === true) throw abortError()
      const wire = { target: request.headers['x-amz-target'], body: bodyText(request.body) }
      const fault = parts.faults.take(operationOf(wire.target))
      const { status, headers, body } =
        fault === undefined
          ? await answer(parts, wire)
          : await orEnd((gone) => struck(parts, fault, wire, gone), closing.signal, abortSignal, requestTimeout)
      return { response: { statusCode: status, headers, body: Buffer.from(body) } }
    },
  }
}

/** @param gone is aborted when nobody waits for the answer any more: what is not done by then is not done at all. */
async function struck(
  parts: EngineParts,
  fault: Fault,
  request: WireRequest,
  gone: AbortSignal,
): Promise<WireResponse> {
  const record = (errorCode: string) =>
    parts.log.record({
      eventTime: new Date(parts.now()).toISOString(),
      eventName: operationOf(request.target),
      requestId: randomUUID(),
      errorCode,
    })
  try {
    if (fault.delay !== undefined) await sleep(fault.delay, undefined, { signal: gone })
    await fault.hold?.()
    gone.throwIfAborted()
  } catch (error) {
    if (gone.aborted) record('RequestAborted')
    throw error
  }
  if (fault.hang === true) {
    record('InjectedHang')
    return new Promise(() => {})
  }
  if (fault.disconnect !== undefined) {
    record(fault.disconnect)
    throw Object.assign(new Error(`${fault.disconnect} (injected)`), { code: fault.disconnect })
  }
  if (fault.error !== undefined) {
    record(fault.error)
    return faultResponse(new KmsFault(fault.error, fault.message, fault.status), randomUUID())
  }
  if (fault.body !== undefined) {
    const status = fault.status ?? 200
    record(`InjectedStatus${status}`)
    return { status, headers: { 'x-amzn-requestid': randomUUID() }, body: fault.body }
  }
  const response = await answer(parts, request)
  const body = JSON.stringify({ ...parseBody(response.body), ...fault.replace })
  return { ...response, status: fault.status ?? response.status, body }
}

/**
 * The answer, or the end that a request comes to without one, as the SDK's own handler reports it. Only injected faults
 * take so long that this matters.
 */
async function orEnd(
  work: (gone: AbortSignal) => Promise<WireResponse>,
  closing: AbortSignal,
  abortSignal: { readonly aborted: boolean } | undefined,
  requestTimeout: number | undefined,
): Promise<WireResponse> {
  // Its signal ends the work, and takes the listeners off the others: the closing signal outlives every request.
  const released = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_resolve, reject) => {
    const on = (signal: AbortSignal, error: () => Error) => {
      if (signal.aborted) reject(error())
      else signal.addEventListener('abort', () => reject(error()), { signal: released.signal })
    }
    on(closing, closedError)
    if (abortSignal instanceof AbortSignal) on(abortSignal, abortError)
    if (requestTimeout !== undefined && requestTimeout > 0) {
      const expired = () => reject(namedError('TimeoutError', `no answer within ${requestTimeout} ms`))
      timer = setTimeout(expired, requestTimeout)
    }
  })
  try {
    return await Promise.race([work(released.signal), end])
  } finally {
    clearTimeout(timer)
    released.abort()
  }
}

function abortError(): Error {
  return namedError('AbortError', 'Request aborted')
}

function namedError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function closedError(): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CLOSED', 'The embedded KMS was closed. Create a new one with localKms().')
}

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body
  // The SDK's body class warns when it is treated as a string, which Buffer.from does by asking for its value.
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  return ''
}

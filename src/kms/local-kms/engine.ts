import { randomUUID } from 'node:crypto'
import { EnvelopeError } from '../../errors.js'
import { audit } from './audit.js'
import type { CallRecorder } from './call-log.js'
import { settle } from './due.js'
import { flag, type JsonObject, parseBody } from './input.js'
import { withKeysFor } from './key-on-demand.js'
import { KmsFault } from './kms-fault.js'
import { OPERATIONS } from './operations/index.js'
import type { Outcome } from './operations/operation.js'
import type { KmsState } from './state.js'
import type { Store } from './store.js'

/** A request on the wire, whatever carried it: the `x-amz-target` header and the body. */
export interface WireRequest {
  target: string | undefined
  body: string
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string
}

export interface EngineParts {
  store: Store
  log: CallRecorder
  /** Aliases whose keys are made when they are first used; `*` stands for any text. */
  create: readonly string[]
  /** Milliseconds since 1970. */
  now: () => number
}

/** The operations that know AWS's `DryRun`. */
const DRY_RUN = new Set([
  'Encrypt',
  'Decrypt',
  'ReEncrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
])

/**
 * Answers one request as AWS KMS would, in its wire protocol (JSON 1.1), and logs it. Never rejects.
 *
 * Signatures are not checked: there is one principal, and it may do everything.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
export async function answer({ store, log, create, now }: EngineParts, request: WireRequest): Promise<WireResponse> {
  const time = now()
  const requestId = randomUUID()
  const operation = operationOf(request.target)
  let seen = store.state
  let input: JsonObject = {}
  const record = (output?: JsonObject, errorCode?: string) =>
    log.record({
      eventTime: new Date(time).toISOString(),
      eventName: operation,
      requestId,
      ...audit(seen, input, output),
      ...(errorCode === undefined ? {} : { errorCode }),
    })
  try {
    input = parseBody(request.body)
    const { output } = await store.transact((stored) => {
      seen = withKeysFor(settle(stored, time), create, operation, input, time)
      const outcome = run(operation, seen, input, time)
      seen = outcome.state ?? seen
      return seen === stored ? outcome : { ...outcome, state: seen }
    })
    record(output)
    return wireResponse(200, requestId, output)
  } catch (error) {
    const fault = asFault(error)
    record(undefined, fault.name)
    return faultResponse(fault, requestId)
  }
}

/** The operation that a request asks for; empty when it names none. */
export function operationOf(target: string | undefined): string {
  return /^TrentService\.([A-Za-z]+)$/.exec(target ?? '')?.[1] ?? ''
}

/** An error answer. AWS leaves the message out where it has none, such as for InvalidCiphertextException. */
export function faultResponse(fault: KmsFault, requestId: string): WireResponse {
  const message = fault.message === '' ? {} : { message: fault.message }
  return wireResponse(fault.status, requestId, { __type: fault.name, ...message })
}

function run(operation: string, state: KmsState, input: JsonObject, now: number): Outcome {
  const handler = OPERATIONS.get(operation)
  if (handler === undefined) throw new KmsFault('UnknownOperationException')
  const outcome = handler({ state, input, now })
  if (DRY_RUN.has(operation) && flag(input, 'DryRun')) {
    throw new KmsFault('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
  }
  return outcome
}

function wireResponse(status: number, requestId: string, body: JsonObject): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
    body: JSON.stringify(body),
  }
}

/** What is no answer of KMS's is a failure inside it: the key file, for example. */
function asFault(error: unknown): KmsFault {
  if (error instanceof KmsFault) return error
  const message = error instanceof EnvelopeError ? error.message : 'The embedded KMS failed.'
  return new KmsFault('KMSInternalException', message, 500)
}

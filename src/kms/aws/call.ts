import { toKeyError } from './errors.js'
import { type AnswerCheck, answerCheck, wipeSecrets } from './response.js'

/** One call to AWS KMS, as error messages name it. */
export interface AwsCall {
  operation: string
  /** The CMK as the caller named it. */
  keyId: string
  /** Milliseconds for the whole call, retries included; `undefined` where only `signal` ends it. */
  timeout: number | undefined
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal | undefined
}

/**
 * Sends one command and reads its answer, within its limits. Rejects with `EnvelopeKeyError` only.
 *
 * `read` takes what it needs from the answer as copies; whatever secrets the SDK's answer holds are wiped afterwards,
 * also when `read` throws, and also when the answer arrives after the limit.
 */
export async function callAws<Answer extends object, Result>(
  call: AwsCall,
  send: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
  read: (answer: Answer, check: AnswerCheck) => Result,
): Promise<Result> {
  try {
    const answer = await withinLimits(call, send)
    try {
      return read(answer, answerCheck(call))
    } finally {
      wipeSecrets(answer)
    }
  } catch (error) {
    throw toKeyError(error, call)
  }
}

/**
 * The abort signal alone would not bound the wait: the SDK does not heed it while it looks for credentials or sleeps
 * between retries. So the limits race the call as well.
 */
async function withinLimits<Answer extends object>(
  { timeout, signal }: AwsCall,
  send: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  const request = new AbortController()
  let end = (_error: Error): void => {}
  const ended = new Promise<never>((_resolve, reject) => {
    end = (error) => {
      reject(error)
      request.abort()
    }
  })
  const cancel = (): void => end(namedError('AbortError', 'the request was cancelled'))
  const expire = (): void => end(namedError('TimeoutError', `no answer within ${timeout} ms`))
  if (signal?.aborted === true) throw namedError('AbortError', 'the request was cancelled before it was sent')
  // Taken off again: the signal may be one of many requests.
  signal?.addEventListener('abort', cancel)
  const timer = timeout === undefined ? undefined : setTimeout(expire, timeout)
  try {
    const answer = send({ abortSignal: request.signal })
    // Nobody takes an answer that comes after the end, so its plaintext would stay in memory; its failure is moot.
    answer.then(
      (value) => {
        if (request.signal.aborted) wipeSecrets(value)
      },
      () => {},
    )
    return await Promise.race([answer, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}

function namedError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

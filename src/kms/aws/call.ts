import { toKeyError } from './errors.js'
import { type AnswerCheck, answerCheck, wipeSecrets } from './response.js'

/** One call to AWS KMS, as error messages name it. */
export interface AwsCall {
  operation: string
  /** The CMK as the caller named it. */
  keyId: string
  /** Milliseconds for the whole call, retries included. */
  timeout: number
}

/**
 * Sends one command and reads its answer, within a deadline. Rejects with `EnvelopeKeyError` only.
 *
 * `read` takes what it needs from the answer as copies; whatever secrets the SDK's answer holds are wiped afterwards,
 * also when `read` throws, and also when the answer arrives after the deadline.
 */
export async function callAws<Answer extends object, Result>(
  call: AwsCall,
  send: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
  read: (answer: Answer, check: AnswerCheck) => Result,
): Promise<Result> {
  try {
    const answer = await withinDeadline(call.timeout, send)
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
 * between retries. So the timer races the call as well.
 */
async function withinDeadline<Answer extends object>(
  timeout: number,
  send: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  const abort = new AbortController()
  let late = false
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      late = true
      reject(Object.assign(new Error(`no answer within ${timeout} ms`), { name: 'TimeoutError' }))
      abort.abort()
    }, timeout)
  })
  const answer = send({ abortSignal: abort.signal })
  // Nobody takes an answer that comes after the deadline, so its plaintext would stay in memory; its failure is moot.
  answer.then(
    (value) => {
      if (late) wipeSecrets(value)
    },
    () => {},
  )
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}

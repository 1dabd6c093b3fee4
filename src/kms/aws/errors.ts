import { EnvelopeError, EnvelopeKeyError, type KeyErrorCode } from '../../errors.js'
import { oneLine } from '../../quoting/quote.js'
import { EMBEDDED_KMS } from '../provider-check.js'

/**
 * What the AWS SDK throws, as `EnvelopeKeyError`.
 *
 * Matching is by `name`: several of KMS's errors (ThrottlingException, AccessDeniedException, ValidationException) have
 * no class in the SDK. `retryable` decides whether cached keys may be used for a while longer, so whatever could mean
 * "this key was taken away" is not retryable.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
 */
interface Verdict {
  code: KeyErrorCode
  retryable: boolean
  /** In place of what is advised for the code. */
  advice?: string
}

const verdict = (code: KeyErrorCode, retryable = false): Verdict => ({ code, retryable })
const UNAVAILABLE = verdict('ENVELOPE_KMS_UNAVAILABLE', true)
const THROTTLED = verdict('ENVELOPE_KMS_THROTTLED', true)
const DENIED = verdict('ENVELOPE_KMS_ACCESS_DENIED')
const INVALID_REQUEST = verdict('ENVELOPE_KMS_INVALID_REQUEST')
const INVALID_CIPHERTEXT = verdict('ENVELOPE_KMS_INVALID_CIPHERTEXT')

const PENDING_DELETION = verdict('ENVELOPE_KMS_INVALID_STATE')
// The source of credentials may be back in a moment: nobody took a key away.
const NO_CREDENTIALS: Verdict = {
  ...UNAVAILABLE,
  advice:
    'no AWS credentials could be loaded. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE) or a ' +
    `role, or pass credentials to awsKms. ${EMBEDDED_KMS}`,
}
const NO_REGION: Verdict = {
  ...INVALID_REQUEST,
  advice:
    "no AWS Region is set. Name it, awsKms({ region: 'eu-central-1' }), or set AWS_REGION or the profile's region. " +
    EMBEDDED_KMS,
}

const named = (verdict: Verdict, ...names: string[]) => names.map((name) => [name, verdict] as const)

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ...named(verdict('ENVELOPE_KMS_DISABLED'), 'DisabledException'),
  ...named(verdict('ENVELOPE_KMS_INVALID_STATE'), 'KMSInvalidStateException', 'CustomKeyStoreInvalidStateException'),
  ...named(verdict('ENVELOPE_KMS_NOT_FOUND'), 'NotFoundException'),
  ...named(INVALID_CIPHERTEXT, 'InvalidCiphertextException', 'IncorrectKeyException'),
  ...named(DENIED, 'AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'OptInRequired', 'InvalidClientTokenId'),
  ...named(DENIED, 'UnrecognizedClientException', 'InvalidSignatureException', 'SignatureDoesNotMatch'),
  ...named(DENIED, 'IncompleteSignature', 'IncompleteSignatureException', 'MissingAuthenticationToken'),
  ...named(DENIED, 'MissingAuthenticationTokenException'),
  ...named(THROTTLED, 'ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException'),
  ...named(THROTTLED, 'RequestLimitExceeded', 'RequestThrottled', 'RequestThrottledException', 'SlowDown'),
  ...named(UNAVAILABLE, 'DependencyTimeoutException', 'KeyUnavailableException', 'KMSInternalException'),
  ...named(UNAVAILABLE, 'InternalFailure', 'InternalError', 'ServiceUnavailable', 'ServiceUnavailableException'),
  ...named(UNAVAILABLE, 'TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException', 'NetworkingError'),
  // The credentials ran out, or their source cannot be reached: that says nothing about the key.
  ...named(NO_CREDENTIALS, 'CredentialsProviderError'),
  ...named(UNAVAILABLE, 'TokenProviderError', 'ProviderError', 'TokenRefreshRequired'),
  ...named(UNAVAILABLE, 'ExpiredTokenException', 'ExpiredToken', 'RequestExpired', 'RequestTimeTooSkewed'),
  // KMS means a quota on resources (keys, grants, rotations) by this, not a rate: waiting does not help.
  ...named(INVALID_REQUEST, 'LimitExceededException', 'InvalidKeyUsageException', 'InvalidGrantTokenException'),
  ...named(INVALID_REQUEST, 'DryRunOperationException', 'ValidationException', 'InvalidArnException'),
  ...named(INVALID_REQUEST, 'UnsupportedOperationException', 'UnknownOperationException', 'SerializationException'),
])

const ADVICE: Partial<Record<KeyErrorCode, string>> = {
  ENVELOPE_KMS_ACCESS_DENIED:
    'access was denied. Allow this operation to the IAM principal in the key policy or in IAM, for this CMK and its ' +
    'encryption context, and check that the credentials are the intended ones',
  ENVELOPE_KMS_DISABLED: 'the CMK is disabled. Enable it (EnableKey) to make its data readable again',
  ENVELOPE_KMS_INVALID_STATE:
    'the CMK is in a state in which it cannot be used, such as pending deletion. Cancel its deletion ' +
    '(CancelKeyDeletion) and enable it, or finish its import or creation',
  ENVELOPE_KMS_NOT_FOUND: 'there is no such CMK or alias. Check its name, the account and the Region',
  ENVELOPE_KMS_INVALID_CIPHERTEXT:
    'KMS does not accept this wrapped key under this CMK and encryption context. It was altered, or wrapped under ' +
    'another CMK, tenant or application name',
  ENVELOPE_KMS_INVALID_REQUEST:
    'KMS rejected the request as invalid. Check that the CMK has the key spec and usage that this needs ' +
    '(SYMMETRIC_DEFAULT for data keys, HMAC_256 for indexes)',
  ENVELOPE_KMS_THROTTLED: 'too many requests. Try again later; a longer maxAge or revalidate makes fewer calls',
  ENVELOPE_KMS_UNAVAILABLE:
    'KMS could not be reached, did not answer in time, or returned a server error. Try again; if this persists, check the ' +
    'network, credentials and Region',
  ENVELOPE_KMS_BAD_RESPONSE:
    'the answer could not be read. Check the endpoint, and any proxy or emulator between this process and AWS KMS',
}

/** Whatever a call to AWS KMS threw, as the error that this library throws. */
export function toKeyError(error: unknown, call: { operation: string; keyId: string }): EnvelopeError {
  if (error instanceof EnvelopeError) return error
  const facts = factsOf(error)
  const { code, retryable, advice = ADVICE[code] ?? 'the call failed' } = judge(facts)
  const detail = facts.detail === '' ? facts.name : `${facts.name}: ${facts.detail}`
  const request = facts.requestId === undefined ? '' : `; request id ${facts.requestId}`
  const message = `KMS ${call.operation} for ${oneLine(call.keyId)}: ${advice}. (${detail}${request})`
  return new EnvelopeKeyError(code, message, { retryable }, { cause: safeCause(facts) })
}

function judge(facts: Facts): Verdict {
  const { name, status } = facts
  if (name === 'KMSInvalidStateException' && /\bis (being created|creating)\b/i.test(facts.detail)) {
    // A new replica of a multi-Region key: it will work in a minute, and nobody took it away.
    return verdict('ENVELOPE_KMS_INVALID_STATE', true)
  }
  // AWS documents both for a key that is to be deleted, and EnableKey is refused then.
  if (name === 'DisabledException' && /\bpending (replica )?deletion\b/i.test(facts.detail)) return PENDING_DELETION
  // A clock that is wrong, or a request that was long on its way: the credentials themselves may be good.
  if (name === 'InvalidSignatureException' && /expired|not yet current/i.test(facts.detail)) return UNAVAILABLE
  const known = VERDICTS.get(name)
  if (known !== undefined) return known
  if (status === 429) return THROTTLED
  if (status !== undefined && status >= 500) return UNAVAILABLE
  if (facts.unreadable) {
    // KMS itself always answers in JSON: an error page comes from something between, which says nothing of the key.
    return status !== undefined && status >= 300 ? UNAVAILABLE : verdict('ENVELOPE_KMS_BAD_RESPONSE')
  }
  if (status === 401 || status === 403) return DENIED
  if (facts.fromService) return INVALID_REQUEST
  if (facts.errno !== undefined) return UNAVAILABLE
  if (/\bregion is missing\b/i.test(facts.detail)) return NO_REGION
  return verdict('ENVELOPE_KMS_UNAVAILABLE')
}

/** What is read off a thrown value; the value itself, which may hold requests and responses, goes no further. */
interface Facts {
  name: string
  /** The message, with nothing in it that could be key material; empty when there is none worth showing. */
  detail: string
  requestId: string | undefined
  status: number | undefined
  /** A system error code such as ECONNRESET. */
  errno: string | undefined
  /** KMS answered with an error of its own. */
  fromService: boolean
  /** Something answered that the SDK could not parse. */
  unreadable: boolean
}

function factsOf(error: unknown): Facts {
  const metadata = property(error, '$metadata')
  const status = property(metadata, 'httpStatusCode')
  const requestId = property(metadata, 'requestId')
  const errno = property(error, 'code') ?? property(property(error, 'cause'), 'code')
  const fromService = property(error, '$fault') !== undefined
  const unreadable = !fromService && (error instanceof SyntaxError || property(error, '$response') !== undefined)
  return {
    // What sits between this process and KMS may answer with any name.
    name: error instanceof Error ? oneLine(String(error.name), LONGEST_NAME) : 'Error',
    detail: unreadable ? 'the response could not be parsed' : sanitised(error instanceof Error ? error.message : ''),
    requestId: typeof requestId === 'string' ? sanitised(requestId) : undefined,
    status: typeof status === 'number' ? status : undefined,
    errno: typeof errno === 'string' ? errno : undefined,
    fromService,
    unreadable,
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

const LONGEST_DETAIL = 300
const LONGEST_NAME = 100
/** 32 bytes are 43 characters of base64 and 64 of hexadecimal. Key ids have hyphens and survive. */
const LIKE_KEY_MATERIAL = /[A-Za-z0-9+/=]{40,}/g

/** JSON.parse and validators quote their input; what they quote may be half a data key. */
function sanitised(message: string): string {
  if (message === 'UnknownError') return ''
  // Redacted first: half of what looks like a key does not look like one any more.
  return oneLine(message.replace(LIKE_KEY_MATERIAL, '[redacted]'), LONGEST_DETAIL)
}

/** A new error: the SDK's own carries `$response` and every member of the answer's body. */
function safeCause(facts: Facts): Error {
  const cause = Object.assign(new Error(facts.detail), {
    ...(facts.requestId === undefined ? {} : { requestId: facts.requestId }),
    ...(facts.status === undefined ? {} : { httpStatusCode: facts.status }),
  })
  cause.name = facts.name
  return cause
}

import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms'
import { EnvelopeConfigError } from '../../errors.js'
import type { KmsProvider } from '../provider.js'
import { EMBEDDED_KMS } from '../provider-check.js'
import { type AwsCall, callAws } from './call.js'
import {
  type AnswerCheck,
  cmkDescription,
  cmkVersion,
  dataKey,
  macBytes,
  plaintextBytes,
  wrappedDataKey,
} from './response.js'

/** How {@link awsKms} reaches AWS KMS: with a client of yours, or with the configuration for one of its own. */
export type AwsKmsOptions = ({ client: KMSClient } | (KMSClientConfig & { client?: never })) & {
  /**
   * How long one request may take in all, the SDK's retries and its search for credentials included, in milliseconds.
   * When it has passed, the request fails with `ENVELOPE_KMS_UNAVAILABLE`, which is retryable. Default: no limit but that
   * of the request's own `signal`, which is `dataKeys.timeout`; 10,000 for a request without one.
   */
  timeout?: number
}

/** In milliseconds, of a request that has no signal: one that an application makes itself. */
const DEFAULT_TIMEOUT = 10_000
/** The longest delay that Node's timers can hold; longer ones would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * One attempt's bounds, in milliseconds. The SDK's own defaults are "no timeout", and its `requestTimeout` only warns
 * unless told to throw: a silent KMS endpoint would then hold every query of every tenant.
 */
const ATTEMPT_BOUNDS = { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true }

/** A Decrypt or Encrypt that names no algorithm would follow AWS's default, should that ever change. */
const ALGORITHM = 'SYMMETRIC_DEFAULT'

/**
 * AWS KMS as a {@link KmsProvider}.
 *
 * The IAM principal needs `kms:GenerateDataKey`, `kms:Decrypt` and `kms:DescribeKey` on the CMKs; `kms:ReEncryptFrom`
 * and `kms:ReEncryptTo` to rewrap; `kms:GenerateMac` on the index CMK; `kms:Encrypt` only to encrypt single values.
 *
 * Retries within a call are the SDK's (three attempts by default). A `logger` given to the client sees encryption
 * contexts, and in a parse error a few characters of the response: set one in development only.
 *
 * Its methods reject with `EnvelopeKeyError`. Codes: every `ENVELOPE_KMS_…`.
 *
 * @example
 * ```ts
 * awsKms({ region: 'eu-central-1' })              // any KMSClientConfig
 * awsKms({ client: new KMSClient({ … }) })        // your own client: proxies, assumed roles, the embedded KMS
 * awsKms()                                        // Region and credentials as the SDK finds them: AWS_REGION, a profile
 * ```
 * @throws EnvelopeConfigError `ENVELOPE_CONFIG_INVALID` when `timeout` is not a positive number of milliseconds,
 *   or `region` is empty.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
 */
export function awsKms(options: AwsKmsOptions = {}): KmsProvider {
  checkOptions(options)
  const timeout = options.timeout === undefined ? undefined : checkedTimeout(options.timeout)
  const aws = lazyAws(options)
  const call = (operation: string, keyId: string, signal: AbortSignal | undefined): AwsCall => ({
    operation,
    keyId,
    timeout: timeout ?? (signal === undefined ? DEFAULT_TIMEOUT : undefined),
    signal,
  })
  const decrypt = (
    { blob, keyId, encryptionContext, signal }: Parameters<KmsProvider['decrypt']>[0],
    read: (check: AnswerCheck, plaintext: Uint8Array | undefined) => Uint8Array,
  ) =>
    callAws(
      call('Decrypt', keyId, signal),
      (sending) =>
        aws.send((sdk, client) =>
          client.send(
            new sdk.DecryptCommand({
              CiphertextBlob: blob,
              KeyId: keyId,
              EncryptionContext: { ...encryptionContext },
              EncryptionAlgorithm: ALGORITHM,
            }),
            sending,
          ),
        ),
      (answer, check) => {
        const cmk = cmkVersion(check, keyId, answer.KeyId, answer.KeyMaterialId)
        return { cmk, plaintext: read(check, answer.Plaintext) }
      },
    )

  return {
    generateDataKey: ({ keyId, encryptionContext, signal }) =>
      callAws(
        call('GenerateDataKey', keyId, signal),
        (sending) =>
          aws.send((sdk, client) =>
            client.send(
              new sdk.GenerateDataKeyCommand({
                KeyId: keyId,
                KeySpec: 'AES_256',
                EncryptionContext: { ...encryptionContext },
              }),
              sending,
            ),
          ),
        (answer, check) => {
          const wrapped = wrappedDataKey(check, answer, keyId)
          return { wrapped, plaintext: dataKey(check, answer.Plaintext) }
        },
      ),

    unwrapDataKey: (request) => decrypt(request, dataKey),

    rewrapDataKey: ({ blob, sourceKeyId, keyId, encryptionContext, signal }) =>
      callAws(
        call('ReEncrypt', keyId, signal),
        (sending) =>
          aws.send((sdk, client) =>
            client.send(
              new sdk.ReEncryptCommand({
                CiphertextBlob: blob,
                SourceKeyId: sourceKeyId,
                SourceEncryptionContext: { ...encryptionContext },
                SourceEncryptionAlgorithm: ALGORITHM,
                DestinationKeyId: keyId,
                DestinationEncryptionContext: { ...encryptionContext },
                DestinationEncryptionAlgorithm: ALGORITHM,
              }),
              sending,
            ),
          ),
        (answer, check) => ({
          wrapped: wrappedDataKey(check, { ...answer, KeyMaterialId: answer.DestinationKeyMaterialId }, keyId),
          source: cmkVersion(check, sourceKeyId, answer.SourceKeyId, answer.SourceKeyMaterialId),
        }),
      ),

    describeKey: ({ keyId, signal }) =>
      callAws(
        call('DescribeKey', keyId, signal),
        (sending) => aws.send((sdk, client) => client.send(new sdk.DescribeKeyCommand({ KeyId: keyId }), sending)),
        (answer, check) => cmkDescription(check, answer.KeyMetadata, keyId),
      ),

    encrypt: ({ plaintext, keyId, encryptionContext, signal }) =>
      callAws(
        call('Encrypt', keyId, signal),
        (sending) =>
          aws.send((sdk, client) =>
            client.send(
              new sdk.EncryptCommand({
                KeyId: keyId,
                Plaintext: plaintext,
                EncryptionContext: { ...encryptionContext },
                EncryptionAlgorithm: ALGORITHM,
              }),
              sending,
            ),
          ),
        (answer, check) => wrappedDataKey(check, answer, keyId),
      ),

    decrypt: (request) => decrypt(request, plaintextBytes),

    generateMac: ({ keyId, message, signal }) =>
      callAws(
        call('GenerateMac', keyId, signal),
        (sending) =>
          aws.send((sdk, client) =>
            client.send(
              new sdk.GenerateMacCommand({ KeyId: keyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
              sending,
            ),
          ),
        (answer, check) => {
          const cmkArn = cmkVersion(check, keyId, answer.KeyId, undefined).arn
          return { cmkArn, mac: macBytes(check, answer.Mac) }
        },
      ),

    // A client that was handed in may serve others: only one made here is destroyed here.
    close: () => aws.close(),
  }
}

type AwsSdk = typeof import('@aws-sdk/client-kms')

let loaded: AwsSdk | undefined

/**
 * The SDK, and the client made with it, from the first call on: loading it takes four fifths of the time that importing
 * this package would take, also where another provider is used.
 */
function lazyAws(options: AwsKmsOptions) {
  let own: KMSClient | undefined
  let closed = false
  const clientOf = (sdk: AwsSdk): KMSClient => {
    if (options.client !== undefined) return options.client
    own ??= ownClient(sdk, options)
    if (closed) own.destroy()
    return own
  }
  return {
    /** Once it is loaded, no later than without: a late answer is wiped in the turn in which it comes. */
    send<T>(command: (sdk: AwsSdk, client: KMSClient) => Promise<T>): Promise<T> {
      if (loaded !== undefined) return command(loaded, clientOf(loaded))
      return import('@aws-sdk/client-kms').then((sdk) => {
        loaded = sdk
        return command(sdk, clientOf(sdk))
      })
    },
    close() {
      closed = true
      own?.destroy()
    },
  }
}

function ownClient(sdk: AwsSdk, options: KMSClientConfig & { client?: never; timeout?: number }): KMSClient {
  const { client: _client, timeout: _timeout, ...config } = options
  return new sdk.KMSClient({ requestHandler: { ...ATTEMPT_BOUNDS }, ...config })
}

function checkOptions(options: AwsKmsOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(`must be called with an object of options, such as { region: 'eu-central-1' }. ${EMBEDDED_KMS}`)
  }
  // As of an environment variable that is there and empty. The SDK would ask nothing else then, and fail at the first call.
  if (options.client === undefined && options.region === '') {
    throw invalid(
      'was given an empty region. Name one, or leave it out, for the SDK to take it from AWS_REGION or the profile. ' +
        EMBEDDED_KMS,
    )
  }
}

function invalid(what: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `awsKms ${what}.`)
}

function checkedTimeout(timeout: number): number {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= LONGEST_TIMER) return timeout
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `awsKms: timeout must be a number of milliseconds above 0 and at most ${LONGEST_TIMER}.`,
  )
}

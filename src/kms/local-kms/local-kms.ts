import { KMSClient } from '@aws-sdk/client-kms'
import { EnvelopeConfigError } from '../../errors.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import { awsKms } from '../aws/aws-kms.js'
import type { KmsProvider } from '../provider.js'
import { type CallLog, createCallLog } from './call-log.js'
import { createKey, ensureKey, type LocalKmsKey, type LocalKmsKeyOptions } from './create-key.js'
import { createFaults, type Faults } from './faults.js'
import { createRequestHandler } from './request-handler.js'
import { emptyState } from './state.js'
import { fileStore, memoryStore } from './store.js'

/** What {@link localKms} takes. */
export interface LocalKmsOptions {
  /**
   * A JSON file in which the keys are stored in plaintext. Without one they are in memory and end with the process. Several
   * handles and processes may share a file: each sees the others' changes, and none undoes them.
   */
  file?: string
  /**
   * Names of aliases, with `*` for any text (`'alias/clinic/*'`): a key is made when one is first used that stands for
   * none, an HMAC key where GenerateMac asks. Only for names, never for key ids. Default: none are made.
   */
  create?: string | readonly string[]
  /** Allows it to run although `NODE_ENV` is `production`. Its keys are in plaintext: it protects nothing. */
  allowProduction?: boolean
  /** The Region in the keys' ARNs. Default: the file's, else `eu-central-1`. */
  region?: string
  /** The account in the keys' ARNs, twelve digits. Default: the file's, else `111122223333`, as in AWS's examples. */
  accountId?: string
  /** The clock, in milliseconds since 1970. It decides when deletions and automatic rotations happen. */
  now?: () => number
  /** How many calls {@link LocalKms.calls} keeps in full; default 1,000. */
  callLogSize?: number
  /** The SDK's attempts per call; default 3, as the SDK's own. */
  maxAttempts?: number
}

/** See {@link localKms}. */
export interface LocalKms {
  /** The real AWS SDK client, answered in this process; for key management too: `send(new DisableKeyCommand(…))`. */
  readonly client: KMSClient
  /** `awsKms({ client: local.client })` */
  readonly provider: KmsProvider
  /** Every call that was made, as CloudTrail would show it. */
  readonly calls: CallLog
  /** Makes the next calls go wrong. For tests. */
  readonly faults: Faults
  /** Makes a key, with an alias if one is named: CreateKey and CreateAlias, which are logged and fail as on AWS. */
  createKey(options?: LocalKmsKeyOptions): Promise<LocalKmsKey>
  /**
   * The key behind an alias, in whatever state it is; made as {@link createKey} does where the alias stands for none. For
   * keys that live in a file. Rejects with `ENVELOPE_CONFIG_INVALID` where the alias stands for a key of another spec.
   */
  ensureKey(options: LocalKmsKeyOptions & { alias: string }): Promise<LocalKmsKey>
  /** Ends the client: calls then reject with `ENVELOPE_CLOSED`. A file stays as it is. */
  close(): void
}

const OPTIONS: OptionNames<LocalKmsOptions> = {
  file: true,
  create: true,
  allowProduction: true,
  region: true,
  accountId: true,
  now: true,
  callLogSize: true,
  maxAttempts: true,
}
const ALIAS_PATTERN = /^alias\/(?!aws\/)[a-zA-Z0-9/_*-]+$/
const DEFAULT_REGION = 'eu-central-1'
const DEFAULT_ACCOUNT = '111122223333'
const DEFAULT_CALL_LOG_SIZE = 1000

/**
 * The embedded KMS: AWS KMS's wire protocol, answered in this process. **For development, demos and tests only**: its
 * keys are in memory or in a file, in plaintext, and it checks no credentials.
 *
 * The real `@aws-sdk/client-kms` talks to it, so all code is that of production up to the network. It has CreateKey
 * (SYMMETRIC_DEFAULT and HMAC_256), DescribeKey, ListKeys, ListResourceTags, EnableKey, DisableKey,
 * ScheduleKeyDeletion, CancelKeyDeletion, aliases, Encrypt, Decrypt, ReEncrypt, GenerateDataKey with and without
 * plaintext, GenerateMac, VerifyMac, GenerateRandom, and key rotation, automatic and on demand. A key policy or grant
 * token in a request has no effect. Other operations are answered with UnknownOperationException.
 *
 * @example
 * ```ts
 * const local = localKms({ file: '.demo/kms.json', create: 'alias/app/*' })
 * fieldEncryption({ kms: local.provider, cmk: (tenant) => `alias/app/${tenant}`, … })
 * local.calls.count('GenerateDataKey')
 * ```
 * @throws EnvelopeConfigError `ENVELOPE_CONFIG_INVALID` when an option is wrong, or the file is damaged, foreign, or of
 *   another Region or account than asked for. The file is then left as it is.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
 */
export function localKms(options: LocalKmsOptions = {}): LocalKms {
  refuseUnknownOptions('localKms', options, OPTIONS)
  if (process.env.NODE_ENV === 'production' && options.allowProduction !== true) {
    throw invalid(
      'NODE_ENV is production, where the embedded KMS protects nothing: its keys are stored in plaintext. Use awsKms, or set ' +
        'allowProduction: true if this is intended',
    )
  }
  const create = [options.create ?? []].flat()
  if (!create.every((pattern) => typeof pattern === 'string' && ALIAS_PATTERN.test(pattern))) {
    throw invalid("create must be names of aliases such as 'alias/clinic/*'")
  }
  const region = checked(
    options.region,
    /^[a-z]{2}(?:-[a-z]+)+-\d$/,
    'region must be an AWS Region, such as eu-central-1',
  )
  const accountId = checked(options.accountId, /^\d{12}$/, 'accountId must have twelve digits')
  const size = options.callLogSize ?? DEFAULT_CALL_LOG_SIZE
  if (!Number.isInteger(size) || size < 1) throw invalid('callLogSize must be a positive integer')
  const fresh = () => emptyState(region ?? DEFAULT_REGION, accountId ?? DEFAULT_ACCOUNT)
  const store = options.file === undefined ? memoryStore(fresh()) : fileStore(options.file, fresh)
  if (region !== undefined && store.state.region !== region)
    throw invalid(`the key file belongs to the Region ${store.state.region}`)
  if (accountId !== undefined && store.state.accountId !== accountId) {
    throw invalid(`the key file belongs to account ${store.state.accountId}`)
  }
  const log = createCallLog(size)
  const faults = createFaults()
  const handler = createRequestHandler({ store, log, faults, create, now: options.now ?? Date.now })
  const client = offlineClient(store.state.region, handler, options.maxAttempts ?? 3)
  return {
    client,
    provider: awsKms({ client }),
    calls: log,
    faults,
    createKey: (key) => createKey(client, key ?? {}),
    ensureKey: (key) => ensureKey(client, key),
    close: () => client.destroy(),
  }
}

/**
 * A client that looks at nothing outside this process: whatever it would otherwise read from the environment, from
 * `~/.aws` or from the instance's metadata service is given here.
 */
function offlineClient(region: string, requestHandler: ReturnType<typeof createRequestHandler>, maxAttempts: number) {
  return new KMSClient({
    region,
    requestHandler,
    maxAttempts,
    // Reserved by RFC 2606: should a request ever get past the handler, it could reach nobody.
    endpoint: 'https://local-kms.invalid',
    credentials: { accessKeyId: 'LOCALKMS', secretAccessKey: 'not-a-secret' },
    retryMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'prisma-envelope-local-kms',
    authSchemePreference: [],
  })
}

function checked(value: string | undefined, pattern: RegExp, rule: string): string | undefined {
  if (value !== undefined && !pattern.test(value)) throw invalid(rule)
  return value
}

function invalid(rule: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', `localKms: ${rule}.`)
}

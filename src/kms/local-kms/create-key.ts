import {
  AlreadyExistsException,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  type KeyMetadata,
  type KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms'
import { EnvelopeConfigError } from '../../errors.js'
import { type OptionNames, refuseUnknownOptions } from '../../options/known-options.js'
import type { LocalKeySpec } from './state.js'

/** The key that {@link LocalKms.createKey} makes. */
export interface LocalKmsKeyOptions {
  /** `alias/…` */
  alias?: string
  /** Default `SYMMETRIC_DEFAULT`. */
  spec?: LocalKeySpec
  /** As KMS shows it in DescribeKey. */
  description?: string
  /** As KMS lists them in ListResourceTags. */
  tags?: Readonly<Record<string, string>>
  /** Whether the key id begins with `mrk-`. Default: `false`. */
  multiRegion?: boolean
}

/** A key of the embedded KMS. */
export interface LocalKmsKey {
  /** The full key ARN. */
  arn: string
  /** The key id within account and Region: a UUID, or `mrk-…`. */
  keyId: string
}

const OPTIONS: OptionNames<LocalKmsKeyOptions> = {
  alias: true,
  spec: true,
  description: true,
  tags: true,
  multiRegion: true,
}

export async function createKey(client: KMSClient, options: LocalKmsKeyOptions): Promise<LocalKmsKey> {
  refuseUnknownOptions('createKey', options, OPTIONS)
  const spec = options.spec ?? 'SYMMETRIC_DEFAULT'
  const { KeyMetadata: metadata } = await client.send(
    new CreateKeyCommand({
      KeySpec: spec,
      KeyUsage: spec === 'HMAC_256' ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT',
      Description: options.description,
      MultiRegion: options.multiRegion ?? false,
      Tags: Object.entries(options.tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    }),
  )
  const key = named(metadata)
  if (options.alias !== undefined) {
    await client.send(new CreateAliasCommand({ AliasName: options.alias, TargetKeyId: key.keyId }))
  }
  return key
}

/** The key behind an alias; created first if the alias does not exist. */
export async function ensureKey(
  client: KMSClient,
  options: LocalKmsKeyOptions & { alias: string },
): Promise<LocalKmsKey> {
  refuseUnknownOptions('ensureKey', options, OPTIONS)
  const found = await keyBehind(client, options)
  if (found !== undefined) return found
  try {
    return await createKey(client, options)
  } catch (error) {
    // Another process on the same file was faster. The key that was made here has no name, and does no harm.
    const faster = error instanceof AlreadyExistsException ? await keyBehind(client, options) : undefined
    if (faster !== undefined) return faster
    throw error
  }
}

async function keyBehind(
  client: KMSClient,
  { alias, spec = 'SYMMETRIC_DEFAULT' }: LocalKmsKeyOptions,
): Promise<LocalKmsKey | undefined> {
  let metadata: KeyMetadata | undefined
  try {
    metadata = (await client.send(new DescribeKeyCommand({ KeyId: alias }))).KeyMetadata
  } catch (error) {
    if (error instanceof NotFoundException) return undefined
    throw error
  }
  if (metadata?.KeySpec === spec) return named(metadata)
  throw new EnvelopeConfigError(
    'ENVELOPE_CONFIG_INVALID',
    `localKms: the key of ${alias} has the spec ${metadata?.KeySpec}, not ${spec}. Name another alias, or delete the key file.`,
  )
}

function named(metadata: KeyMetadata | undefined): LocalKmsKey {
  if (metadata?.Arn === undefined || metadata.KeyId === undefined) throw new Error('KMS answered without a key')
  return { arn: metadata.Arn, keyId: metadata.KeyId }
}

import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { awsKms, type KmsProvider } from 'prisma-envelope'
import { aliasOf, INDEX_KEY, SHARED } from './db.js'

export interface Kms {
  readonly provider: KmsProvider
  /** Makes the CMK of a new organisation. */
  readonly createKey: CreateKey
}

export type CreateKey = (organizationId: string) => Promise<void>

/** `KMS=aws`: AWS KMS, with the SDK's usual sources of credentials. Otherwise the embedded KMS, for development. */
export async function chooseKms(env: NodeJS.ProcessEnv, file: string): Promise<Kms> {
  if (env.KMS === 'aws') {
    if (!env.AWS_REGION) throw new Error('KMS=aws needs AWS_REGION.')
    const client = new KMSClient({ region: env.AWS_REGION })
    return { provider: awsKms({ client }), createKey: createKeyWith(client) }
  }
  if (env.NODE_ENV === 'production') throw new Error('In production, set KMS=aws: the embedded KMS protects nothing.')

  // Loaded here only: a production process has no embedded KMS in it.
  const { localKms } = await import('prisma-envelope/local-kms')
  const local = localKms({ file })
  await local.ensureKey({ alias: aliasOf(SHARED) })
  await local.ensureKey({ alias: INDEX_KEY, spec: 'HMAC_256' })
  return { provider: local.provider, createKey: createKeyWith(local.client) }
}

export function createKeyWith(client: KMSClient): CreateKey {
  return async (organizationId) => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    await client.send(new CreateAliasCommand({ AliasName: aliasOf(organizationId), TargetKeyId: KeyMetadata?.KeyId }))
  }
}

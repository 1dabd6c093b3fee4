import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  type KMSClient,
} from '@aws-sdk/client-kms'
import { TENANT } from '../rows.js'
import { loadLibrary } from './library.js'
import { loadPeer, peerVersion } from './peers.js'
import type { SubjectPlan } from './subject.js'

/** What is used of `@aws-crypto/client-node`. */
interface EncryptionSdk {
  buildClient(policy: string): {
    encrypt(manager: object, text: Buffer, options: object): Promise<{ result: Buffer }>
    decrypt(manager: object, message: Buffer): Promise<{ plaintext: Buffer }>
  }
  KmsKeyringNode: new (options: { clientProvider: () => unknown; generatorKeyId: string }) => object
  NodeCachingMaterialsManager: new (options: object) => object
  getLocalCryptographicMaterialsCache(capacity: number): object
  AlgorithmSuiteIdentifier: Record<string, number>
  CommitmentPolicy: Record<string, string>
}

const NAME = '@aws-crypto/client-node'
const FIELDS = ['email', 'ssn', 'reason']
const CONTEXT = { app: 'bench', tenant: TENANT }

/**
 * The AWS Encryption SDK with its caching manager, value by value in a query extension, as one writes it by hand: one data
 * key for a tenant's values, AES-256-GCM with key commitment. Not signed: a signature would take a millisecond each.
 */
export async function awsEncryptionSdk(): Promise<SubjectPlan> {
  const sdk = loadPeer(NAME) as EncryptionSdk
  const { localKms } = await loadLibrary('aws-encryption-sdk', { native: false })
  const kms = localKms()
  const { arn } = await kms.createKey({ alias: 'alias/bench/acme' })
  const keyring = new sdk.KmsKeyringNode({ clientProvider: () => methods(kms.client), generatorKeyId: arn })
  const client = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT ?? '')
  const suiteId = sdk.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
  // The caps are this library's defaults, so that both ask KMS as often.
  const freshManager = () =>
    new sdk.NodeCachingMaterialsManager({
      backingMaterials: keyring,
      cache: sdk.getLocalCryptographicMaterialsCache(10_000),
      maxAge: 10 * 60_000,
      maxMessagesEncrypted: 2 ** 20,
    })
  let manager = freshManager()

  const layer = eachField({
    async seal(text) {
      // Its key cache also counts this length: without one it would count the bytes of the whole stream.
      const options = { suiteId, encryptionContext: CONTEXT, plaintextLength: Buffer.byteLength(text) }
      const { result } = await client.encrypt(manager, Buffer.from(text), options)
      return result.toString('base64')
    },
    async open(text) {
      const { plaintext } = await client.decrypt(manager, Buffer.from(text, 'base64'))
      return plaintext.toString()
    },
  })
  return {
    name: `${NAME} ${peerVersion(NAME)}`,
    encrypts: true,
    extend: (plain) => ({
      client: plain.$extends({
        query: {
          $allModels: {
            async $allOperations({ args, query }) {
              const { data } = args as { data?: unknown }
              return layer.open(await query(data === undefined ? args : { ...args, data: await layer.seal(data) }))
            },
          },
        },
      }),
      forgetKeys: () => {
        manager = freshManager()
      },
    }),
  }
}

/** The client's commands as the methods that the SDK calls. */
function methods(client: KMSClient) {
  return {
    generateDataKey: (input: GenerateDataKeyCommandInput) => client.send(new GenerateDataKeyCommand(input)),
    encrypt: (input: EncryptCommandInput) => client.send(new EncryptCommand(input)),
    decrypt: (input: DecryptCommandInput) => client.send(new DecryptCommand(input)),
  }
}

interface Cipher {
  seal(text: string): Promise<string>
  open(text: string): Promise<string>
}

/** Applies a cipher to the texts of the encrypted fields, at any depth of rows and lists, all of them at once. */
function eachField(cipher: Cipher) {
  const walk = async (value: unknown, change: (text: string) => Promise<string>): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map((element) => walk(element, change)))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(async ([key, member]) => {
      const changed = typeof member === 'string' && FIELDS.includes(key) ? change(member) : walk(member, change)
      return [key, await changed] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }
  return {
    seal: (data: unknown) => walk(data, cipher.seal) as Promise<object>,
    open: (result: unknown) => walk(result, cipher.open),
  }
}

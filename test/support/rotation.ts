import { RotateKeyOnDemandCommand } from '@aws-sdk/client-kms'
import { decodeText, type ParsedEnvelope, parseEnvelope, wrapTag } from '../../src/envelope/index.js'
import type { CmkOption } from '../../src/keys/index.js'
import type { EncryptionEvent } from '../../src/prisma/events.js'
import type { StoredValue } from './databases/contract.js'
import { encryptedClient, type TestOptions } from './encrypted-client.js'
import { binaryOf, type Stage, textOf } from './stage.js'

export { decodeText }

/** What a stored envelope says of its wrapping, and what a rewrap must leave as it is. */
export function wrappingOf(stored: StoredValue | undefined) {
  const envelope: ParsedEnvelope = parseEnvelope(binaryOf(stored))
  if (envelope.wrapped === undefined) throw new Error('the envelope carries no wrapped key')
  const wrapTag = envelope.wrapped.tag.toString('base64')
  return {
    cmk: wrapTag.slice(0, 8),
    material: wrapTag.slice(8),
    wrapTag,
    kept: Buffer.concat([envelope.head, envelope.nonce, envelope.sealed]).toString('base64'),
  }
}

/** The envelope of one value with the wrapped key of another in it: head, nonce and ciphertext stay. */
export function withWrappedKeyOf(stored: StoredValue | undefined, other: StoredValue | undefined): string {
  const into = binaryOf(stored)
  const from = binaryOf(other)
  const end = (bytes: Buffer) => 32 + bytes.readUInt16BE(30)
  return textOf(Buffer.concat([into.subarray(0, 18), from.subarray(18, end(from)), into.subarray(end(into))]))
}

/** The same envelope, which now says that its data key was wrapped with this key material. */
export function withMaterial(stored: StoredValue | undefined, keyMaterialId: string): string {
  const binary = Buffer.from(binaryOf(stored))
  wrapTag('', keyMaterialId).copy(binary, 24, 6)
  return textOf(binary)
}

/** What the envelopes of data keys under this CMK say of it: the first half of the wrap tag. */
export function tagOf(arn: string): string {
  return wrapTag(arn).toString('base64', 0, 6)
}

export async function arnOf({ kms }: Stage, keyId: string): Promise<string> {
  return (await kms.provider.describeKey({ keyId })).cmk.arn
}

export async function rotate({ kms }: Stage, keyId: string): Promise<void> {
  await kms.client.send(new RotateKeyOnDemandCommand({ KeyId: await arnOf({ kms } as Stage, keyId) }))
}

/** Another process on the same database and KMS: nothing in memory, told of another CMK where one is named. */
export function anotherClient({ database, kms }: Stage, cmk?: CmkOption, options: TestOptions = {}) {
  const events: EncryptionEvent[] = []
  const client = encryptedClient(database, kms, {
    ...(cmk !== undefined && { cmk }),
    onEvent: (event) => events.push(event),
    ...options,
  })
  const { prisma, statements, plain } = client
  return {
    prisma,
    statements,
    plain,
    events,
    acme: prisma.$forTenant('acme'),
    idle: () => prisma.$encryption.idle(),
    rewraps: () => prisma.$encryption.stats().rewrap,
    /** The raw updates that rewraps are made by. */
    updates: () => statements.filter(({ sql }) => sql.startsWith('UPDATE')),
    close: () => plain.$disconnect(),
  }
}

/** The KMS calls for data keys: not those for indexes. */
export function dataKeyCalls({ kms }: Stage): string[] {
  return kms.calls.entries.flatMap(({ eventName }) => (eventName === 'GenerateMac' ? [] : [eventName]))
}

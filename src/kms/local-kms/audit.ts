import type { CallLogEntry } from './call-log.js'
import { isObject, type JsonObject } from './input.js'
import { lookUp } from './key-lookup.js'
import { type KmsState, keyArn } from './state.js'

type Audit = Pick<CallLogEntry, 'keyArn' | 'keyMaterialId' | 'encryptionContext' | 'sourceKeyArn'>

/** What the log says of a call, picked member by member, so that nothing secret can slip in. */
export function audit(state: KmsState, input: JsonObject, output: JsonObject = {}): Audit {
  const metadata = isObject(output.KeyMetadata) ? output.KeyMetadata : {}
  return defined({
    keyArn: arnIn(output.KeyId) ?? arnIn(metadata.Arn) ?? requestedKey(state, input),
    keyMaterialId: textIn(output.KeyMaterialId) ?? textIn(output.DestinationKeyMaterialId),
    encryptionContext: contextIn(input.EncryptionContext) ?? contextIn(input.DestinationEncryptionContext),
    sourceKeyArn: arnIn(output.SourceKeyId) ?? arnOf(state, input.SourceKeyId),
  })
}

function requestedKey(state: KmsState, input: JsonObject): string | undefined {
  return arnOf(state, input.KeyId ?? input.DestinationKeyId ?? input.TargetKeyId)
}

function arnOf(state: KmsState, name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  try {
    return keyArn(state, lookUp(state, name).keyId)
  } catch {
    return undefined
  }
}

function arnIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('arn:') ? value : undefined
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function contextIn(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined
  const pairs = Object.entries(value).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  )
  return Object.fromEntries(pairs)
}

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  // Holds: members that are undefined are dropped, and only those are.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}

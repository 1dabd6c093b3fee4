import {
  type AuthenticatedNames,
  appTag,
  authenticatedBytes,
  dataKeyId,
  decodeText,
  encodePrefix,
  encodeText,
  openMessages,
  type Plaintext,
  type Prefix,
  parseEnvelope,
  prefixOf,
  type Stored,
  type Suite,
  type SuiteKey,
  sealingKey,
  sealMessages,
  suites,
  Unopened,
  type WrappedKey,
  wrapTag,
} from '../../../src/envelope/index.js'
import { type ValueType, valueTypes } from '../../../src/values/index.js'

export const allSuites: readonly Suite[] = Object.values(suites)

export const dataKey = Buffer.alloc(32, 0x5a)

export const wrappedKey: WrappedKey = {
  context: { appTag: appTag('clinic'), tenant: 'acme', scope: 'tenant', createdHour: 498_000 },
  wrapTag: wrapTag(
    'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    '0123456789abcdef'.repeat(4),
  ),
  blob: Buffer.alloc(184, 0xb1),
}

export const place: AuthenticatedNames = { tenant: 'acme', model: 'Patient', field: 'email', valueType: 'text' }

/** The type of the values in a place. */
export function typeAt({ valueType }: AuthenticatedNames): ValueType {
  const type = Object.values<ValueType>(valueTypes).find(({ name }) => name === valueType)
  if (type === undefined) throw new Error(`there is no type ${valueType}`)
  return type
}

/** The plaintext of these tests: no error may ever carry it. */
export const SECRET = 'ann.secret@example.com'

export function prefixBytes(suite: Suite, of: WrappedKey = wrappedKey): Buffer {
  return encodePrefix(suite, dataKeyId(dataKey), of)
}

export function prefixFor(suite: Suite): Prefix {
  return prefixOf({ suite, prefix: prefixBytes(suite) })
}

/** The key that seals with this suite under a data key. */
export function keyFor(suite: Suite, of: Uint8Array = dataKey): SuiteKey {
  return suite.importKey(sealingKey(of, suite))
}

/** Seals messages under nonces drawn for them alone. */
export function sealedBatch(
  prefix: Prefix,
  key: SuiteKey,
  place: Buffer,
  messages: readonly Plaintext[],
  form: 'text' | 'binary',
): readonly Stored[] {
  return sealMessages(prefix, key, place, messages, form)
}

/** One envelope, as the query layer would make it. */
export function sealed(suite: Suite, at: AuthenticatedNames = place, value: unknown = SECRET): Buffer {
  const message = typeAt(at).encode(value)
  const [envelope] = sealedBatch(prefixFor(suite), keyFor(suite), authenticatedBytes(at), [message], 'binary')
  if (!(envelope instanceof Uint8Array)) throw new Error('sealMessages gave no envelope')
  return Buffer.from(envelope)
}

/** The value in one envelope in the binary form. */
export function opened(
  bytes: Uint8Array,
  place: Uint8Array,
  key: SuiteKey = keyFor(parseEnvelope(Buffer.from(bytes)).suite),
  type: ValueType = valueTypes.text,
): unknown {
  return openedAt(prefixOf(parseEnvelope(Buffer.from(bytes))), key, place, type, bytes)
}

/** The value in one envelope, whichever of the forms it is in: it is opened in the one that a column of this type holds. */
export function openedAt(prefix: Prefix, key: SuiteKey, place: Uint8Array, type: ValueType, stored: Stored): unknown {
  const binary = typeof stored === 'string' ? decodeText(stored) : Buffer.from(stored)
  const [plaintext] = openedBatch(prefix, key, place, [type.column === 'bytes' ? binary : encodeText(binary)])
  return type.decode(plaintext ?? '')
}

/** What envelopes hold. Throws for the first that does not open. */
export function openedBatch(
  prefix: Prefix,
  key: SuiteKey,
  place: Uint8Array,
  stored: readonly Stored[],
): readonly Plaintext[] {
  const opened = openMessages(prefix, key, place, stored)
  if (opened instanceof Unopened) throw opened.error
  return opened
}

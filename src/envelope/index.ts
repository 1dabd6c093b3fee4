export { type AuthenticatedNames, authenticatedBytes } from './authenticated-data.js'
export { ownerLength, parsePrefix, prefixLength } from './beginning.js'
export { dataKeyId, sealingKey } from './derived-keys.js'
export { appTag, encryptionContext, type KeyContext } from './encryption-context.js'
export { encodePrefix, type ParsedEnvelope, parseEnvelope, wrappedKeyOf } from './format.js'
export type { EnvelopeColumn } from './forms.js'
export { lengthPrefixed } from './length-prefixed.js'
export { importMacKey, type MacKey } from './mac-key.js'
export { openMessages, Unopened } from './open.js'
export { type Plaintext, plaintextLength, writePlaintext } from './plaintext.js'
export { beginningOf, hasPrefix, type Prefix, prefixOf, type Stored, sealedLengthOf } from './prefix.js'
export { beginsSealed, looksSealed } from './recognise.js'
export { rewrapEnvelope } from './rewrap.js'
export { sealMessages } from './seal.js'
export { suites } from './suites/index.js'
export { KEY_LENGTH, type Suite, type SuiteKey, type SuiteName } from './suites/suite.js'
export { decodeText, encodeText, notAnEnvelope, TEXT_PREFIX } from './text.js'
export { LARGEST_PAD, NO_PADDING, paddedLength, wrongContent } from './utf8.js'
export {
  cmkTagText,
  isKeyMaterialId,
  isOtherMaterial,
  isSameCmk,
  namesCmk,
  regionlessArn,
  retagged,
  WRAP_TAG_LENGTH,
  wrapTag,
} from './wrap-tag.js'
export {
  decodeWrappedKey,
  encodeWrappedKey,
  MAX_BLOB_LENGTH,
  TENANT_SCOPE,
  type WrappedKey,
} from './wrapped-key.js'

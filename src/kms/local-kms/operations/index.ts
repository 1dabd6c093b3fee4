import { createAlias, deleteAlias, listAliases, updateAlias } from './aliases.js'
import { generateDataKey, generateDataKeyWithoutPlaintext, generateRandom } from './data-keys.js'
import { decrypt, encrypt, reEncrypt } from './encryption.js'
import {
  cancelKeyDeletion,
  createKey,
  describeKey,
  disableKey,
  enableKey,
  listKeys,
  listResourceTags,
  scheduleKeyDeletion,
} from './keys.js'
import { generateMac, verifyMac } from './macs.js'
import type { Operation } from './operation.js'
import {
  disableKeyRotation,
  enableKeyRotation,
  getKeyRotationStatus,
  listKeyRotations,
  rotateKeyOnDemand,
} from './rotation.js'

/** The operations that the embedded KMS has, by AWS's names. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CancelKeyDeletion: cancelKeyDeletion,
    CreateAlias: createAlias,
    CreateKey: createKey,
    Decrypt: decrypt,
    DeleteAlias: deleteAlias,
    DescribeKey: describeKey,
    DisableKey: disableKey,
    DisableKeyRotation: disableKeyRotation,
    EnableKey: enableKey,
    EnableKeyRotation: enableKeyRotation,
    Encrypt: encrypt,
    GenerateDataKey: generateDataKey,
    GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
    GenerateMac: generateMac,
    GenerateRandom: generateRandom,
    GetKeyRotationStatus: getKeyRotationStatus,
    ListAliases: listAliases,
    ListKeyRotations: listKeyRotations,
    ListKeys: listKeys,
    ListResourceTags: listResourceTags,
    ReEncrypt: reEncrypt,
    RotateKeyOnDemand: rotateKeyOnDemand,
    ScheduleKeyDeletion: scheduleKeyDeletion,
    UpdateAlias: updateAlias,
    VerifyMac: verifyMac,
  }),
)

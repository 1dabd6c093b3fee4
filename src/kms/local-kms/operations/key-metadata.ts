import type { JsonObject } from '../input.js'
import { currentMaterial, type KmsState, keyArn, keyState, type LocalKey } from '../state.js'
import { wireDate } from './operation.js'

/** AWS's `KeyMetadata`, as CreateKey and DescribeKey answer it. */
export function keyMetadata(state: KmsState, key: LocalKey): JsonObject {
  const arn = keyArn(state, key.keyId)
  const symmetric = key.spec === 'SYMMETRIC_DEFAULT'
  // AWS gives a multi-Region primary's window instead of a date; here no replicas hold the deletion up.
  const deletion = key.deletion === undefined ? {} : { DeletionDate: wireDate(key.deletion.at) }
  return {
    AWSAccountId: state.accountId,
    KeyId: key.keyId,
    Arn: arn,
    CreationDate: wireDate(key.createdAt),
    Enabled: keyState(key) === 'Enabled',
    Description: key.description,
    KeyUsage: symmetric ? 'ENCRYPT_DECRYPT' : 'GENERATE_VERIFY_MAC',
    KeyState: keyState(key),
    ...deletion,
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec,
    ...(symmetric ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] } : { MacAlgorithms: ['HMAC_SHA_256'] }),
    MultiRegion: key.multiRegion,
    ...(key.multiRegion ? { MultiRegionConfiguration: primaryOnly(arn, state.region) } : {}),
    // AWS names key material only where it can be rotated.
    ...(symmetric ? { CurrentKeyMaterialId: currentMaterial(key).id } : {}),
  }
}

function primaryOnly(arn: string, region: string): JsonObject {
  return { MultiRegionKeyType: 'PRIMARY', PrimaryKey: { Arn: arn, Region: region }, ReplicaKeys: [] }
}

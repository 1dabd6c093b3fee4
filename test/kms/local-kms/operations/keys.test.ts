import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejection, rejectionName } from '../../rejection.js'

const DAY = 86_400_000

let time: number
let local: LocalKms
let client: KMSClient

beforeEach(() => {
  time = Date.UTC(2026, 0, 1)
  local = localKms({ now: () => time })
  client = local.client
})

const describeOf = async (KeyId: string) => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata
const encryptUnder = (KeyId: string) => client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))

describe('CreateKey', () => {
  it('makes an enabled symmetric key by default', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: 'for acme' }))
    expect(KeyMetadata).toMatchObject({
      AWSAccountId: '111122223333',
      Arn: `arn:aws:kms:eu-central-1:111122223333:key/${KeyMetadata?.KeyId}`,
      CreationDate: new Date(time),
      Description: 'for acme',
      Enabled: true,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      MultiRegion: false,
      Origin: 'AWS_KMS',
    })
    expect(KeyMetadata?.CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/)
  })

  it('makes an HMAC key when spec and usage say so', async () => {
    const input = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
    const { KeyMetadata } = await client.send(new CreateKeyCommand(input))
    expect(KeyMetadata).toMatchObject({ KeySpec: 'HMAC_256', MacAlgorithms: ['HMAC_SHA_256'] })
    expect(KeyMetadata?.CurrentKeyMaterialId).toBeUndefined()
  })

  it('gives a multi-Region key an mrk- id', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ MultiRegion: true }))
    expect(KeyMetadata?.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/)
    expect(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY')
  })

  it('keeps tags', async () => {
    const { arn } = await local.createKey({ tags: { tenant: 'acme', stage: '' } })
    const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId: arn }))
    expect(Tags).toEqual([
      { TagKey: 'tenant', TagValue: 'acme' },
      { TagKey: 'stage', TagValue: '' },
    ])
  })

  it('refuses duplicate tags', async () => {
    const Tags = [1, 2].map(() => ({ TagKey: 'a', TagValue: 'b' }))
    expect(await rejectionName(client.send(new CreateKeyCommand({ Tags })))).toBe('TagException')
  })

  it('refuses an HMAC key for encryption, and a symmetric key for MACs', async () => {
    const hmac = client.send(new CreateKeyCommand({ KeySpec: 'HMAC_256' }))
    expect(await rejectionName(hmac)).toBe('ValidationException')
    const symmetric = client.send(new CreateKeyCommand({ KeyUsage: 'GENERATE_VERIFY_MAC' }))
    expect(await rejectionName(symmetric)).toBe('ValidationException')
  })

  it('refuses specs and origins that it does not have', async () => {
    const rsa = client.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }))
    expect(await rejectionName(rsa)).toBe('UnsupportedOperationException')
    const imported = client.send(new CreateKeyCommand({ Origin: 'EXTERNAL' }))
    expect(await rejectionName(imported)).toBe('UnsupportedOperationException')
  })
})

describe('a key', () => {
  it('is found by id, by ARN, by alias name and by alias ARN', async () => {
    const { arn, keyId } = await local.createKey({ alias: 'alias/acme' })
    const aliasArn = 'arn:aws:kms:eu-central-1:111122223333:alias/acme'
    for (const name of [keyId, arn, 'alias/acme', aliasArn]) expect((await describeOf(name))?.Arn, name).toBe(arn)
  })

  it('is not found by another name, Region or account', async () => {
    const { arn } = await local.createKey()
    const names = [
      'alias/nobody',
      '00000000-0000-4000-8000-000000000000',
      'not-a-key-id',
      '__proto__',
      'arn:aws:s3:::bucket',
      arn.replace('eu-central-1', 'us-east-1'),
    ]
    for (const name of names) expect(await rejectionName(describeOf(name)), name).toBe('NotFoundException')
    const elsewhere = describeOf(arn.replace('111122223333', '444455556666'))
    expect(await rejectionName(elsewhere)).toBe('AccessDeniedException')
  })

  it('must be named', async () => {
    // Holds: the SDK does not check required members, and sends the request without it.
    const nameless = new DescribeKeyCommand({} as { KeyId: string })
    const error = await rejection(client.send(nameless))
    expect(error.name).toBe('ValidationException')
    expect(error.message).toContain("at 'keyId' failed to satisfy constraint: Member must not be null")
  })

  it('works again once enabled after it was disabled', async () => {
    const { arn, keyId } = await local.createKey()
    await client.send(new DisableKeyCommand({ KeyId: keyId }))
    expect(await describeOf(arn)).toMatchObject({ Enabled: false, KeyState: 'Disabled' })
    const error = await rejection(encryptUnder(arn))
    expect(error).toMatchObject({ name: 'DisabledException', message: `${arn} is disabled.` })
    await client.send(new EnableKeyCommand({ KeyId: keyId }))
    expect(await describeOf(arn)).toMatchObject({ Enabled: true, KeyState: 'Enabled' })
    expect((await encryptUnder(arn)).KeyId).toBe(arn)
  })

  it('decrypts nothing while disabled, whether it is named or not', async () => {
    const { arn } = await local.createKey()
    const { CiphertextBlob } = await encryptUnder(arn)
    await client.send(new DisableKeyCommand({ KeyId: arn }))
    expect(await rejectionName(client.send(new DecryptCommand({ CiphertextBlob, KeyId: arn })))).toBe(
      'DisabledException',
    )
    expect(await rejectionName(client.send(new DecryptCommand({ CiphertextBlob })))).toBe('DisabledException')
  })

  it('is not disabled or enabled by an alias, as on AWS', async () => {
    await local.createKey({ alias: 'alias/acme' })
    expect(await rejectionName(client.send(new DisableKeyCommand({ KeyId: 'alias/acme' })))).toBe('NotFoundException')
  })
})

describe('ScheduleKeyDeletion', () => {
  it('makes the key unusable at once', async () => {
    const { arn, keyId } = await local.createKey({ alias: 'alias/acme' })
    const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
    expect(scheduled).toMatchObject({
      KeyId: arn,
      KeyState: 'PendingDeletion',
      DeletionDate: new Date(time + 7 * DAY),
      PendingWindowInDays: 7,
    })
    expect(await describeOf(arn)).toMatchObject({ Enabled: false, DeletionDate: new Date(time + 7 * DAY) })
    const attempts = [
      client.send(new GenerateDataKeyCommand({ KeyId: arn, KeySpec: 'AES_256' })),
      client.send(new EnableKeyCommand({ KeyId: arn })),
      client.send(new DisableKeyCommand({ KeyId: arn })),
      client.send(new ScheduleKeyDeletionCommand({ KeyId: arn })),
      client.send(new CreateAliasCommand({ AliasName: 'alias/second', TargetKeyId: arn })),
    ]
    const names = await Promise.all(attempts.map((attempt) => rejectionName(attempt)))
    expect(new Set(names)).toEqual(new Set(['KMSInvalidStateException']))
  })

  it('waits 30 days unless told otherwise, and at least 7', async () => {
    const { keyId } = await local.createKey()
    const tooSoon = client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 6 }))
    expect(await rejectionName(tooSoon)).toBe('ValidationException')
    const { DeletionDate } = await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId }))
    expect(DeletionDate).toEqual(new Date(time + 30 * DAY))
  })

  it('deletes the key and its aliases when the time has come, not before', async () => {
    const { arn, keyId } = await local.createKey({ alias: 'alias/acme' })
    const { CiphertextBlob } = await encryptUnder(arn)
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }))
    time += 7 * DAY - 1
    expect((await describeOf(arn))?.KeyState).toBe('PendingDeletion')
    time += 1
    expect(await rejectionName(describeOf(arn))).toBe('NotFoundException')
    expect(await rejectionName(describeOf('alias/acme'))).toBe('NotFoundException')
    expect((await client.send(new ListAliasesCommand())).Aliases).toEqual([])
    expect(await rejectionName(client.send(new DecryptCommand({ CiphertextBlob })))).toBe('AccessDeniedException')
  })

  it('can be cancelled, which leaves the key disabled', async () => {
    const { arn, keyId } = await local.createKey()
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId }))
    expect((await client.send(new CancelKeyDeletionCommand({ KeyId: keyId }))).KeyId).toBe(arn)
    expect(await describeOf(arn)).toMatchObject({ KeyState: 'Disabled' })
    time += 31 * DAY
    await client.send(new EnableKeyCommand({ KeyId: keyId }))
    expect((await encryptUnder(arn)).KeyId).toBe(arn)
  })

  it('cannot be cancelled when it was never scheduled', async () => {
    const { keyId } = await local.createKey()
    const cancel = client.send(new CancelKeyDeletionCommand({ KeyId: keyId }))
    expect(await rejectionName(cancel)).toBe('KMSInvalidStateException')
  })
})

describe('ListKeys', () => {
  it('pages by Limit and Marker', async () => {
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => local.createKey()))
    const listed: (string | undefined)[] = []
    let Marker: string | undefined
    let pages = 0
    do {
      const page = await client.send(new ListKeysCommand({ Limit: 2, Marker }))
      listed.push(...(page.Keys ?? []).map((key) => key.KeyArn))
      expect(page.Truncated).toBe(page.NextMarker !== undefined)
      Marker = page.NextMarker
      pages++
    } while (Marker !== undefined)
    expect(pages).toBe(3)
    expect(listed.sort()).toEqual(made.map((key) => key.arn).sort())
  })

  it('refuses a marker that it did not make, and limits out of bounds', async () => {
    expect(await rejectionName(client.send(new ListKeysCommand({ Marker: 'x' })))).toBe('InvalidMarkerException')
    expect(await rejectionName(client.send(new ListKeysCommand({ Limit: 0 })))).toBe('ValidationException')
    expect(await rejectionName(client.send(new ListKeysCommand({ Limit: 1001 })))).toBe('ValidationException')
  })
})

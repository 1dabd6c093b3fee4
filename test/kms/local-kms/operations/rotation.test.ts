import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejectionName } from '../../rejection.js'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

let time: number
let local: LocalKms
let client: KMSClient
let cmk: string

beforeEach(async () => {
  time = START
  local = localKms({ now: () => time })
  client = local.client
  cmk = (await local.createKey()).arn
})

const rotate = (KeyId = cmk) => client.send(new RotateKeyOnDemandCommand({ KeyId }))
const enable = (RotationPeriodInDays?: number) =>
  client.send(new EnableKeyRotationCommand({ KeyId: cmk, RotationPeriodInDays }))
const status = () => client.send(new GetKeyRotationStatusCommand({ KeyId: cmk }))
const dataKey = () => client.send(new GenerateDataKeyCommand({ KeyId: cmk, KeySpec: 'AES_256' }))
const currentMaterial = async () =>
  (await client.send(new DescribeKeyCommand({ KeyId: cmk }))).KeyMetadata?.CurrentKeyMaterialId

describe('RotateKeyOnDemand', () => {
  it('encrypts under new key material, and still decrypts what the old made', async () => {
    const before = await dataKey()
    expect((await rotate()).KeyId).toBe(cmk)
    const after = await dataKey()
    expect(after.KeyMaterialId).not.toBe(before.KeyMaterialId)
    expect(after.KeyMaterialId).toBe(await currentMaterial())
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: before.CiphertextBlob, KeyId: cmk }))
    expect(opened.Plaintext).toEqual(before.Plaintext)
    expect(opened.KeyMaterialId).toBe(before.KeyMaterialId)
  })

  it('is listed', async () => {
    const first = await currentMaterial()
    time += DAY
    await rotate()
    const second = await currentMaterial()
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId: cmk }))
    expect(Rotations).toEqual([
      {
        KeyId: cmk,
        KeyMaterialId: second,
        KeyMaterialState: 'CURRENT',
        RotationDate: new Date(time),
        RotationType: 'ON_DEMAND',
      },
    ])
    const all = await client.send(
      new ListKeyRotationsCommand({ KeyId: cmk, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 1 }),
    )
    expect(all.Rotations).toEqual([{ KeyId: cmk, KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' }])
    expect(all.Truncated).toBe(true)
  })

  it('happens at most 25 times', async () => {
    for (let i = 0; i < 25; i++) await rotate()
    expect(await rejectionName(rotate())).toBe('LimitExceededException')
  })

  it('is refused within 20 minutes before an automatic rotation', async () => {
    await enable(90)
    time = START + 90 * DAY - 20 * 60_000
    expect(await rejectionName(rotate())).toBe('ConflictException')
    time -= 1
    expect((await rotate()).KeyId).toBe(cmk)
  })

  it('is refused for a disabled key, one pending deletion, and an HMAC key', async () => {
    const hmac = await local.createKey({ spec: 'HMAC_256' })
    expect(await rejectionName(rotate(hmac.arn))).toBe('UnsupportedOperationException')
    await client.send(new DisableKeyCommand({ KeyId: cmk }))
    expect(await rejectionName(rotate())).toBe('DisabledException')
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: cmk }))
    expect(await rejectionName(rotate())).toBe('KMSInvalidStateException')
  })
})

describe('automatic rotation', () => {
  it('is off at first, and can be switched on and off', async () => {
    expect(await status()).toMatchObject({ KeyRotationEnabled: false })
    await enable()
    expect(await status()).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(START + 365 * DAY),
    })
    await client.send(new DisableKeyRotationCommand({ KeyId: cmk }))
    expect(await status()).toMatchObject({ KeyRotationEnabled: false })
  })

  it('happens when its time has come, and again a period later', async () => {
    await enable(90)
    const first = await currentMaterial()
    time = START + 90 * DAY - 1
    expect(await currentMaterial()).toBe(first)
    time += 1
    const second = await currentMaterial()
    expect(second).not.toBe(first)
    expect(await currentMaterial()).toBe(second)
    expect((await status()).NextRotationDate).toEqual(new Date(START + 180 * DAY))
    time = START + 180 * DAY
    expect(await currentMaterial()).not.toBe(second)
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId: cmk }))
    expect(Rotations?.map((rotation) => rotation.RotationType)).toEqual(['AUTOMATIC', 'AUTOMATIC'])
  })

  it('happens once, however long nothing ran', async () => {
    await enable(90)
    time = START + 1000 * DAY
    await currentMaterial()
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId: cmk }))
    expect(Rotations).toHaveLength(1)
    expect((await status()).NextRotationDate).toEqual(new Date(START + 12 * 90 * DAY))
  })

  it('waits while the key is disabled', async () => {
    await enable(90)
    const first = await currentMaterial()
    await client.send(new DisableKeyCommand({ KeyId: cmk }))
    time = START + 100 * DAY
    expect(await currentMaterial()).toBe(first)
    await client.send(new EnableKeyCommand({ KeyId: cmk }))
    expect(await currentMaterial()).not.toBe(first)
  })

  it('has a period of 90 to 2,560 days, and is for symmetric keys', async () => {
    expect(await rejectionName(enable(89))).toBe('ValidationException')
    expect(await rejectionName(enable(2561))).toBe('ValidationException')
    const { arn } = await local.createKey({ spec: 'HMAC_256' })
    const hmac = client.send(new EnableKeyRotationCommand({ KeyId: arn }))
    expect(await rejectionName(hmac)).toBe('UnsupportedOperationException')
  })
})

import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms'
import { beforeEach, describe, expect, it } from 'vitest'
import { type LocalKms, localKms } from '../../../../src/kms/local-kms/index.js'
import { rejectionName } from '../../rejection.js'

let local: LocalKms
let client: KMSClient

beforeEach(() => {
  local = localKms()
  client = local.client
})

const arnOf = async (KeyId: string) => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn
const create = (AliasName: string, TargetKeyId: string) =>
  client.send(new CreateAliasCommand({ AliasName, TargetKeyId }))

describe('an alias', () => {
  it('is moved to another key, and then deleted', async () => {
    const first = await local.createKey({ alias: 'alias/acme' })
    const second = await local.createKey()
    expect(await arnOf('alias/acme')).toBe(first.arn)
    await client.send(new UpdateAliasCommand({ AliasName: 'alias/acme', TargetKeyId: second.keyId }))
    expect(await arnOf('alias/acme')).toBe(second.arn)
    await client.send(new DeleteAliasCommand({ AliasName: 'alias/acme' }))
    expect(await rejectionName(arnOf('alias/acme'))).toBe('NotFoundException')
  })

  it('exists once', async () => {
    const { keyId } = await local.createKey({ alias: 'alias/acme' })
    expect(await rejectionName(create('alias/acme', keyId))).toBe('AlreadyExistsException')
  })

  it('is not moved or deleted when it does not exist', async () => {
    const { keyId } = await local.createKey()
    const update = client.send(new UpdateAliasCommand({ AliasName: 'alias/nobody', TargetKeyId: keyId }))
    expect(await rejectionName(update)).toBe('NotFoundException')
    const remove = client.send(new DeleteAliasCommand({ AliasName: 'alias/nobody' }))
    expect(await rejectionName(remove)).toBe('NotFoundException')
  })

  it('points to a key that exists, not to another alias', async () => {
    await local.createKey({ alias: 'alias/acme' })
    expect(await rejectionName(create('alias/b', '00000000-0000-4000-8000-000000000000'))).toBe('NotFoundException')
    expect(await rejectionName(create('alias/b', 'alias/acme'))).toBe('ValidationException')
  })

  it('has a name that AWS allows', async () => {
    const { keyId } = await local.createKey()
    for (const name of ['acme', 'alias/', 'alias/a b', 'alias/ä', `alias/${'x'.repeat(251)}`]) {
      expect(await rejectionName(create(name, keyId)), name).toBe('ValidationException')
    }
    expect(await rejectionName(create('alias/aws/s3', keyId))).toBe('NotAuthorizedException')
  })

  it('does not move from an encryption key to an HMAC key', async () => {
    await local.createKey({ alias: 'alias/acme' })
    const hmac = await local.createKey({ spec: 'HMAC_256' })
    const update = client.send(new UpdateAliasCommand({ AliasName: 'alias/acme', TargetKeyId: hmac.keyId }))
    expect(await rejectionName(update)).toBe('ValidationException')
  })

  it('is one of at most 50 on a key', async () => {
    const { keyId } = await local.createKey()
    for (let i = 0; i < 50; i++) await create(`alias/n${i}`, keyId)
    expect(await rejectionName(create('alias/one-more', keyId))).toBe('LimitExceededException')
  })
})

describe('ListAliases', () => {
  it('lists all aliases, or those of one key', async () => {
    const { keyId } = await local.createKey({ alias: 'alias/acme' })
    await local.createKey({ alias: 'alias/globex' })
    const all = await client.send(new ListAliasesCommand())
    expect(all.Aliases?.map((alias) => alias.AliasName)).toEqual(['alias/acme', 'alias/globex'])
    const one = await client.send(new ListAliasesCommand({ KeyId: keyId }))
    expect(one.Aliases).toMatchObject([
      { AliasName: 'alias/acme', AliasArn: 'arn:aws:kms:eu-central-1:111122223333:alias/acme', TargetKeyId: keyId },
    ])
  })

  it('pages by Limit and Marker', async () => {
    for (const alias of ['alias/a', 'alias/b', 'alias/c']) await local.createKey({ alias })
    const first = await client.send(new ListAliasesCommand({ Limit: 2 }))
    const second = await client.send(new ListAliasesCommand({ Limit: 2, Marker: first.NextMarker }))
    expect([first, second].map((page) => page.Aliases?.map((alias) => alias.AliasName))).toEqual([
      ['alias/a', 'alias/b'],
      ['alias/c'],
    ])
  })
})

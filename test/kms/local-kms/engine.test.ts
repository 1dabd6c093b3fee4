import { describe, expect, it } from 'vitest'
import { createCallLog } from '../../../src/kms/local-kms/call-log.js'
import { answer } from '../../../src/kms/local-kms/engine.js'
import { emptyState } from '../../../src/kms/local-kms/state.js'
import { memoryStore } from '../../../src/kms/local-kms/store.js'

function engine() {
  const parts = {
    store: memoryStore(emptyState('eu-central-1', '111122223333')),
    log: createCallLog(10),
    create: [],
    now: Date.now,
  }
  return async (target: string | undefined, body: string) => {
    const response = await answer(parts, { target, body })
    return { ...response, body: JSON.parse(response.body) }
  }
}

describe('the wire protocol', () => {
  it('answers in JSON 1.1, with a request id, blobs in base64 and dates in seconds', async () => {
    const ask = engine()
    const created = await ask('TrentService.CreateKey', '{}')
    expect(created.status).toBe(200)
    expect(created.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const { KeyId, CreationDate } = created.body.KeyMetadata
    expect(Math.abs(CreationDate - Date.now() / 1000)).toBeLessThan(60)
    const generated = await ask('TrentService.GenerateDataKey', JSON.stringify({ KeyId, KeySpec: 'AES_256' }))
    expect(generated.body.Plaintext).toMatch(/^[A-Za-z0-9+/]{43}=$/)
  })

  it('answers an operation that it does not have as AWS does', async () => {
    const ask = engine()
    for (const target of ['TrentService.NoSuchThing', 'TrentService.constructor', 'DynamoDB.GetItem', '', undefined]) {
      const response = await ask(target, '{}')
      expect(response, String(target)).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } })
    }
  })

  it('refuses bodies that are not JSON objects, and members of the wrong type', async () => {
    const ask = engine()
    const bodies = [
      ['CreateKey', '{'],
      ['CreateKey', '[]'],
      ['CreateKey', 'null'],
      ['CreateKey', '{"MultiRegion":"yes"}'],
      ['CreateKey', '{"Tags":{}}'],
      ['DescribeKey', '{"KeyId":7}'],
      ['GenerateRandom', '{"NumberOfBytes":"32"}'],
      ['Decrypt', '{"CiphertextBlob":"not base64!"}'],
      ['Decrypt', '{"CiphertextBlob":"AAAA","EncryptionContext":{"a":1}}'],
    ] as const
    for (const [operation, body] of bodies) {
      const response = await ask(`TrentService.${operation}`, body)
      expect(response, body).toMatchObject({ status: 400, body: { __type: 'SerializationException' } })
    }
  })

  it('treats a pair named __proto__ in an encryption context like any other', async () => {
    const ask = engine()
    const { KeyId } = (await ask('TrentService.CreateKey', '{}')).body.KeyMetadata
    const encrypt = `{"KeyId":"${KeyId}","Plaintext":"AAAA","EncryptionContext":{"__proto__":"x"}}`
    const { CiphertextBlob } = (await ask('TrentService.Encrypt', encrypt)).body
    const without = await ask('TrentService.Decrypt', JSON.stringify({ CiphertextBlob }))
    expect(without.body).toEqual({ __type: 'InvalidCiphertextException' })
    const withPair = `{"CiphertextBlob":"${CiphertextBlob}","EncryptionContext":{"__proto__":"x"}}`
    expect((await ask('TrentService.Decrypt', withPair)).status).toBe(200)
  })

  it('never changes the state when an operation fails', async () => {
    const store = memoryStore(emptyState('eu-central-1', '111122223333'))
    const parts = { store, log: createCallLog(10), now: Date.now, create: [] }
    const before = store.state
    await answer(parts, { target: 'TrentService.CreateKey', body: '{"KeySpec":"RSA_2048"}' })
    expect(store.state).toBe(before)
  })
})

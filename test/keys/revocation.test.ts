import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appTag, wrapTag } from '../../src/envelope/index.js'
import { DataKeys, type DataKeysOptions } from '../../src/keys/index.js'
import { type LocalKms, localKms } from '../../src/kms/local-kms/index.js'
import { HOUR, type ManualClock, MINUTE, manualClock, SECOND } from './manual-clock.js'
import { arn, keyError } from './scripted-kms.js'
import { codeOf, materialOf, open, type Reference, rig, seal, sealedElsewhere } from './using-keys.js'

/** With the embedded KMS and the real SDK client: what KMS really says when a CMK is withdrawn. */
describe('a CMK that is withdrawn', () => {
  let local: LocalKms
  let clock: ManualClock
  let acme: string
  let keys: DataKeys

  beforeEach(async () => {
    local = localKms({ maxAttempts: 1 })
    clock = manualClock()
    acme = (await local.createKey({ alias: 'alias/acme' })).arn
    await local.createKey({ alias: 'alias/globex' })
    keys = make()
    local.calls.reset()
  })

  afterEach(() => {
    keys.close()
    local.close()
  })

  function make(options: Partial<DataKeysOptions> = {}): DataKeys {
    return new DataKeys({ app: 'test', kms: local.provider, cmk: (tenant) => `alias/${tenant}`, clock, ...options })
  }

  async function cold(tenant: string): Promise<Reference> {
    const other = make()
    const reference = await seal(other, tenant)
    other.close()
    return reference
  }

  it('and is disabled reads and writes no more from the end of trust on, and again once it is enabled', async () => {
    const reference = await seal(keys, 'acme')
    const other = await seal(keys, 'globex')
    await local.client.send(new DisableKeyCommand({ KeyId: acme }))
    await open(keys, reference)
    clock.advance(10 * MINUTE)
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_DISABLED')
    expect(await codeOf(() => seal(keys, 'acme'))).toBe('ENVELOPE_KMS_DISABLED')
    await open(keys, other)
    await seal(keys, 'globex')
    await local.client.send(new EnableKeyCommand({ KeyId: acme }))
    clock.advance(SECOND)
    await open(keys, reference)
    await seal(keys, 'acme')
  })

  it('drops everything that it wrapped as soon as any call is refused, sealing and opening keys', async () => {
    const rows = [await cold('acme'), await cold('acme')]
    const unread = await cold('acme')
    for (const row of rows) await open(keys, row)
    const active = await seal(keys, 'acme')
    const other = await seal(keys, 'globex')
    await local.client.send(new DisableKeyCommand({ KeyId: acme }))
    expect(await codeOf(() => open(keys, unread))).toBe('ENVELOPE_KMS_DISABLED')
    expect(keys.stats().cached, 'globex’s is left').toBe(1)
    for (const row of [...rows, active]) expect(await codeOf(() => open(keys, row))).toBe('ENVELOPE_KMS_DISABLED')
    local.calls.reset()
    await open(keys, other)
    await seal(keys, 'globex')
    expect(local.calls.count()).toBe(0)
  })

  it('and is to be deleted is refused as well, until the deletion is cancelled and it is enabled', async () => {
    const reference = await cold('acme')
    await local.client.send(new ScheduleKeyDeletionCommand({ KeyId: acme, PendingWindowInDays: 7 }))
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_INVALID_STATE')
    await local.client.send(new CancelKeyDeletionCommand({ KeyId: acme }))
    clock.advance(SECOND)
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_DISABLED')
    await local.client.send(new EnableKeyCommand({ KeyId: acme }))
    clock.advance(SECOND)
    await open(keys, reference)
  })

  it.each(['AccessDeniedException', 'NotFoundException'])('by %s drops its keys at once', async (error) => {
    const reference = await seal(keys, 'acme')
    const unread = await cold('acme')
    local.faults.next({ error })
    expect(await codeOf(() => open(keys, unread))).toMatch(/ENVELOPE_KMS_(ACCESS_DENIED|NOT_FOUND)/)
    expect(keys.stats().cached).toBe(0)
    clock.advance(SECOND)
    await open(keys, reference)
  })

  it.each([
    { error: 'ThrottlingException' },
    { error: 'KMSInternalException', status: 500 },
    { disconnect: 'ECONNRESET' as const },
  ])('is not what %o means: the key is ridden out on, to the end of the grace', async (fault) => {
    const reference = await seal(keys, 'acme')
    local.faults.next({ ...fault, times: 1_000 })
    clock.advance(15 * MINUTE - 1)
    await open(keys, reference)
    await seal(keys, 'acme')
    clock.advance(1)
    expect(await codeOf(() => open(keys, reference))).toMatch(/ENVELOPE_KMS_(THROTTLED|UNAVAILABLE)/)
    local.faults.clear()
    await open(keys, reference)
  })

  it('leaves the tenant’s other CMKs alone', async () => {
    const { arn: old } = await local.createKey({ alias: 'alias/acme-2025' })
    const under = make({ cmk: 'alias/acme-2025' })
    const [warm, cold] = [await seal(under, 'acme'), await seal(make({ cmk: 'alias/acme-2025' }), 'acme')]
    const both = make({ cmk: { current: 'alias/acme', previous: [old] } })
    const current = await seal(both, 'acme')
    await open(both, warm)
    await local.client.send(new DisableKeyCommand({ KeyId: old }))
    expect(await codeOf(() => open(both, cold))).toBe('ENVELOPE_KMS_DISABLED')
    expect(both.stats().cached).toBe(1)
    local.calls.reset()
    await open(both, current)
    expect((await seal(both, 'acme')).id).toBe(current.id)
    expect(local.calls.count()).toBe(0)
    both.close()
    under.close()
  })

  it('opens what was sealed before its key material was rotated', async () => {
    const before = await cold('acme')
    await local.client.send(new RotateKeyOnDemandCommand({ KeyId: acme }))
    const after = await cold('acme')
    expect(materialOf(after.wrappedKey)).not.toBe(materialOf(before.wrappedKey))
    await open(keys, before)
    await open(keys, after)
  })

  it('does not unwrap for another tenant or application', async () => {
    const { wrappedKey, id } = await cold('acme')
    for (const part of [{ tenant: 'globex' }, { createdHour: 1 }]) {
      const planted = { id, wrappedKey: { ...wrappedKey, context: { ...wrappedKey.context, ...part } } }
      const code = await codeOf(() => open(make({ cmk: 'alias/acme' }), planted))
      expect(code, JSON.stringify(part)).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    }
    const other = { id, wrappedKey: { ...wrappedKey, context: { ...wrappedKey.context, appTag: appTag('other') } } }
    expect(await codeOf(() => open(make({ cmk: 'alias/acme' }), other))).toBe('ENVELOPE_APP_MISMATCH')
  })

  it('is named to KMS as the configuration names it', async () => {
    const reference = await cold('acme')
    await open(keys, reference)
    expect(local.calls.entries.at(-1)).toMatchObject({
      eventName: 'Decrypt',
      keyArn: acme,
      encryptionContext: { app: 'test', tenant: 'acme', scope: 'tenant' },
    })
    expect(local.calls.count('DescribeKey')).toBe(0)
  })
})

describe('what a refusal drops', () => {
  it('does not depend on what the refused row says of its CMK', async () => {
    const at = rig()
    const reference = await seal(at.keys)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    const planted = {
      id: 'ab'.repeat(16),
      wrappedKey: { ...reference.wrappedKey, wrapTag: wrapTag('arn:aws:kms:x:1:key/planted') },
    }
    expect(await codeOf(() => open(at.keys, planted))).toBe('ENVELOPE_KMS_DISABLED')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('are the keys of this CMK under its other names too', async () => {
    const at = rig({
      cmk: { current: 'alias/acme', previous: ['arn:aws:kms:eu-central-1:111122223333:key/alias-acme'] },
    })
    const reference = await seal(at.keys)
    const another = await seal(at.another())
    await open(at.keys, another)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_ACCESS_DENIED'))
    const cold = { id: 'cd'.repeat(16), wrappedKey: { ...reference.wrappedKey, blob: Buffer.alloc(48) } }
    expect(await codeOf(() => open(at.keys, cold))).toBe('ENVELOPE_KMS_ACCESS_DENIED')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('are the keys too that were wrapped in another Region, by a replica of this CMK', async () => {
    const at = rig({ cmk: arn('mrk-1') })
    const { id, wrappedKey } = await sealedElsewhere(at)
    await open(at.keys, { id, wrappedKey: { ...wrappedKey, wrapTag: wrapTag(arn('mrk-1', { region: 'us-east-1' })) } })
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_DISABLED')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('is dropped also when the refusal comes while other tenants are at work', async () => {
    const at = rig()
    const tenants = ['acme', 'globex', 'initech']
    for (const tenant of tenants) await seal(at.keys, tenant)
    at.clock.advance(HOUR)
    at.kms.before = ({ keyId }) => {
      if (keyId === 'alias/globex') throw keyError('ENVELOPE_KMS_INVALID_STATE')
    }
    const outcomes = await Promise.allSettled(tenants.map((tenant) => seal(at.keys, tenant)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(at.keys.stats().cached).toBe(2)
  })
})

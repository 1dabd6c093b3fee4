import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { importMacKey } from '../../../src/envelope/index.js'
import type { KeyErrorCode } from '../../../src/errors.js'
import type { DataKeysOptions, IndexKey, IndexKeys } from '../../../src/keys/index.js'
import { DataKeys } from '../../../src/keys/index.js'
import { MINUTE, manualClock } from '../manual-clock.js'
import { arn, keyError, type ScriptedCall, type ScriptedKms, scriptedKms, settled, signal } from '../scripted-kms.js'
import { codeOf, isPromise } from '../using-keys.js'

/** Index keys over a KMS whose aliases can be moved: each key's MAC is one of its ARN. */
function rig(indexCmk: DataKeysOptions['indexCmk'] = 'alias/index', options: Partial<DataKeysOptions> = {}) {
  const clock = manualClock()
  const script = scriptedKms()
  const asked: string[] = []
  const given: Uint8Array[] = []
  const kms = {
    ...script,
    state: { fails: undefined as KeyErrorCode | undefined, before: async (): Promise<void> => {} },
    async generateMac({ keyId, message }: { keyId: string; message: Uint8Array }) {
      asked.push(keyId)
      await kms.state.before()
      if (kms.state.fails !== undefined) throw keyError(kms.state.fails)
      const cmkArn = keyId.startsWith('arn:') ? keyId : (script.aliases.get(keyId) ?? arn(keyId.replaceAll('/', '-')))
      const mac = new Uint8Array(createHmac('sha256', cmkArn).update(message).digest())
      given.push(mac)
      return { mac, cmkArn }
    },
  }
  const keys = new DataKeys({ app: 'test', kms, cmk: (tenant) => `alias/${tenant}`, indexCmk, clock, ...options })
  const { index } = keys
  if (index === undefined) throw new Error('there are no index keys')
  return { keys, index, kms, script, clock, asked, given }
}

/** A MAC under the index key itself, in place of the key. */
const subkeyOf = (key: IndexKey): string =>
  String(key.subkey({}, (bytes) => importMacKey(Uint8Array.from(bytes))).macs(['x'], 32))
const use = async (index: IndexKeys, tenant: string | undefined = 'acme') => index.with(tenant, subkeyOf)
const global = async (index: IndexKeys) => index.with(undefined, subkeyOf)

describe('an index key', () => {
  test('is obtained by one call for many concurrent callers, then from memory, synchronously', async () => {
    const { index, asked } = rig()
    const all = await Promise.all(Array.from({ length: 50 }, () => use(index)))
    expect(new Set(all).size).toBe(1)
    expect(asked).toEqual(['alias/index'])
    expect(isPromise(index.with('acme', subkeyOf))).toBe(false)
  })

  test('is the same in every process, and another for each tenant, app and for all', async () => {
    const [a, b] = [rig(), rig()]
    expect(await use(a.index)).toBe(await use(b.index))
    const other = rig('alias/index', { app: 'other' })
    const all = [await use(a.index), await use(a.index, 'globex'), await global(a.index), await use(other.index)]
    expect(new Set(all).size).toBe(4)
  })

  test('comes from the key that indexCmk says for the tenant, or for undefined', async () => {
    const { index, asked } = rig((tenant) => (tenant === undefined ? 'alias/shared' : { keyId: `alias/${tenant}` }))
    await use(index)
    await global(index)
    expect(asked).toEqual(['alias/acme', 'alias/shared'])
    const none = rig(() => undefined)
    expect(await codeOf(() => use(none.index))).toBe('ENVELOPE_CONFIG_INVALID')
    const bad = rig({ keyId: 'alias/index', check: 'XYZ' })
    expect(await codeOf(() => use(bad.index))).toBe('ENVELOPE_CONFIG_INVALID')
    const noKms = rig('alias/index', { kms: () => undefined as never })
    expect(await codeOf(() => global(noKms.index))).toBe('ENVELOPE_CONFIG_INVALID')
  })

  test('is not believed to come from another key than an ARN names', async () => {
    const { index, kms } = rig(arn('index'))
    const { generateMac } = kms
    kms.generateMac = async (request) => ({ ...(await generateMac(request)), cmkArn: arn('other') })
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    kms.generateMac = async () => ({ mac: new Uint8Array(16), cmkArn: arn('index') })
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
  })
})

describe('trust', () => {
  test('of zeros is refused, and one that the provider wipes once it has returned it is what it was', async () => {
    const { index, kms } = rig()
    const { generateMac } = kms
    kms.generateMac = async (request) => ({ ...(await generateMac(request)), mac: new Uint8Array(32) })
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    kms.generateMac = (request) => {
      const answer = generateMac(request)
      void Promise.resolve().then(() => answer.then(({ mac }) => mac.fill(0)))
      return answer
    }
    expect(await use(index)).toBe(await use(rig().index))
  })

  test('ends at revalidate, when KMS is asked again', async () => {
    const { index, asked, clock } = rig('alias/index', { dataKeys: { revalidate: '10m' } })
    await use(index)
    clock.advance(8 * MINUTE)
    await use(index)
    expect(asked).toHaveLength(1)
    clock.advance(3 * MINUTE)
    await use(index)
    expect(asked).toHaveLength(2)
  })

  test('goes on for grace while KMS cannot be asked, and no longer', async () => {
    const { index, kms, clock } = rig('alias/index', { dataKeys: { revalidate: '10m', grace: '5m' } })
    await use(index)
    kms.state.fails = 'ENVELOPE_KMS_UNAVAILABLE'
    clock.advance(14 * MINUTE)
    await use(index)
    clock.advance(2 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_UNAVAILABLE')
  })

  test('ends at once when KMS refuses', async () => {
    const { index, kms, clock, given } = rig('alias/index', { dataKeys: { revalidate: '10m', grace: '5m' } })
    await use(index)
    kms.state.fails = 'ENVELOPE_KMS_DISABLED'
    clock.advance(11 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_DISABLED')
    expect(given[0]?.every((byte) => byte === 0)).toBe(true)
  })

  test('a key that moved while the process runs is noticed at revalidate, pinned or not', async () => {
    const { index, script, clock } = rig('alias/index', { dataKeys: { revalidate: '10m' } })
    await use(index)
    script.aliases.set('alias/index', arn('moved'))
    await use(index)
    clock.advance(11 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_INDEX_KEY_CHANGED')
  })
})

describe('dropping', () => {
  test('evict wipes the key, and what was on its way is not kept', async () => {
    const { keys, index, kms, asked, given } = rig()
    await use(index)
    keys.evict('acme')
    expect(given[0]?.every((byte) => byte === 0)).toBe(true)
    const answered = signal()
    kms.state.before = () => answered.promise
    const waiting = use(index)
    keys.evict('acme')
    const later = use(index)
    answered.fire()
    expect(await waiting).toBe(await later)
    expect(asked).toHaveLength(3)
    await settled()
    expect(given[1]?.every((byte) => byte === 0)).toBe(true)
    await use(index)
    expect(asked).toHaveLength(3)
  })

  test('a tenant whose CMK is refused loses its index key, and only it', async () => {
    const { keys, index, script, asked, clock } = rig()
    await use(index)
    await use(index, 'globex')
    script.before = () => {
      throw keyError('ENVELOPE_KMS_DISABLED')
    }
    expect(await codeOf(() => keys.forSealing('acme', [1]))).toBe('ENVELOPE_KMS_DISABLED')
    await use(index, 'globex')
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_DISABLED')
    // What DescribeKey said before that is not believed any more either.
    clock.advance(2_000)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_DISABLED')
    expect(asked).toHaveLength(2)
  })

  test('close wipes all, and refuses those who wait and those who come', async () => {
    const { keys, index, kms, given } = rig()
    await use(index)
    const answered = signal()
    kms.state.before = () => answered.promise
    const waiting = codeOf(() => use(index, 'globex'))
    await settled()
    keys.close()
    answered.fire()
    expect(await waiting).toBe('ENVELOPE_CLOSED')
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_CLOSED')
    await settled()
    expect(given.every((mac) => mac.every((byte) => byte === 0))).toBe(true)
  })

  test('with room for one key, callers of several tenants all get theirs', async () => {
    const { index, asked } = rig('alias/index', { dataKeys: { maxCached: 1 } })
    const tenants = ['a', 'b', 'c', 'd']
    const all = await Promise.all(tenants.map((tenant) => use(index, tenant)))
    expect(new Set(all).size).toBe(4)
    expect(asked).toHaveLength(4)
  })

  test('a wiped key derives nothing', async () => {
    const { keys, index } = rig()
    let held: IndexKey | undefined
    await index.with('acme', (key) => {
      held = key
    })
    keys.evict('acme')
    expect(() => held?.subkey({}, () => importMacKey(new Uint8Array(32)))).toThrow('wiped')
  })
})

describe('the check value', () => {
  test('is one constant for all tenants and processes, and lets its key pass with one more call for each key', async () => {
    const check = await rig().index.check(undefined)
    expect(check).toMatch(/^[0-9a-f]{16}$/)
    expect(await rig().index.check('acme')).toBe(check)
    const { index, asked } = rig({ keyId: 'alias/index', check })
    expect(await use(index)).toBe(await use(rig().index))
    await use(index, 'globex')
    await global(index)
    expect(asked).toHaveLength(4)
  })

  test('another key is refused, at first and after the alias has moved', async () => {
    const { index: unpinned, script: moved } = rig()
    const check = await unpinned.check(undefined)
    moved.aliases.set('alias/index', arn('moved'))
    expect(await unpinned.check(undefined)).not.toBe(check)
    const { index, script, given } = rig({ keyId: 'alias/index', check })
    await use(index)
    script.aliases.set('alias/index', arn('moved'))
    expect(await codeOf(() => use(index, 'globex'))).toBe('ENVELOPE_INDEX_KEY_CHANGED')
    expect(given.slice(2).every((mac) => mac.every((byte) => byte === 0))).toBe(true)
  })

  test('of another app is another', async () => {
    expect(await rig('alias/index', { app: 'other' }).index.check(undefined)).not.toBe(
      await rig().index.check(undefined),
    )
  })
})

describe('the consent of the tenant’s CMK', () => {
  const timing = { dataKeys: { revalidate: '10m', grace: '5m' } } as const
  const describes = (script: ScriptedKms) => script.count('DescribeKey')
  /** Makes each operation fail with a code, or work. */
  const fail = (script: ScriptedKms, codes: Partial<Record<ScriptedCall['operation'], KeyErrorCode>>) => {
    script.before = ({ operation }) => {
      const code = codes[operation]
      if (code !== undefined) throw keyError(code)
    }
  }

  test('is asked for at a tenant’s first search and once per revalidate, and never for what all tenants share', async () => {
    const { index, script, clock } = rig('alias/index', timing)
    await Promise.all(Array.from({ length: 20 }, () => use(index)))
    await use(index)
    expect(describes(script)).toBe(1)
    clock.advance(10 * MINUTE)
    await use(index)
    expect(describes(script)).toBe(2)
    await global(index)
    expect(describes(script)).toBe(2)
  })

  test.each([
    ['Disabled', 'ENVELOPE_KMS_DISABLED', false],
    ['PendingDeletion', 'ENVELOPE_KMS_INVALID_STATE', false],
    ['Creating', 'ENVELOPE_KMS_INVALID_STATE', true],
  ])('is not derived for a CMK that is %s: the HMAC key is not even called', async (state, code, retryable) => {
    const { index, kms, script, asked } = rig('alias/index', timing)
    const describeKey = script.describeKey
    kms.describeKey = async (input) => ({ ...(await describeKey(input)), state, enabled: false })
    await expect(use(index)).rejects.toMatchObject({ code, retryable, tenant: 'acme' })
    expect(asked).toEqual([])
    await global(index)
  })

  test('ends at revalidate when the CMK was disabled meanwhile, and the key is wiped', async () => {
    const { index, kms, script, clock, given } = rig('alias/index', timing)
    await use(index)
    const describeKey = script.describeKey
    kms.describeKey = async (input) => ({ ...(await describeKey(input)), state: 'Disabled', enabled: false })
    clock.advance(10 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_DISABLED')
    expect(given[0]?.every((byte) => byte === 0)).toBe(true)
  })

  test('is ridden out within the grace while KMS cannot be asked for it, and no longer', async () => {
    const { index, script, clock } = rig('alias/index', timing)
    await use(index)
    fail(script, { DescribeKey: 'ENVELOPE_KMS_UNAVAILABLE' })
    expect(await codeOf(() => use(index, 'globex'))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    clock.advance(14 * MINUTE)
    await use(index)
    clock.advance(2 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_UNAVAILABLE')
  })

  test('is known for free from a data key that KMS has generated or unwrapped, and lasts as long as that', async () => {
    const { keys, index, script, clock } = rig('alias/index', timing)
    ;(await keys.forSealing('acme', [1])).key.release()
    clock.advance(8 * MINUTE)
    await use(index)
    expect(describes(script)).toBe(0)
    clock.advance(2 * MINUTE)
    await use(index)
    expect(describes(script)).toBe(1)
  })

  test('where DescribeKey is denied, is a new data key’s, which then seals the next values', async () => {
    const { keys, index, script, clock } = rig('alias/index', timing)
    fail(script, { DescribeKey: 'ENVELOPE_KMS_ACCESS_DENIED' })
    await use(index)
    ;(await keys.forSealing('acme', [1])).key.release()
    expect(script.count('GenerateDataKey')).toBe(1)
    clock.advance(10 * MINUTE)
    await use(index)
    expect([script.count('GenerateDataKey'), script.count('Decrypt')]).toEqual([1, 1])
    fail(script, { DescribeKey: 'ENVELOPE_KMS_ACCESS_DENIED', Decrypt: 'ENVELOPE_KMS_DISABLED' })
    clock.advance(10 * MINUTE)
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_DISABLED')
  })

  test('where DescribeKey finds no CMK, is a new data key’s: a KMS may make CMKs at first use', async () => {
    const { index, script } = rig('alias/index', timing)
    fail(script, { DescribeKey: 'ENVELOPE_KMS_NOT_FOUND' })
    await use(index)
    expect(script.count('GenerateDataKey')).toBe(1)
  })

  test('is refused if there is no CMK for a data key either', async () => {
    const { index, script, asked } = rig('alias/index', timing)
    fail(script, { DescribeKey: 'ENVELOPE_KMS_NOT_FOUND', GenerateDataKey: 'ENVELOPE_KMS_NOT_FOUND' })
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_NOT_FOUND')
    expect(asked).toEqual([])
  })

  test('where everything is denied, is refused', async () => {
    const { index, script, asked } = rig('alias/index', timing)
    fail(script, { DescribeKey: 'ENVELOPE_KMS_ACCESS_DENIED', GenerateDataKey: 'ENVELOPE_KMS_ACCESS_DENIED' })
    expect(await codeOf(() => use(index))).toBe('ENVELOPE_KMS_ACCESS_DENIED')
    expect(asked).toEqual([])
  })
})

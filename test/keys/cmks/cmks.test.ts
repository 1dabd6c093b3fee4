import { describe, expect, it, vi } from 'vitest'
import { wrapTag } from '../../../src/envelope/index.js'
import { type CmkConfig, DataKeys } from '../../../src/keys/index.js'
import { thenable } from '../../promises/thenable.js'
import { MINUTE, manualClock } from '../manual-clock.js'
import { arn, keyError, type ScriptedKms, scriptedKms, settled, signal } from '../scripted-kms.js'
import { allSealedElsewhere, cmkOf, codeOf, isPromise, open, type Reference, rig, seal, tagOf } from '../using-keys.js'

/** A data key that some process made under this CMK. */
async function sealedUnder(kms: ScriptedKms, cmk: string): Promise<Reference> {
  const [reference] = await allSealedUnder(kms, cmk, 1)
  if (reference === undefined) throw new Error('nothing was sealed')
  return reference
}

async function allSealedUnder(kms: ScriptedKms, cmk: string, count: number): Promise<Reference[]> {
  return allSealedElsewhere({ another: () => new DataKeys({ app: 'test', kms, cmk, clock: manualClock() }) }, count)
}

function over(kms: ScriptedKms, cmk: CmkConfig | ((tenant: string) => CmkConfig)) {
  const clock = manualClock()
  return { clock, keys: new DataKeys({ app: 'test', kms, cmk, clock }) }
}

const decrypts = (kms: ScriptedKms) =>
  kms.calls.filter(({ operation }) => operation === 'Decrypt').map(({ keyId }) => keyId)

describe('the CMK that KMS is told to use', () => {
  it.each([
    ['an alias', 'alias/acme'],
    ['a key ARN', arn('alias-acme')],
    ['a key id', 'alias-acme'],
    ['an alias ARN', 'arn:aws:kms:eu-central-1:111122223333:alias/acme'],
  ])('is %s as the configuration writes it', async (_, cmk) => {
    const kms = scriptedKms()
    kms.aliases.set('arn:aws:kms:eu-central-1:111122223333:alias/acme', arn('alias-acme'))
    const reference = await sealedUnder(kms, 'alias/acme')
    const { keys } = over(kms, cmk)
    await open(keys, reference)
    expect(decrypts(kms)).toEqual([cmk])
  })

  it('never is one that only the record names', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, 'alias/attacker')
    const { keys } = over(kms, { current: arn('acme'), previous: [arn('acme-2025')] })
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_CMK_UNTRUSTED')
    expect(decrypts(kms)).toEqual([])
    const withAlias = over(kms, 'alias/acme')
    expect(await codeOf(() => open(withAlias.keys, reference))).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    expect(decrypts(kms)).toEqual(['alias/acme'])
  })

  it('is a previous one for what it wrapped', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, 'alias/acme-2025')
    const { keys } = over(kms, { current: 'alias/acme', previous: [arn('acme-2024'), arn('alias-acme-2025')] })
    await open(keys, reference)
    expect(decrypts(kms)).toEqual([arn('alias-acme-2025')])
    expect(cmkOf((await seal(keys)).wrappedKey), 'and never to wrap anew').toBe(tagOf(arn('alias-acme')))
  })

  it.each([
    ['another Region of the same account', arn('mrk-1', { region: 'us-east-1' }), true],
    ['another account', arn('mrk-1', { account: '999999999999' }), false],
    ['another partition', arn('mrk-1').replace('arn:aws:', 'arn:aws-cn:'), false],
    ['another service', arn('mrk-1').replace(':kms:', ':s3:'), false],
  ])('as a multi-Region key of %s: %s opens: %s', async (_, cmkArn, opens) => {
    const kms = scriptedKms()
    const home = await sealedUnder(kms, arn('mrk-1'))
    const reference = { ...home, wrappedKey: { ...home.wrappedKey, wrapTag: wrapTag(cmkArn) } }
    const { keys } = over(kms, arn('mrk-1'))
    if (opens) await open(keys, reference)
    else expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_CMK_UNTRUSTED')
    expect(decrypts(kms)).toEqual(opens ? [arn('mrk-1')] : [])
  })

  it('is not that of another Region unless it is a multi-Region key', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, arn('plain', { region: 'us-east-1' }))
    const { keys } = over(kms, arn('plain'))
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_CMK_UNTRUSTED')
  })

  it('is named in an error by its tag, as SQL finds it in the column', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, 'alias/acme')
    const { keys } = over(kms, arn('other'))
    await expect(open(keys, reference)).rejects.toThrow(`its tag is ${tagOf(arn('alias-acme'))},`)
  })
})

describe('DescribeKey', () => {
  it('is never needed with a single CMK', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, 'alias/acme')
    const { keys, clock } = over(kms, 'alias/acme')
    for (let i = 0; i < 3; i++) {
      await open(keys, reference)
      await seal(keys)
      clock.advance(10 * MINUTE)
    }
    expect(kms.count('DescribeKey')).toBe(0)
  })

  it('is called at most once for each alias and revalidate, however many rows wait for it', async () => {
    const kms = scriptedKms()
    const old = await allSealedUnder(kms, 'alias/2025', 30)
    const { keys, clock } = over(kms, { current: 'alias/2026', previous: ['alias/2025'] })
    await Promise.all(old.map((reference) => open(keys, reference)))
    expect(kms.count('DescribeKey')).toBe(2)
    clock.advance(10 * MINUTE - 1)
    await Promise.all((await allSealedUnder(kms, 'alias/2025', 3)).map((r) => open(keys, r)))
    expect(kms.count('DescribeKey')).toBe(2)
    clock.advance(10 * MINUTE)
    await open(keys, await sealedUnder(kms, 'alias/2025'))
    expect(kms.count('DescribeKey')).toBeLessThanOrEqual(4)
  })

  it('is spared if KMS has returned the ARN with a data key', async () => {
    const kms = scriptedKms()
    const { keys } = over(kms, { current: 'alias/2026', previous: [arn('2025')] })
    await seal(keys)
    await open(keys, await sealedUnder(kms, 'alias/2026'))
    await open(keys, await sealedUnder(kms, arn('2025')))
    expect(kms.count('DescribeKey')).toBe(0)
  })

  it('is not repeated for planted records', async () => {
    const kms = scriptedKms()
    const foreign = await allSealedUnder(kms, 'alias/attacker', 200)
    const { keys } = over(kms, { current: 'alias/2026', previous: ['alias/2025'] })
    for (const reference of foreign) expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_CMK_UNTRUSTED')
    expect(kms.count('DescribeKey')).toBe(2)
    expect(decrypts(kms)).toEqual([])
    await open(keys, await sealedUnder(kms, 'alias/2025'))
  })

  it('that is refused for one CMK does not hide the others, and is not repeated at once', async () => {
    const kms = scriptedKms()
    const oldest = await sealedUnder(kms, 'alias/2024')
    const another = await sealedUnder(kms, 'alias/2024')
    kms.before = ({ operation, keyId }) => {
      if (operation === 'DescribeKey' && keyId === 'alias/2025') throw keyError('ENVELOPE_KMS_NOT_FOUND')
    }
    const { keys, clock } = over(kms, { current: 'alias/2026', previous: ['alias/2025', 'alias/2024'] })
    await open(keys, oldest)
    await open(keys, another)
    expect(kms.count('DescribeKey')).toBe(3)
    expect(await codeOf(() => sealedUnder(kms, 'alias/x').then((r) => open(keys, r)))).toBe('ENVELOPE_KMS_NOT_FOUND')
    expect(kms.count('DescribeKey')).toBe(3)
    clock.advance(MINUTE)
    expect(await codeOf(() => sealedUnder(kms, 'alias/x').then((r) => open(keys, r)))).toBe('ENVELOPE_KMS_NOT_FOUND')
    expect(kms.count('DescribeKey')).toBe(4)
  })

  it('that fails for an outage is called again by the next row', async () => {
    const kms = scriptedKms()
    const reference = await sealedUnder(kms, 'alias/2025')
    const { keys } = over(kms, { current: 'alias/2026', previous: ['alias/2025'] })
    kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    kms.before = () => {}
    await open(keys, reference)
  })
})

describe('an alias that moves', () => {
  const moved = { current: 'alias/acme', previous: [arn('alias-acme')] }

  it('opens what others sealed under the new key at once', async () => {
    const kms = scriptedKms()
    for (const cmk of ['alias/acme', moved]) {
      kms.aliases.clear()
      const { keys } = over(kms, cmk)
      await open(keys, await seal(keys))
      kms.aliases.set('alias/acme', arn('new'))
      await open(keys, await sealedUnder(kms, 'alias/acme'))
    }
  })

  it('leaves what was sealed under the old key readable where that is among the previous ones', async () => {
    const kms = scriptedKms()
    const { keys } = over(kms, moved)
    // Learnt before the move, and remembered wrongly after it.
    await seal(keys)
    const old = await sealedUnder(kms, 'alias/acme')
    kms.aliases.set('alias/acme', arn('new'))
    await open(keys, old)
    expect(decrypts(kms)).toEqual([arn('alias-acme')])
  })

  it('says what to do where the old key is not among the previous ones', async () => {
    const kms = scriptedKms()
    const old = await sealedUnder(kms, 'alias/acme')
    kms.aliases.set('alias/acme', arn('new'))
    const { keys } = over(kms, 'alias/acme')
    await expect(open(keys, old)).rejects.toThrow(
      `wrapped under the CMK of the tag ${tagOf(arn('alias-acme'))}. If the alias has moved, add the previous CMK`,
    )
  })
})

describe('cmk(tenant)', () => {
  it.each([undefined, null])('that returns %o means an unknown tenant', async (nothing) => {
    // What a caller in plain JavaScript may give.
    const { keys, kms } = rig({ cmk: () => nothing as undefined })
    expect(await codeOf(() => seal(keys, 'nobody'))).toBe('ENVELOPE_TENANT_UNKNOWN')
    const asynchronous = rig({ cmk: async () => nothing as undefined })
    expect(await codeOf(() => seal(asynchronous.keys, 'nobody'))).toBe('ENVELOPE_TENANT_UNKNOWN')
    expect(kms.count() + asynchronous.kms.count()).toBe(0)
  })

  it.each([
    '',
    7,
    {},
    { current: '' },
    { current: 'alias/a', previous: 'alias/b' },
    { current: 'alias/a', previous: [''] },
  ])('that returns %o is refused', async (config) => {
    const { keys, kms } = rig({ cmk: () => config as CmkConfig })
    expect(await codeOf(() => seal(keys))).toBe('ENVELOPE_CONFIG_INVALID')
    expect(kms.count()).toBe(0)
  })

  it('that answers at once is asked each time: a new CMK wraps the very next data key', async () => {
    let cmk = 'alias/old'
    const { keys } = rig({ cmk: () => ({ current: cmk, previous: ['alias/old'] }) })
    const before = await seal(keys)
    cmk = 'alias/new'
    const after = await seal(keys)
    expect(after.id).not.toBe(before.id)
    expect(cmkOf(after.wrappedKey)).toBe(tagOf(arn('alias-new')))
    expect((await seal(keys)).id).toBe(after.id)
    await open(keys, before)
  })

  it('that answers later is asked once for each revalidate, however many wait for it', async () => {
    let asked = 0
    const answer = signal()
    const { keys, clock } = rig({
      cmk: async () => {
        asked += 1
        await answer.promise
        return 'alias/acme'
      },
    })
    const waiting = Array.from({ length: 20 }, () => seal(keys))
    answer.fire()
    await Promise.all(waiting)
    expect(asked).toBe(1)
    expect(isPromise(keys.forSealing('acme', [1])), 'once known, it keeps nobody waiting').toBe(false)
    clock.advance(10 * MINUTE - 1)
    await seal(keys)
    expect(asked).toBe(1)
    clock.advance(1)
    await seal(keys)
    expect(asked).toBe(2)
  })

  it('that never answers fails at the timeout, by name, and is asked again by the next call', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    let asked = 0
    const { keys, kms } = rig({
      dataKeys: { timeout: '1s' },
      cmk: () => {
        asked += 1
        return asked === 1 ? new Promise(() => {}) : Promise.resolve('alias/acme')
      },
    })
    const waiting = Array.from({ length: 3 }, () => seal(keys).catch((error) => error))
    await vi.advanceTimersByTimeAsync(1_000)
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE', retryable: true, tenant: 'acme' })
      expect(error.message).toContain('cmk(tenant) did not answer within 1000 ms (dataKeys.timeout)')
    }
    expect([asked, kms.count()]).toEqual([1, 0])
    await seal(keys)
    expect(asked).toBe(2)
    expect(vi.getTimerCount() <= 1, 'but for the sweep no timer is left').toBe(true)
    keys.close()
    vi.useRealTimers()
  })

  it('that never answers again is ridden out within the grace by keys in memory', async () => {
    const answers: (() => Promise<string>)[] = [async () => 'alias/acme']
    const { keys, clock } = rig({
      dataKeys: { revalidate: '10m', grace: '5m', timeout: 300 },
      cmk: () => (answers.shift() ?? (() => new Promise<string>(() => {})))(),
    })
    const reference = await seal(keys)
    clock.advance(10 * MINUTE)
    await open(keys, reference)
    clock.advance(6 * MINUTE)
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_KMS_UNAVAILABLE')
    keys.close()
  })

  it.each(['kms', 'indexCmk'] as const)(
    'may answer later; %s(tenant) may not, and the error says so',
    async (option) => {
      const later = async () => 'alias/acme'
      const at = rig({ [option]: later as never, ...(option === 'kms' && { indexCmk: 'alias/index' }) })
      const call = option === 'kms' ? () => seal(at.keys) : async () => at.keys.index?.with(undefined, () => {})
      await expect(call()).rejects.toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID' })
      await expect(call()).rejects.toThrow(`${option}(tenant) returned a promise`)
    },
  )

  it('may be a thenable of any kind; kms and indexCmk may not', async () => {
    const later = (value: string) => thenable(value, () => {}) as never
    await seal(rig({ cmk: () => later('alias/acme') }).keys)
    const { keys } = rig({ indexCmk: () => later('alias/index') })
    await expect(async () => keys.index?.with(undefined, () => {})).rejects.toThrow(
      'indexCmk(tenant) returned a promise',
    )
    const error = await seal(rig({ kms: () => later('kms') }).keys).catch(String)
    expect(error).toContain('kms(tenant) returned a promise')
  })

  it('that fails is asked again by the next call', async () => {
    let asked = 0
    const { keys } = rig({
      cmk: async () => {
        asked += 1
        if (asked === 1) throw new Error('the tenants’ database is down')
        return 'alias/acme'
      },
    })
    await expect(seal(keys)).rejects.toThrow('database is down')
    await seal(keys)
  })

  it('is asked again after an eviction, also by one that comes while it is thinking', async () => {
    let asked = 0
    const answer = signal()
    const { keys } = rig({
      cmk: async () => {
        asked += 1
        const mine = asked
        await answer.promise
        return `alias/${mine}`
      },
    })
    const early = seal(keys)
    await settled()
    keys.evict('acme')
    const late = seal(keys)
    answer.fire()
    await early
    expect(cmkOf((await late).wrappedKey)).toBe(tagOf(arn('alias-2')))
    expect(cmkOf((await seal(keys)).wrappedKey)).toBe(tagOf(arn('alias-2')))
    expect(asked).toBe(2)
  })

  it('differs by tenant, and so does the KMS provider', async () => {
    const providers = new Map(['acme', 'globex'].map((tenant) => [tenant, scriptedKms()]))
    const { keys } = rig({
      kms: (tenant) => {
        const kms = providers.get(tenant)
        if (kms === undefined) throw new Error('no such tenant')
        return kms
      },
    })
    await seal(keys, 'acme')
    await seal(keys, 'globex')
    expect([...providers.values()].map((kms) => kms.calls.map(({ keyId }) => keyId))).toEqual([
      ['alias/acme'],
      ['alias/globex'],
    ])
  })
})

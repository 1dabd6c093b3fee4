import { describe, expect, it } from 'vitest'
import type { CmkOption } from '../../../src/keys/index.js'
import { HOUR, MINUTE, SECOND } from '../manual-clock.js'
import { arn, keyError } from '../scripted-kms.js'
import { codeOf, open, type Rig, rig, seal, sealedElsewhere } from '../using-keys.js'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const describes = ({ kms }: Rig) => kms.count('DescribeKey')

describe('the current wrapped key', () => {
  it('is reported by every data key that is generated, for free', async () => {
    const at = rig()
    const { id, wrappedKey } = await seal(at.keys)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    expect(await at.keys.rewrap(id, wrappedKey)).toBeUndefined()
    expect(describes(at)).toBe(0)
  })

  it('is asked for once a CMK and revalidate, however many rows want to know', async () => {
    const at = rig()
    const references = await Promise.all([1, 2, 3].map(() => sealedElsewhere(at)))
    const askAll = () =>
      Promise.all(
        references.flatMap(({ id, wrappedKey }) => Array.from({ length: 10 }, () => at.keys.rewrap(id, wrappedKey))),
      )
    expect(new Set(await askAll())).toEqual(new Set([undefined]))
    await askAll()
    expect(describes(at)).toBe(1)
    for (const { id, wrappedKey } of references) expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    at.clock.advance(10 * MINUTE)
    for (const { id, wrappedKey } of references) expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(true)
    await askAll()
    expect(describes(at)).toBe(2)
    expect(at.kms.count('ReEncrypt')).toBe(0)
  })

  it('shares that question with the look-up of aliases', async () => {
    const at = rig({ cmk: { current: 'alias/new', previous: ['alias/old'] } })
    const { id, wrappedKey } = await sealedElsewhere({ another: () => at.another({ cmk: 'alias/old' }) })
    await open(at.keys, { id, wrappedKey })
    await at.keys.rewrap(id, wrappedKey)
    expect(at.kms.calls.flatMap(({ operation, keyId }) => (operation === 'DescribeKey' ? [keyId] : []))).toEqual([
      'alias/new',
      'alias/old',
    ])
  })

  it('is asked for again when the configuration names another CMK, at once', async () => {
    let cmk: CmkOption = 'alias/old'
    const at = rig({ cmk: () => cmk as string })
    const { id, wrappedKey } = await seal(at.keys)
    cmk = { current: 'alias/new', previous: ['alias/old'] }
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(true)
  })
})

describe('a wrapped key is stale', () => {
  const cases: [string, boolean, { sealed?: string; now?: string; before: string; current: string }][] = [
    ['under another CMK', true, { before: arn('one'), current: arn('two') }],
    ['with older key material', true, { before: arn('one'), current: arn('one'), sealed: A, now: B }],
    ['not with the same', false, { before: arn('one'), current: arn('one'), sealed: A, now: A }],
    ['not where KMS did not say then', false, { before: arn('one'), current: arn('one'), now: B }],
    ['not where KMS does not say now', false, { before: arn('one'), current: arn('one'), sealed: A }],
    [
      'not under a replica of the same multi-Region key',
      false,
      { before: arn('mrk-1'), current: arn('mrk-1', { region: 'us-east-1' }), sealed: A, now: A },
    ],
    [
      'under a replica with older key material',
      true,
      { before: arn('mrk-1'), current: arn('mrk-1', { region: 'us-east-1' }), sealed: A, now: B },
    ],
    [
      'under a key of the same name in another Region that is no replica',
      true,
      { before: arn('one'), current: arn('one', { region: 'us-east-1' }), sealed: A, now: A },
    ],
  ]
  it.each(cases)('%s (%s)', async (_what, stale, { before, current, sealed, now }) => {
    const at = rig({ cmk: { current, previous: [before] } })
    if (sealed !== undefined) at.kms.materials.set(before, sealed)
    const { id, wrappedKey } = await seal(at.another({ cmk: before }))
    at.kms.materials.clear()
    if (now !== undefined) at.kms.materials.set(current, now)
    // A replica unwraps what another wrapped; the script knows no replicas.
    const rewrap = at.keys.rewrap(id, wrappedKey).catch((error) => error.code)
    expect((await rewrap) !== undefined).toBe(stale)
    expect(at.kms.count('ReEncrypt') > 0).toBe(stale)
  })
})

describe('a KMS that does not say what the current CMK is', () => {
  it.each([
    ['ENVELOPE_KMS_ACCESS_DENIED', HOUR],
    ['ENVELOPE_KMS_THROTTLED', 10 * SECOND],
  ] as const)('with %s makes nothing stale, and is left alone for a while', async (code, wait) => {
    const at = rig()
    const { id, wrappedKey } = await sealedElsewhere(at)
    at.kms.before = ({ operation }) => {
      if (operation === 'DescribeKey') throw keyError(code)
    }
    expect(await codeOf(() => at.keys.rewrap(id, wrappedKey))).toBe(code)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    expect(await at.keys.rewrap(id, wrappedKey)).toBeUndefined()
    expect(describes(at)).toBe(1)
    await open(at.keys, { id, wrappedKey })
    at.clock.advance(wait - 1)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(false)
    at.clock.advance(1)
    expect(at.keys.isWorthRewrapping(id, wrappedKey)).toBe(true)
  })
})

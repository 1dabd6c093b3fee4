import { afterEach, describe, expect, it, vi } from 'vitest'
import { wrapTag } from '../../../src/envelope/index.js'
import { arn, type ScriptedAnswer, scriptedKms, settled, signal } from '../scripted-kms.js'
import { codeOf, open, type Reference, rig, seal, sealedElsewhere, withBlobOf } from '../using-keys.js'

afterEach(() => {
  vi.useRealTimers()
})

const zeros = (bytes: Uint8Array | undefined) => bytes?.every((byte) => byte === 0) ?? false

describe('the plaintext data key that KMS returns', () => {
  it('is zeroed once the keys are derived, after generating, unwrapping and asking again', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    await seal(at.keys)
    await open(at.keys, reference)
    at.clock.advance(3_600_000)
    await open(at.keys, reference)
    expect(at.kms.handedOut).toHaveLength(4)
    expect(at.kms.handedOut.map(zeros)).toEqual([true, true, true, true])
  })

  it('is zeroed when it comes after the timeout', async () => {
    const at = rig({ dataKeys: { timeout: '1s' } })
    const reference = await sealedElsewhere(at)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const late = signal()
    at.kms.before = () => late.promise
    const calls = Promise.all([codeOf(() => seal(at.keys)), codeOf(() => open(at.keys, reference))])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await calls).toEqual(['ENVELOPE_KMS_UNAVAILABLE', 'ENVELOPE_KMS_UNAVAILABLE'])
    late.fire()
    await settled()
    expect(at.kms.handedOut).toHaveLength(3)
    expect(at.kms.handedOut.map(zeros)).toEqual([true, true, true])
  })

  it('is zeroed also where it is refused', async () => {
    const lies: ((answer: ScriptedAnswer) => ScriptedAnswer)[] = [
      (answer) => ({ ...answer, plaintext: new Uint8Array(31).fill(1) }),
      (answer) => ({ ...answer, plaintext: new Uint8Array(33).fill(1) }),
      (answer) => ({ ...answer, cmk: { arn: arn('another') } }),
      (answer) => ({ ...answer, plaintext: new Uint8Array(32).fill(1) }),
    ]
    for (const lie of lies) {
      const at = rig({ cmk: arn('acme') })
      const reference = await sealedElsewhere(at)
      at.kms.alter = lie
      await codeOf(() => open(at.keys, reference))
      expect(zeros(at.kms.handedOut.at(-1)), String(lie)).toBe(true)
    }
  })
})

describe('an answer of KMS that is wrong', () => {
  it.each([0, 16, 31, 33, 64])('in that the data key has %i bytes is refused', async (length) => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    at.kms.alter = (answer) => ({ ...answer, plaintext: new Uint8Array(length).fill(1) })
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(await codeOf(() => open(at.keys, reference))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(at.keys.stats().cached).toBe(0)
  })

  it.each([
    ['ARN', arn('acme')],
    ['key id', 'acme'],
  ])('from a different CMK than the %s that was requested is refused', async (_, cmk) => {
    const at = rig({ cmk })
    const reference = await sealedElsewhere(at)
    at.kms.alter = (answer) => ({ ...answer, cmk: { arn: arn('another') } })
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(await codeOf(() => open(at.keys, reference))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('may come from a multi-Region key’s replica', async () => {
    const at = rig({ cmk: arn('mrk-1') })
    const reference = await sealedElsewhere(at)
    at.kms.alter = (answer) => ({ ...answer, cmk: { arn: arn('mrk-1', { region: 'us-east-1' }) } })
    await open(at.keys, reference)
  })

  it.each([
    ['an empty blob', { blob: new Uint8Array() }],
    ['a blob of 6,145 bytes', { blob: new Uint8Array(6_145) }],
    ['a key material id of another form', { cmk: { arn: arn('alias-acme'), keyMaterialId: 'A'.repeat(64) } }],
  ])('in that it is %s, which could not be stored, is refused before anything is sealed', async (_, part) => {
    const at = rig()
    at.kms.alter = (answer) => ({ ...answer, ...part })
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(zeros(at.kms.handedOut.at(-1))).toBe(true)
  })
})

describe('a data key of zeros', () => {
  const zeroed = (answer: ScriptedAnswer) => ({ ...answer, plaintext: new Uint8Array(32) })

  it('is refused, so that nothing is sealed or opened under a key that everyone has', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    at.kms.alter = zeroed
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(await codeOf(() => open(at.keys, reference))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('is refused where the provider wipes its buffer before anyone can read it', async () => {
    const at = rig()
    const { generateDataKey } = at.kms
    at.kms.generateDataKey = async (request) => {
      const answer = await generateDataKey(request)
      try {
        return answer
      } finally {
        answer.plaintext.fill(0)
      }
    }
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
  })

  it.each(['generateDataKey', 'unwrapDataKey'] as const)(
    'does not come of a provider that wipes its buffer once %s has returned it',
    async (method) => {
      const at = rig()
      const reference = await sealedElsewhere(at)
      const inner = at.kms[method].bind(at.kms) as (request: never) => Promise<{ plaintext: Uint8Array }>
      let wiped = 0
      const wiping = (request: never) => {
        const answer = inner(request)
        // Behind the reaction of the caller, which is there once this function has returned.
        void Promise.resolve().then(async () => {
          const { plaintext } = await answer
          plaintext.fill(0)
          wiped += 1
        })
        return answer
      }
      Object.assign(at.kms, { [method]: wiping })
      await (method === 'generateDataKey' ? seal(at.keys) : open(at.keys, reference))
      expect(wiped).toBe(1)
    },
  )

  it('does not come of a provider that uses one buffer for one call after another', async () => {
    const at = rig()
    const shared = new Uint8Array(32)
    at.kms.alter = (answer) => {
      shared.set(answer.plaintext)
      return { ...answer, plaintext: shared }
    }
    const [a, b] = [await seal(at.keys, 'acme'), await seal(at.keys, 'globex')]
    at.kms.alter = (answer) => answer
    const other = at.another()
    for (const reference of [a, b]) await open(other, reference)
  })

  it('is no other value either: what is not bytes is refused', async () => {
    const at = rig()
    at.kms.alter = (answer) => ({ ...answer, plaintext: Buffer.alloc(24, 1).toString('base64') as never })
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_BAD_RESPONSE')
  })
})

describe('a row whose key section lies', () => {
  it('about the data key does not open: a swapped blob is another data key', async () => {
    const at = rig()
    const [one, other] = [await sealedElsewhere(at), await sealedElsewhere(at)]
    expect(await codeOf(() => open(at.keys, withBlobOf(one, other)))).toBe('ENVELOPE_DATA_KEY_MISMATCH')
    await open(at.keys, one)
    await open(at.keys, other)
  })

  it('about the CMK does not open', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    const lying: Reference = { ...reference, wrappedKey: { ...reference.wrappedKey, wrapTag: wrapTag(arn('another')) } }
    expect(await codeOf(() => open(at.keys, lying))).toBe('ENVELOPE_DATA_KEY_MISMATCH')
    await open(at.keys, reference)
  })

  it.each([
    ['app', { appTag: 1 }, 'ENVELOPE_APP_MISMATCH'],
    ['hour', { createdHour: 1 }, 'ENVELOPE_KMS_INVALID_CIPHERTEXT'],
  ] as const)('about its %s does not open', async (_, part, code) => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    const context = { ...reference.wrappedKey.context, ...part }
    const lying = { ...reference, wrappedKey: { ...reference.wrappedKey, context } }
    expect(await codeOf(() => open(at.keys, lying))).toBe(code)
  })
})

describe('a provider that lacks a method', () => {
  it('is named at the first call where it is one for each tenant', async () => {
    const at = rig({ kms: () => ({ provider: scriptedKms() }) as never })
    const error: unknown = await seal(at.keys).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ENVELOPE_CONFIG_INVALID', message: expect.stringContaining('.provider') })
  })
})

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { appTag, decodeText, parseEnvelope, prefixOf, type Stored, suites } from '../../src/envelope/index.js'
import type { DataKey } from '../../src/keys/index.js'
import { unpackWrappedKey } from '../../src/keys/packed-wrapped-key.js'
import { openedBatch, sealedBatch } from '../envelope/support/sealed.js'
import { MINUTE } from './manual-clock.js'
import { keyError, settled, signal } from './scripted-kms.js'
import {
  allSealedElsewhere,
  codeOf,
  isPromise,
  isWhole,
  open,
  openingKey,
  type Reference,
  rig,
  seal,
  sealedElsewhere,
} from './using-keys.js'

describe('opening', () => {
  it('costs one KMS call however many passes miss the same key at once', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    const before = at.kms.count()
    await Promise.all(Array.from({ length: 100 }, () => open(at.keys, reference)))
    expect(at.kms.count() - before).toBe(1)
  })

  it('of many rows costs as many KMS calls as they have distinct data keys', async () => {
    const at = rig()
    const references = await allSealedElsewhere(at, 20)
    const rows = Array.from({ length: 1_000 }, (_, i) => references[i % 20]).filter((row) => row !== undefined)
    await Promise.all(rows.map((row) => open(at.keys, row)))
    expect(at.kms.count('Decrypt')).toBe(20)
    await Promise.all(rows.map((row) => open(at.keys, row)))
    expect(at.kms.count('Decrypt'), 'nothing once they are warm').toBe(20)
  })

  it('answers at once when the key is warm', async () => {
    const { keys } = rig()
    const reference = await seal(keys)
    const key = openingKey(keys, reference)
    expect(isPromise(key)).toBe(false)
    ;(await key).release()
  })

  it('needs no KMS call for what this process has sealed itself', async () => {
    const { keys, kms } = rig()
    await open(keys, await seal(keys))
    expect(kms.count()).toBe(1)
  })

  it('tells KMS the context that the record carries', async () => {
    const at = rig({ app: 'clinic' })
    const reference = await sealedElsewhere(at)
    await open(at.keys, reference)
    expect(at.kms.calls.at(-1)?.encryptionContext).toMatchObject({ app: 'clinic', tenant: 'acme', scope: 'tenant' })
  })

  it('refuses what a different app name has sealed, cold and warm, before KMS is asked', async () => {
    const at = rig({ app: 'clinic' })
    const reference = await sealedElsewhere(at)
    const other = at.another({ app: 'laboratory' })
    const error = await Promise.resolve()
      .then(() => open(other, reference))
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ENVELOPE_APP_MISMATCH', tenant: 'acme', retryable: false })
    expect(error.message).toContain('a different name than "laboratory"')
    expect(error.message).not.toContain('clinic')
    await open(at.keys, reference)
    const context = { ...reference.wrappedKey.context, appTag: appTag('laboratory') }
    const planted = { ...reference, wrappedKey: { ...reference.wrappedKey, context } }
    expect(await codeOf(() => open(at.keys, planted))).toBe('ENVELOPE_APP_MISMATCH')
    expect(at.kms.count('Decrypt')).toBe(1)
  })

  it('keeps a copy of the wrapped key, not a view into the row', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    await open(at.keys, reference)
    const key = await openingKey(at.keys, reference)
    const blob = Buffer.from(reference.wrappedKey.blob)
    reference.wrappedKey.blob.fill(0)
    expect(unpackWrappedKey(key.wrappedKey).blob).toEqual(blob)
    key.release()
  })

  it('never finds one tenant’s key for another, be the ids the same', async () => {
    const { keys } = rig()
    const reference = await seal(keys, 'acme')
    const planted: Reference = {
      id: reference.id,
      wrappedKey: { ...reference.wrappedKey, context: { ...reference.wrappedKey.context, tenant: 'globex' } },
    }
    expect(await codeOf(() => open(keys, planted))).toBe('ENVELOPE_KMS_INVALID_CIPHERTEXT')
    await open(keys, reference)
  })
})

describe('a cold start of 1,000 tenants', () => {
  it('costs 1,000 calls, bounded in flight', async () => {
    const { keys, kms } = rig({ dataKeys: { maxInFlight: 64 } })
    let now = 0
    let most = 0
    kms.before = async () => {
      most = Math.max(most, ++now)
      await settled()
      now -= 1
    }
    const tenants = Array.from({ length: 1_000 }, (_, i) => `tenant-${i}`)
    await Promise.all(tenants.flatMap((tenant) => [seal(keys, tenant), seal(keys, tenant)]))
    expect(kms.count()).toBe(1_000)
    expect(most).toBe(64)
    expect(keys.stats()).toMatchObject({ kmsCalls: { GenerateDataKey: 1_000 }, generated: 1_000, cached: 1_000 })
  })
})

describe('a tenant whose KMS hangs', () => {
  it('holds up no other, however much is asked of it', async () => {
    const at = rig({ dataKeys: { maxInFlight: 8 } })
    const { keys, kms } = at
    const references = await allSealedElsewhere(at, 100, 'slow')
    kms.before = ({ encryptionContext }) => {
      if (encryptionContext?.tenant === 'slow') return new Promise(() => {})
    }
    for (const reference of references) Promise.resolve(openingKey(keys, reference)).catch(() => {})
    await settled()
    await open(keys, await seal(keys, 'quick'))
  })
})

describe('a cache of one key', () => {
  const one = { dataKeys: { maxCached: 1 } }
  const tenants = ['acme', 'globex', 'initech']
  const suite = suites['aes-256-gcm']
  const place = Buffer.from('Patient.ssn')

  /** Seals one text for each tenant in one pass, as a batch over several tenants does. */
  async function sealBatch(at: ReturnType<typeof rig>): Promise<Stored[]> {
    const grants = await Promise.all(tenants.map((tenant) => at.keys.forSealing(tenant, [9])))
    await settled()
    return grants.flatMap(({ key }) => {
      expect(isWhole(key)).toBe(true)
      const sealed = sealedBatch(key.prefixFor(suite, 'inline'), key.keyFor(suite), place, [key.tenant], 'text')
      key.release()
      return sealed
    })
  }

  async function openBatch(at: ReturnType<typeof rig>, references: readonly Reference[], envelopes: readonly Stored[]) {
    const keys = await Promise.all(references.map(({ id, wrappedKey }) => openingKey(at.keys, { id, wrappedKey })))
    await settled()
    const texts = keys.map((key, i) => {
      const envelope = envelopes[i] ?? ''
      const prefix = prefixOf(parseEnvelope(decodeText(String(envelope))))
      return openedBatch(prefix, key.keyFor(suite), place, [envelope])[0]
    })
    for (const key of keys) key.release()
    return { texts, keys }
  }

  it('carries a batch over three tenants there and back, under real envelopes', async () => {
    await suite.prepare()
    const at = rig(one)
    const envelopes = await sealBatch(at)
    const references = await Promise.all(tenants.map((tenant) => seal(at.keys, tenant)))
    const { texts, keys } = await openBatch(at, references, envelopes)
    expect(texts).toEqual(tenants)
    expect(at.keys.stats().cached).toBe(1)
    expect(
      keys.filter((key) => !key.wiped),
      'all but the cached one are wiped once the batch is done',
    ).toHaveLength(1)
  })

  it('carries two batches whose passes interleave', async () => {
    await suite.prepare()
    const at = rig(one)
    const [a, b] = await Promise.all([sealBatch(at), sealBatch(at)])
    const references = await Promise.all(tenants.map((tenant) => seal(at.keys, tenant)))
    const opened = await Promise.all([
      openBatch(at, references, a ?? []),
      openBatch(at, [...references].reverse(), [...(b ?? [])].reverse()),
    ])
    expect(opened.map(({ texts }) => texts)).toEqual([tenants, [...tenants].reverse()])
  })

  it('never returns a wiped key, whatever the order of passes, evictions and outages', async () => {
    const at = rig({ dataKeys: { maxCached: 1, maxMessages: 5, revalidate: '1m', grace: '1m' } })
    const references: Reference[] = []
    for (const tenant of tenants) references.push(await seal(at.keys, tenant))
    // Reproducible, and different enough.
    let seed = 42
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return Math.floor((seed / 2 ** 31) * below)
    }
    at.kms.before = async () => {
      for (let i = random(3); i > 0; i--) await settled()
      if (random(10) === 0) throw keyError('ENVELOPE_KMS_THROTTLED')
    }
    const held: DataKey[] = []
    const passes: Promise<unknown>[] = []
    for (let i = 0; i < 400; i++) {
      const tenant = tenants[random(3)] ?? 'acme'
      const reference = references[random(3)]
      const action = random(10)
      if (action === 0) at.keys.evict(tenant)
      else if (action === 1) at.clock.advance(MINUTE / 2)
      else if (action === 2) await settled()
      else if (action < 6) {
        const pass = async () => {
          const { key } = await at.keys.forSealing(tenant, [1, 1])
          expect(isWhole(key), `step ${i}`).toBe(true)
          expect(key.tenant, `step ${i}`).toBe(tenant)
          held.push(key)
        }
        passes.push(pass().catch((error: unknown) => expect(String(error)).toContain('THROTTLED')))
      } else if (reference !== undefined) {
        const pass = async () => {
          const key = await openingKey(at.keys, reference)
          expect(isWhole(key), `step ${i}`).toBe(true)
          expect(key.id, `step ${i}`).toBe(reference.id)
          held.push(key)
        }
        passes.push(pass().catch((error: unknown) => expect(String(error)).toContain('THROTTLED')))
      }
      if (held.length > 10) held.splice(random(held.length), 1)[0]?.release()
    }
    await Promise.all(passes)
    for (const key of held) expect(isWhole(key)).toBe(true)
    at.keys.close()
    for (const key of held) key.release()
    for (const key of held) expect(key.wiped).toBe(true)
    expect(held.length).toBeGreaterThan(0)
  })
})

describe('closing', () => {
  it('wipes what nobody works with at once, and the rest when the work ends', async () => {
    const { keys } = rig()
    const idle = (await keys.forSealing('acme', [1])).key
    idle.release()
    const busy = (await keys.forSealing('globex', [1])).key
    keys.close()
    expect(idle.wiped).toBe(true)
    expect(isWhole(busy)).toBe(true)
    busy.release()
    expect(busy.wiped).toBe(true)
    expect(keys.stats().cached).toBe(0)
  })

  it('refuses later calls, and may be done twice', async () => {
    const { keys, kms } = rig()
    const reference = await seal(keys)
    keys.close()
    keys.close()
    expect(await codeOf(() => seal(keys))).toBe('ENVELOPE_CLOSED')
    expect(await codeOf(() => open(keys, reference))).toBe('ENVELOPE_CLOSED')
    expect(kms.count()).toBe(1)
  })

  it('refuses also those who were waiting for cmk(tenant)', async () => {
    const answer = signal()
    const { keys, kms } = rig({ cmk: () => answer.promise.then(() => 'alias/acme') })
    const waiting = codeOf(() => seal(keys))
    keys.close()
    answer.fire()
    expect(await waiting).toBe('ENVELOPE_CLOSED')
    expect(kms.count()).toBe(0)
  })

  it('while KMS is asked serves those who wait, and caches nothing', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    const answer = signal()
    at.kms.before = () => answer.promise
    const opening = openingKey(at.keys, reference)
    const sealing = at.keys.forSealing('acme', [1])
    await settled()
    at.keys.close()
    answer.fire()
    for (const key of [await opening, (await sealing).key]) {
      expect(isWhole(key)).toBe(true)
      key.release()
      expect(key.wiped).toBe(true)
    }
    expect(at.keys.stats().cached).toBe(0)
  })
})

describe('the numbers', () => {
  it('count calls by operation, failed ones too, hits, misses and data keys', async () => {
    const at = rig()
    const reference = await sealedElsewhere(at)
    await seal(at.keys)
    await open(at.keys, reference)
    await open(at.keys, reference)
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_THROTTLED'))
    await codeOf(() => seal(at.keys, 'globex'))
    expect(at.keys.stats()).toEqual({
      kmsCalls: { GenerateDataKey: 2, Decrypt: 1 },
      cached: 2,
      hits: 1,
      misses: 1,
      generated: 1,
    })
  })

  it('are a copy', async () => {
    const { keys } = rig()
    await seal(keys)
    keys.stats().kmsCalls.GenerateDataKey = 99
    expect(keys.stats().kmsCalls).toEqual({ GenerateDataKey: 1 })
  })
})

describe('a tenant', () => {
  it.each(['a\0b', '__proto__', 'x'.repeat(255), 'tenant/Ü 漢字'])('may be called %o', async (tenant) => {
    const { keys } = rig()
    await open(keys, await seal(keys, tenant))
  })

  it('whose name begins with another’s is not evicted with it', async () => {
    const { keys, kms } = rig()
    const reference = await seal(keys, 'acme-2')
    keys.evict('acme')
    await open(keys, reference)
    expect(kms.count()).toBe(1)
  })

  it('gets random keys: two processes never share one by chance', async () => {
    const at = rig()
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await sealedElsewhere(at)).id))
    expect(new Set(ids).size).toBe(10)
    expect(randomBytes(16).toString('hex')).toHaveLength(ids[0]?.length ?? 0)
  })
})

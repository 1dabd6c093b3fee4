import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DataKey } from '../../../src/keys/data-key.js'
import type { CmkConfig, DataKeys, SealingGrant } from '../../../src/keys/index.js'
import { ownerOf } from '../../../src/keys/table/owner.js'
import { HOUR, MINUTE } from '../manual-clock.js'
import { arn, keyError, settled, signal } from '../scripted-kms.js'
import { cmkOf, codeOf, tagOf } from '../using-keys.js'
import type { RowsInMemory } from './rows-in-memory.js'
import { tableEvents } from './table-events.js'
import { tableRig } from './table-rig.js'

interface Sealed {
  readonly id: string
  readonly placement: SealingGrant['placement']
  readonly messages: number
}

async function seal(
  keys: Pick<DataKeys, 'forSealing'>,
  tenant = 'acme',
  sizes: readonly number[] = [1],
): Promise<Sealed> {
  const { key, messages, placement } = await keys.forSealing(tenant, sizes)
  key.release()
  return { id: key.id, messages, placement }
}

const events = tableEvents()

describe('the key of the table that seals', () => {
  it('is one for all processes', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    const second = await seal(at.another())
    expect(first).toMatchObject({ placement: 'table', messages: 1 })
    expect(second).toEqual(first)
    expect(at.kms.count('GenerateDataKey')).toBe(1)
    expect(at.rows.stored.size).toBe(1)
  })

  it('is one for all processes that begin at once: the losers of the race take the winner’s', async () => {
    const at = tableRig()
    const all = await Promise.all(Array.from({ length: 8 }, () => seal(at.another())))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    expect(at.rows.stored.size).toBe(1)
  })

  it('is made once, though a replica that lags behind does not show that others have taken its number', async () => {
    const at = tableRig()
    for (let i = 0; i < 3; i++) {
      const { id } = await seal(at.another())
      const row = at.rows.stored.get(id)
      if (row !== undefined) row.retired = true
    }
    const { newest } = at.rows
    at.rows.newest = async (owner, most) => (await newest.call(at.rows, owner, most)) && []
    const made = at.kms.count('GenerateDataKey')
    const { id, placement } = await seal(at.keys)
    expect([at.rows.stored.get(id)?.seq, placement]).toEqual([4n, 'table'])
    expect(at.kms.count('GenerateDataKey')).toBe(made + 1)
    expect(at.keys.stats().cached).toBe(1)
  })

  it('is looked for after a moment by the loser of a race, whose own is wiped', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const retired = vi.spyOn(DataKey.prototype, 'retire')
    onTestFinished(() => {
      timers.mockRestore()
      retired.mockRestore()
    })
    const at = tableRig()
    let winner: Sealed | undefined
    at.rows.before = async (operation) => {
      if (operation !== 'insert' || winner !== undefined) return
      at.rows.before = () => {}
      winner = await seal(at.another())
      timers.mockClear()
    }
    expect(await seal(at.keys)).toEqual(winner)
    const waits = timers.mock.calls.map(([, wait]) => wait ?? 0).filter((wait) => wait >= 20 && wait <= 100)
    expect(waits).toHaveLength(1)
    expect(retired).toHaveBeenCalledOnce()
  })

  it('is another for each tenant, also where two differ by letter case only', async () => {
    const at = tableRig()
    const ids = [await seal(at.keys, 'acme'), await seal(at.keys, 'ACME')].map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect([...at.rows.stored.values()].map(({ owner }) => owner)).toEqual([
      ownerOf('test', 'acme'),
      ownerOf('test', 'ACME'),
    ])
    expect((await seal(at.another(), 'ACME')).id).toBe(ids[1])
  })

  it('is another for each app, whose rows are in the same table', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    const other = await seal(at.another({ app: 'other' }))
    expect(other.id).not.toBe(first.id)
    expect((await seal(at.another())).id).toBe(first.id)
  })

  it('is given once it has been stored, and not before', async () => {
    const at = tableRig()
    const stored = signal()
    at.rows.before = (operation) => (operation === 'insert' ? stored.promise : undefined)
    let given = false
    const grant = seal(at.keys).then((sealed) => {
      given = true
      return sealed
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(given).toBe(false)
    expect(at.rows.stored.size).toBe(0)
    stored.fire()
    expect(at.rows.stored.has((await grant).id)).toBe(true)
  })

  it('answers at once while it is in memory', async () => {
    const at = tableRig()
    await seal(at.keys)
    const grant = at.keys.forSealing('acme', [1])
    expect(grant).not.toBeInstanceOf(Promise)
    ;(await grant).key.release()
  })

  it('seals no longer than maxAge, by the hour that KMS has authenticated', async () => {
    const at = tableRig({ dataKeys: { maxAge: '24h' } })
    const first = await seal(at.keys)
    at.clock.advance(23 * HOUR)
    expect((await seal(at.another())).id).toBe(first.id)
    at.clock.advance(HOUR)
    const next = await seal(at.keys)
    expect(next.id).not.toBe(first.id)
    expect([...at.rows.stored.values()].map(({ seq }) => seq)).toEqual([1n, 2n])
    expect((await seal(at.another())).id).toBe(next.id)
  })

  it('is not one whose hour is in the future, beyond what clocks differ by', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    at.clock.advance(-HOUR)
    expect((await seal(at.another())).id).toBe(first.id)
    at.clock.advance(-HOUR)
    expect((await seal(at.another())).id).not.toBe(first.id)
  })

  it('is not one from before notBefore, which is in the configuration and not in the table', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    at.clock.advance(2 * HOUR)
    const since = new Date(at.clock.wall() - HOUR)
    const next = await seal(at.another({ dataKeys: { notBefore: since } }))
    expect(next.id).not.toBe(first.id)
    // Another process, without it, takes the newest as well.
    expect((await seal(at.another())).id).toBe(next.id)
  })

  it('is not one from before notBefore that comes back as the newest: from a backup, or by a process that knows nothing of it', async () => {
    const at = tableRig({ dataKeys: { revalidate: 1_000 } })
    const leaked = await seal(at.keys)
    at.clock.advance(2 * HOUR)
    const since = at.another({ dataKeys: { notBefore: new Date(at.clock.wall() - HOUR) } })
    const next = await seal(since)
    expect(next.id).not.toBe(leaked.id)
    at.rows.stored.delete(leaked.id)
    await expect.poll(() => at.rows.stored.get(leaked.id)?.seq, { timeout: 20_000 }).toBe(3n)
    since.evict('acme')
    expect((await seal(since)).id).toBe(next.id)
    expect((await seal(at.another({ dataKeys: { notBefore: new Date(at.clock.wall() - HOUR) } }))).id).toBe(next.id)
  })

  it('is one for each process in the hour of notBefore, which is all that a key tells of its age, and not one for each call', async () => {
    const at = tableRig()
    const leaked = await seal(at.keys)
    at.clock.advance(MINUTE)
    const since = { dataKeys: { notBefore: new Date(at.clock.wall()) } }
    const [one, other] = [at.another(since), at.another(since)]
    const ids = [await seal(one), await seal(other)].map(({ id }) => id)
    for (let i = 0; i < 10; i++) {
      expect((await seal(one, 'acme', Array<number>(100).fill(1))).id).toBe(ids[0])
      expect((await seal(other, 'acme', Array<number>(100).fill(1))).id).toBe(ids[1])
    }
    expect(ids).not.toContain(leaked.id)
    expect(at.rows.stored.size).toBe(3)
  })

  it('is another as soon as notBefore has come', async () => {
    const at = tableRig()
    const process = at.another({ dataKeys: { notBefore: new Date(at.clock.wall() + 10_000) } })
    const first = await seal(process)
    expect((await seal(process)).id).toBe(first.id)
    at.clock.advance(10_000)
    expect((await seal(process)).id).not.toBe(first.id)
  })

  it('is under the CMK of whoever waits, also where another one is just being fetched', async () => {
    let current = 'alias/old'
    const at = tableRig({ cmk: () => ({ current, previous: ['alias/old'] }) })
    const old = seal(at.keys)
    current = 'alias/new'
    expect((await seal(at.keys)).id).not.toBe((await old).id)
  })

  it('is another under another current CMK, and processes of both configurations keep one each', async () => {
    const at = tableRig()
    const old = await seal(at.another({ cmk: 'alias/old' }))
    const changed = { cmk: { current: 'alias/new', previous: ['alias/old'] } }
    const next = await seal(at.another(changed))
    expect(next.id).not.toBe(old.id)
    expect((await seal(at.another({ cmk: arn('alias-old') }))).id).toBe(old.id)
    expect((await seal(at.another(changed))).id).toBe(next.id)
    expect(at.rows.stored.size).toBe(2)
  })

  it('is stored with the ARN of its CMK, for people to read', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    expect(at.rows.stored.get(id)).toMatchObject({ cmkArn: arn('alias-acme'), tenant: 'acme', scope: 'tenant' })
  })
})

describe('counts of a key of the table', () => {
  it('are reserved in blocks that grow, before they are used', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    expect(at.rows.reserved.get(id)).toBe(256)
    let used = 1
    while (used < 300) used += (await seal(at.keys, 'acme', Array<number>(50).fill(1))).messages
    expect(at.rows.reserved.get(id)).toBe(256 + 1_024)
    await seal(at.another())
    expect(at.rows.reserved.get(id), 'of another process').toBe(256 + 1_024 + 256)
    expect(at.rows.stored.size).toBe(1)
  })

  it('never exceed the cap over all processes; then the next key begins', async () => {
    const at = tableRig({ dataKeys: { maxMessages: 1_000 } })
    const sealed = new Map<string, number>()
    const processes = [at.keys, at.another(), at.another(), at.another(), at.another()]
    for (let i = 0; i < 400; i++) {
      const { id, messages } = await seal(processes[i % 5] ?? at.keys, 'acme', Array<number>(7).fill(1))
      sealed.set(id, (sealed.get(id) ?? 0) + messages)
    }
    expect(at.rows.stored.size).toBeGreaterThan(2)
    for (const [id, count] of sealed) {
      expect(count).toBeLessThanOrEqual(1_000)
      expect(at.rows.reserved.get(id)).toBeLessThanOrEqual(1_000)
    }
  })

  it('hold for this process too, where the table has lost them', async () => {
    const at = tableRig({ dataKeys: { maxMessages: 600 } })
    const first = await seal(at.keys)
    let used = 1
    while (used < 600) {
      at.rows.reserved.set(first.id, 0)
      const { id, messages } = await seal(at.keys, 'acme', [1])
      expect(id).toBe(first.id)
      used += messages
    }
    at.rows.reserved.set(first.id, 0)
    expect((await seal(at.keys)).id).not.toBe(first.id)
  })

  it('of a long message are one for each 64 KiB', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys, 'acme', [2 ** 16 * 300])
    expect(at.rows.reserved.get(id)).toBe(300)
    expect(await seal(at.keys, 'acme', [2 ** 16 + 1, 1])).toMatchObject({ id })
    expect(at.rows.reserved.get(id)).toBeGreaterThan(300)
  })

  it('of a message that no key may seal are not reserved: it is sealed inline, under no new key of the table', async () => {
    const at = tableRig({ dataKeys: { maxMessages: 10 } })
    await seal(at.keys)
    for (let i = 0; i < 3; i++)
      expect(await seal(at.keys, 'acme', [2 ** 16 * 11])).toMatchObject({ placement: 'inline' })
    expect(at.rows.stored.size).toBe(1)
  })

  it('that were reserved by an answer that was lost are used up', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    let lose = true
    const { reserve } = at.rows
    at.rows.reserve = async (...args) => {
      const answer = await reserve.apply(at.rows, args)
      if (lose) throw new Error('the connection was lost')
      return answer
    }
    const other = at.another()
    expect((await seal(other)).placement).toBe('inline')
    expect(at.rows.reserved.get(id)).toBe(512)
    lose = false
    at.clock.advance(11_000)
    expect(await seal(other)).toMatchObject({ placement: 'table', id })
    expect(at.rows.reserved.get(id)).toBe(768)
  })

  it('beyond 2^28 are refused in the configuration', () => {
    expect(() => tableRig({ dataKeys: { maxMessages: 2 ** 28 + 1 } })).toThrow('at most 268435456')
    expect(() => tableRig({ dataKeys: { maxMessages: 2 ** 32, store: 'inline' } })).not.toThrow()
  })
})

describe('inside an interactive transaction', () => {
  const forbidden = new Proxy({} as RowsInMemory, {
    get: () => () => {
      throw new Error('a transaction asked the key table')
    },
  })

  it('a key in memory seals, and nothing is asked of the base client', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    const asked = at.rows.asked.length
    expect(await seal(at.keys.inTransaction('t1', forbidden))).toMatchObject({ id, placement: 'table' })
    expect(at.rows.asked).toHaveLength(asked)
  })

  it('a value is sealed inline where no key is in memory, and the table is asked by the next write outside', async () => {
    const at = tableRig()
    expect(await seal(at.keys.inTransaction('t1', forbidden))).toMatchObject({ placement: 'inline' })
    expect(at.rows.asked).toEqual([])
    expect(await seal(at.keys)).toMatchObject({ placement: 'table' })
  })

  it('nobody waits for what somebody outside has begun: the only connection may be the transaction’s', async () => {
    const at = tableRig()
    const never = signal()
    at.rows.before = () => never.promise
    const outside = seal(at.keys)
    expect(await seal(at.keys.inTransaction('t1', forbidden))).toMatchObject({ placement: 'inline' })
    never.fire()
    expect(await outside).toMatchObject({ placement: 'table' })
  })

  it('a key whose counts are used up does not seal', async () => {
    const at = tableRig()
    await seal(at.keys)
    const inside = at.keys.inTransaction('t1', forbidden)
    expect(await seal(inside, 'acme', Array<number>(300).fill(1))).toMatchObject({ placement: 'table', messages: 255 })
    expect(await seal(inside)).toMatchObject({ placement: 'inline' })
  })
})

describe('a row that does not pass its checks', () => {
  it('is skipped, reported, and stands in nobody’s way', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    const row = at.rows.stored.get(first.id)
    if (row === undefined) throw new Error('nothing was stored')
    const other = await seal(at.keys, 'globex')
    const stolen = at.rows.stored.get(other.id)
    if (stolen === undefined) throw new Error('nothing was stored')
    const plant = (id: string, seq: bigint, part: object): void => {
      at.rows.stored.set(id, { ...row, id, seq, ...part })
      at.rows.reserved.set(id, 0)
    }
    // The section of this owner under another id, of another tenant, altered, cut, and another app's.
    plant('11'.repeat(16), 2n, {})
    plant(other.id, 3n, { section: stolen.section, wrapTag: stolen.wrapTag })
    const altered = Buffer.from(row.section)
    altered.writeUInt8(altered.readUInt8(60) ^ 1, 60)
    plant('22'.repeat(16), 4n, { section: altered })
    plant('33'.repeat(16), 5n, { section: row.section.subarray(0, 20) })
    const process = at.another()
    expect(await seal(process)).toMatchObject({ id: first.id, placement: 'table' })
    expect(events).toMatchObject([
      { outcome: 'row-skipped', code: 'ENVELOPE_MALFORMED' },
      { outcome: 'row-skipped', code: 'ENVELOPE_KMS_INVALID_CIPHERTEXT' },
      { outcome: 'row-skipped', code: 'ENVELOPE_TENANT_MISMATCH' },
      { outcome: 'row-skipped', code: 'ENVELOPE_DATA_KEY_MISMATCH' },
    ])
    // And remembered: it costs nothing more.
    process.evict('acme')
    events.length = 0
    await seal(process)
    expect(events).toEqual([])
  })

  it('because a previous CMK is refused does not keep the current one from sealing', async () => {
    const at = tableRig()
    const old = await seal(at.another({ cmk: 'alias/old' }))
    at.kms.before = ({ operation }) =>
      operation === 'Decrypt' ? Promise.reject(keyError('ENVELOPE_KMS_DISABLED')) : undefined
    const next = await seal(at.another({ cmk: { current: 'alias/new', previous: ['alias/old'] } }))
    expect(next.placement).toBe('table')
    expect(next.id).not.toBe(old.id)
    expect(events).toMatchObject([{ outcome: 'row-skipped', code: 'ENVELOPE_KMS_DISABLED' }])
  })

  it.each<[string, CmkConfig, string[]]>([
    ['an ARN', { current: arn('alias-new'), previous: ['alias/old'] }, []],
    ['an alias that KMS describes', { current: 'alias/new', previous: ['alias/old'] }, ['DescribeKey']],
  ])(
    'because the Region of a previous CMK is down does not either, where the current one is %s',
    async (_, cmk, calls) => {
      const at = tableRig()
      const old = await seal(at.another({ cmk: 'alias/old' }))
      at.kms.before = ({ keyId }) =>
        keyId === 'alias/old' ? Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE')) : undefined
      const next = await seal(at.another({ cmk }))
      expect(next.placement).toBe('table')
      expect(next.id).not.toBe(old.id)
      const asked = at.kms.calls.slice(1).filter(({ keyId }) => keyId === 'alias/old')
      expect(asked.map(({ operation }) => operation)).toEqual(calls)
      expect(events).toEqual([])
    },
  )

  it('and may be under the current CMK, is not skipped in an outage of KMS', async () => {
    const at = tableRig({ cmk: { current: 'alias/acme', previous: [arn('alias-old')] } })
    await seal(at.keys)
    at.kms.before = ({ operation }) =>
      operation === 'Decrypt' ? Promise.reject(keyError('ENVELOPE_KMS_THROTTLED')) : undefined
    expect(await codeOf(() => seal(at.another()))).toBe('ENVELOPE_KMS_THROTTLED')
    expect(at.kms.count('GenerateDataKey')).toBe(1)
  })

  it('because too many others of its tenant have failed is tried again', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    const process = at.another()
    for (let i = 0; i < 100; i++) {
      const planted = i.toString(16).padStart(32, '0')
      at.rows.stored.set(planted, { ...row, id: planted, owner: row.owner, seq: BigInt(-i) })
      await codeOf(() => process.forOpening(planted, 'acme', undefined))
    }
    const another = await seal(process)
    expect(another.id).not.toBe(id)
    expect(events[0]).toMatchObject({ outcome: 'row-skipped', code: 'ENVELOPE_UNWRAP_LIMITED' })
    at.rows.stored.delete(another.id)
    process.evict('acme')
    expect((await seal(process)).id).toBe(id)
  })

  it('does not keep a process from the key that it has, however many are newer', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    for (let i = 0; i < 9; i++) {
      const planted = i.toString(16).padStart(32, '0')
      at.rows.stored.set(planted, { ...row, id: planted, seq: BigInt(2 + i), section: Buffer.alloc(0) })
    }
    at.clock.advance(2 * MINUTE)
    expect((await seal(at.keys)).id).toBe(id)
  })

  it('is not one that seals where it is retired or erased, which is no fault', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    const row = at.rows.stored.get(first.id)
    if (row === undefined) throw new Error('nothing was stored')
    row.retired = true
    const second = await seal(at.another())
    expect(second.id).not.toBe(first.id)
    at.rows.stored.set(second.id, { ...row, id: second.id, seq: 2n, retired: false, section: Buffer.alloc(0) })
    expect([first.id, second.id]).not.toContain((await seal(at.another())).id)
    expect(events).toEqual([])
  })
})

describe('the rows of keys that seal', () => {
  const often = { dataKeys: { revalidate: 1_000 } } as const
  const soon = { timeout: 20_000 } as const

  it('are inserted again where they are gone: a failover lost them', async () => {
    const at = tableRig(often)
    const first = await seal(at.keys)
    const row = at.rows.stored.get(first.id)
    at.rows.stored.delete(first.id)
    await expect
      .poll(() => at.rows.stored.get(first.id), soon)
      .toMatchObject({ section: row?.section, wrapTag: row?.wrapTag })
    expect(events).toMatchObject([{ type: 'key-table', outcome: 'row-restored', tenant: 'acme' }])
  })

  it('are inserted again where a backup of the table is older than what was sealed, and open everywhere then', async () => {
    const at = tableRig(often)
    const old = await seal(at.another())
    const backup = new Map(at.rows.stored)
    at.clock.advance(25 * HOUR)
    const { id } = await seal(at.keys)
    at.rows.stored.clear()
    for (const [name, row] of backup) at.rows.stored.set(name, row)
    const cold = at.another()
    const open = async (wanted: string) => (await cold.forOpening(wanted, 'acme', undefined)).release()
    expect(await codeOf(() => open(id))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
    await open(old.id)
    // The number of the key that is gone is given to another, and the process that has it in memory takes the next one.
    expect(at.rows.stored.get((await seal(cold)).id)?.seq).toBe(2n)
    await expect.poll(() => at.rows.stored.get(id)?.seq, soon).toBe(3n)
    await expect.poll(() => open(id).then(() => true, () => false), soon).toBe(true) // biome-ignore format: short
  })

  it('are inserted again with all of their counts reserved: what others had reserved is lost, too', async () => {
    const at = tableRig({ dataKeys: { ...often.dataKeys, maxMessages: 1_000 } })
    const first = await seal(at.keys)
    const other = at.another()
    await seal(other, 'acme', Array<number>(40).fill(1))
    at.rows.stored.clear()
    at.rows.reserved.clear()
    await expect.poll(() => at.rows.stored.has(first.id), soon).toBe(true)
    const sealed = new Map<string, number>()
    for (let i = 0; i < 60; i++) {
      const { id, messages } = await seal(i % 2 === 0 ? at.keys : other, 'acme', Array<number>(40).fill(1))
      sealed.set(id, (sealed.get(id) ?? 41) + messages)
    }
    expect(sealed.get(first.id)).toBeLessThanOrEqual(1_000)
    expect(sealed.size).toBeGreaterThan(1)
    expect((await seal(at.another())).id).not.toBe(first.id)
  })

  it('whose counts alone are gone seal what was reserved, and then the next key begins', async () => {
    const at = tableRig({ dataKeys: { maxMessages: 1_000 } })
    const first = await seal(at.keys)
    at.rows.reserved.clear()
    expect((await seal(at.another())).id).not.toBe(first.id)
    expect(at.rows.reserved.has(first.id)).toBe(false)
  })

  it('are inserted again under the next number where theirs was given to another', async () => {
    const at = tableRig(often)
    const first = await seal(at.keys)
    at.rows.stored.clear()
    at.rows.reserved.clear()
    const other = await seal(at.another())
    await expect.poll(() => at.rows.stored.get(first.id)?.seq, soon).toBe(2n)
    expect(at.rows.stored.get(other.id)?.seq).toBe(1n)
  })

  it('that were erased stop sealing, are dropped from memory, and never come back', async () => {
    const at = tableRig(often)
    const first = await seal(at.keys)
    const row = at.rows.stored.get(first.id)
    if (row === undefined) throw new Error('nothing was stored')
    at.rows.stored.set(first.id, { ...row, section: Buffer.alloc(0) })
    await expect.poll(() => at.keys.stats().cached, soon).toBe(0)
    const next = await seal(at.keys)
    expect(next.id).not.toBe(first.id)
    expect(at.rows.stored.get(first.id)?.section).toHaveLength(0)
  })

  it('are all looked after in one SELECT', async () => {
    const at = tableRig(often)
    for (let i = 0; i < 20; i++) await seal(at.keys, `tenant-${i}`)
    at.rows.asked.length = 0
    await expect.poll(() => at.rows.asked.length, soon).toBeGreaterThan(0)
    expect(at.rows.asked[0]).toBe('find')
    expect(at.rows.asked.length).toBeLessThan(5)
  })

  it('are trusted from when the table was asked, not from when it has answered', async () => {
    const at = tableRig()
    at.rows.before = (operation) => {
      if (operation === 'newest') at.clock.advance(2 * MINUTE)
    }
    await seal(at.keys)
    at.rows.before = () => {}
    const asked = at.rows.asked.length
    await seal(at.keys)
    expect(at.rows.asked.slice(asked)).toContain('newest')
  })

  it('are not looked after any more once they are too old to seal: nothing is asked for ever', async () => {
    const at = tableRig(often)
    await seal(at.keys)
    at.clock.advance(25 * HOUR)
    await expect
      .poll(async () => {
        const asked = at.rows.asked.length
        await new Promise((resolve) => setTimeout(resolve, 700))
        return at.rows.asked.length - asked
      }, soon)
      .toBe(0)
  })

  it('are looked after twice a second at most, however short revalidate is', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timers.mockRestore())
    const at = tableRig({ dataKeys: { revalidate: 1, grace: '1h' } })
    await seal(at.keys)
    expect(timers.mock.calls.map(([, wait]) => wait)).toContain(500)
  })

  it.each<[string, (at: ReturnType<typeof tableRig>, id: string) => void]>([
    ['gone', ({ rows }, id) => rows.stored.delete(id)],
    [
      'altered',
      ({ rows }, id) => {
        const row = rows.stored.get(id)
        if (row !== undefined) rows.stored.set(id, { ...row, section: row.section.subarray(0, 20) })
      },
    ],
  ])(
    'are left alone once the client is closed, also where they are %s and are just being looked after',
    async (_, change) => {
      const at = tableRig(often)
      const { id } = await seal(at.keys)
      change(at, id)
      const [asked, answer] = [signal(), signal()]
      at.rows.before = () => {
        asked.fire()
        return answer.promise
      }
      await asked.promise
      at.keys.close()
      const count = at.rows.asked.length
      answer.fire()
      await settled()
      expect(at.rows.asked).toHaveLength(count)
      expect(events).toEqual([])
    },
  )

  it('are not stored, nor reserved from, once the client is closed, though KMS has answered', async () => {
    const at = tableRig()
    const [asked, answer] = [signal(), signal()]
    at.kms.before = () => {
      asked.fire()
      return answer.promise
    }
    const sealing = codeOf(() => seal(at.keys))
    await asked.promise
    at.keys.close()
    const count = at.rows.asked.length
    answer.fire()
    expect(await sealing).toBe('ENVELOPE_CLOSED')
    await settled()
    expect(at.rows.asked).toHaveLength(count)
    expect(events).toEqual([])
  })

  it('say nothing of KMS, whose request the end of the client has cut off', async () => {
    const at = tableRig(often)
    const { id } = await seal(at.keys)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    at.rows.stored.set(id, { ...row, wrapTag: Buffer.alloc(12, 1) })
    const [asked, answer] = [signal(), signal()]
    at.kms.before = async () => {
      asked.fire()
      await answer.promise
      throw new Error('aborted')
    }
    await asked.promise
    at.keys.close()
    answer.fire()
    await settled()
    expect(events).toEqual([])
  })

  it('are asked for in parts, however many they are', async () => {
    const at = tableRig(often)
    const most: number[] = []
    const { find } = at.rows
    at.rows.find = async (ids) => {
      most.push(ids.length)
      return find.call(at.rows, ids)
    }
    for (let i = 0; i < 501; i++) await seal(at.keys, `tenant-${i}`)
    await expect.poll(() => most, soon).toContain(500)
    expect(Math.max(...most)).toBe(500)
  })

  it('are not trusted for longer than that by a process that was asleep', async () => {
    const at = tableRig()
    const first = await seal(at.keys)
    at.clock.advance(2 * MINUTE)
    const asked = at.rows.asked.length
    expect((await seal(at.keys)).id).toBe(first.id)
    expect(at.rows.asked.slice(asked)).toContain('newest')
  })
})

describe('a table that cannot be used', () => {
  it.each(['newest', 'insert', 'reserve'] as const)(
    'at %s has values sealed inline, with an event, and is left alone',
    async (failing) => {
      const at = tableRig()
      if (failing === 'reserve') await seal(at.another())
      at.rows.before = (operation) => {
        if (operation === failing) throw Object.assign(new Error('secret words'), { code: 'P2021' })
      }
      expect(await seal(at.keys)).toMatchObject({ placement: 'inline' })
      expect(events).toEqual([{ type: 'key-table', outcome: 'sealed-inline', tenant: 'acme', code: 'P2021' }])
      const asked = at.rows.asked.length
      expect(await seal(at.keys)).toMatchObject({ placement: 'inline' })
      expect(at.rows.asked).toHaveLength(asked)
      at.rows.before = () => {}
      at.clock.advance(11_000)
      expect(await seal(at.keys)).toMatchObject({ placement: 'table' })
    },
  )

  it('for one tenant is used for the others', async () => {
    const at = tableRig()
    const { newest } = at.rows
    at.rows.newest = async (owner, most) => {
      if (owner === ownerOf('test', 'acme')) throw new Error('the highest number is taken')
      return newest.call(at.rows, owner, most)
    }
    expect(await seal(at.keys)).toMatchObject({ placement: 'inline' })
    expect(await seal(at.keys, 'globex')).toMatchObject({ placement: 'table' })
  })

  it('because it does not answer within a second has values sealed inline; a process that begins waits for longer', async () => {
    const at = tableRig()
    at.rows.before = () => new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(await seal(at.keys)).toMatchObject({ placement: 'table' })
    at.clock.advance(10_000)
    expect(await seal(at.keys, 'globex')).toMatchObject({ placement: 'inline' })
    expect(events).toMatchObject([{ outcome: 'sealed-inline', tenant: 'globex', code: 'no answer' }])
  }, 15_000)

  it('because it does not answer leaves time to seal inline, however short dataKeys.timeout is', async () => {
    const at = tableRig({ dataKeys: { timeout: '600ms' } })
    at.rows.before = () => new Promise(() => {})
    expect(await seal(at.keys)).toMatchObject({ placement: 'inline' })
  })

  it('for more counts is not asked again at once while there is room', async () => {
    const at = tableRig()
    const { id } = await seal(at.keys)
    await seal(at.keys, 'acme', Array<number>(200).fill(1))
    at.rows.before = (operation) => {
      if (operation === 'reserve') throw new Error('locked')
    }
    const reservations = (): number => at.rows.asked.filter((operation) => operation === 'reserve').length
    for (const expected of [1, 1, 1]) {
      expect(await seal(at.keys)).toMatchObject({ id, placement: 'table' })
      await settled()
      expect(reservations()).toBe(expected)
    }
    at.rows.before = () => {}
    at.clock.advance(10_000)
    await seal(at.keys)
    await settled()
    expect(reservations()).toBe(2)
    expect(events).toEqual([])
  })

  it('says nothing of KMS, whose refusal is the caller’s', async () => {
    const at = tableRig()
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    expect(await codeOf(() => seal(at.keys))).toBe('ENVELOPE_KMS_DISABLED')
    at.kms.before = () => {}
    await seal(at.another())
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    expect(await codeOf(() => seal(at.another()))).toBe('ENVELOPE_KMS_DISABLED')
  })
})

describe('with store: inline', () => {
  it('nothing is written to the table', async () => {
    const at = tableRig({ dataKeys: { store: 'inline' } })
    expect(await seal(at.keys)).toMatchObject({ placement: 'inline' })
    expect(at.rows.asked).toEqual([])
  })
})

describe('a rewrap', () => {
  it('of the key that seals is in its row, and in what is sealed next', async () => {
    let cmk: { current: string; previous?: string[] } = { current: 'alias/old' }
    const at = tableRig({ cmk: () => cmk })
    const { id } = await seal(at.keys)
    cmk = { current: 'alias/new', previous: ['alias/old'] }
    const key = await at.another().forOpening(id, 'acme', undefined)
    key.release()
    await expect.poll(() => at.rows.stored.get(id)?.cmkArn).toBe(arn('alias-new'))
    const row = at.rows.stored.get(id)
    expect(cmkOf(row && ({ wrapTag: row.wrapTag } as never))).toBe(tagOf(arn('alias-new')))
    expect(await seal(at.another())).toMatchObject({ id, placement: 'table' })
  })

  it('of rows that were read keeps few calls under way, and comes after those who wait for their keys', async () => {
    const ids = new Map<string, string>()
    const at = tableRig({ cmk: (tenant) => `alias/${tenant}` })
    for (let i = 0; i < 20; i++) ids.set(`tenant-${i}`, (await seal(at.keys, `tenant-${i}`)).id)
    let described = 0
    let most = 0
    at.kms.before = async ({ operation }) => {
      if (operation !== 'DescribeKey') return delay(20)
      described += 1
      most = Math.max(most, described)
      await delay(5)
      described -= 1
    }
    const process = at.another()
    const opened = [...ids].map(async ([tenant, id]) => (await process.forOpening(id, tenant, undefined)).release())
    await Promise.all(opened)
    expect(at.kms.count('DescribeKey')).toBeLessThan(ids.size)
    await process.idle()
    expect(at.kms.count('DescribeKey')).toBe(ids.size)
    expect(most).toBe(2)
  })

  it('of the whole table, or of one tenant, costs one ReEncrypt for each row that needs it', async () => {
    let current = 'old'
    const cmk = (tenant: string) => ({ current: `alias/${current}-${tenant}`, previous: [`alias/old-${tenant}`] })
    const at = tableRig({ cmk })
    for (const tenant of ['acme', 'globex', 'initech']) await seal(at.keys, tenant)
    await seal(at.another({ app: 'other' }), 'acme')
    current = 'new'
    const process = at.another()
    expect(await process.rewrapTable('acme')).toEqual({ rewrapped: 1, fresh: 0, failed: 0 })
    const planted = [...at.rows.stored.values()].find(({ tenant }) => tenant === 'globex')
    if (planted === undefined) throw new Error('nothing was stored')
    at.rows.stored.set('00'.repeat(16), { ...planted, id: '00'.repeat(16), section: planted.section.subarray(0, 9) })
    expect(await process.rewrapTable(undefined)).toEqual({ rewrapped: 2, fresh: 1, failed: 1 })
    expect(at.kms.count('ReEncrypt')).toBe(3)
    expect(await process.rewrapTable(undefined)).toEqual({ rewrapped: 0, fresh: 3, failed: 1 })
  })
})

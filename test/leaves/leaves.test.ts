import { beforeEach, describe, expect, it, test } from 'vitest'
import { decodeText, parseEnvelope, suites } from '../../src/envelope/index.js'
import { type DataKey, DataKeys } from '../../src/keys/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import type { EncryptedField } from '../../src/leaves/index.js'
import { type OpenLeaf, openColumns, sealLeaves } from '../../src/leaves/index.js'
import type { Plain } from '../../src/prisma/query/index.js'
import { valueTypes } from '../../src/values/index.js'
import { scriptedKms } from '../keys/scripted-kms.js'
import { rowsInMemory } from '../keys/table/rows-in-memory.js'
import { columnsOf } from '../support/open-columns.js'

const ssn: EncryptedField = {
  model: 'Patient',
  field: 'ssn',
  logicalModel: 'Patient',
  logicalField: 'ssn',
  type: valueTypes.text,
  list: false,
}

const kms = localKms()
await kms.createKey({ alias: 'alias/a' })
const suite = suites['aes-256-gcm']

/** Data keys that write down each key they give. */
class WatchedKeys extends DataKeys {
  readonly given: DataKey[] = []

  override forSealing(...args: Parameters<DataKeys['forSealing']>): ReturnType<DataKeys['forSealing']> {
    const grant = super.forSealing(...args)
    if ('then' in grant) return grant.then((later) => this.#noteGrant(later))
    return this.#noteGrant(grant)
  }

  override forOpening(...args: Parameters<DataKeys['forOpening']>): ReturnType<DataKeys['forOpening']> {
    const key = super.forOpening(...args)
    if ('then' in key) return key.then((later) => this.#note(later))
    return this.#note(key)
  }

  #noteGrant<G extends { key: DataKey }>(grant: G): G {
    this.#note(grant.key)
    return grant
  }

  #note(key: DataKey): DataKey {
    this.given.push(key)
    return key
  }

  /** A key is wiped once it is dropped and nobody works with it any more. */
  expectNoneInUse(): void {
    this.close()
    expect(this.given.length).toBeGreaterThan(0)
    for (const key of this.given) expect(key.wiped).toBe(true)
  }
}

let keys: WatchedKeys
let known: Set<string>
beforeEach(() => {
  known = new Set(['acme', 'globex'])
  keys = new WatchedKeys({
    app: 'test',
    kms: kms.provider,
    cmk: (tenant) => (known.has(tenant) ? 'alias/a' : undefined),
  })
})

const openLeaves = (leaves: readonly OpenLeaf[], from: DataKeys) => openColumns(columnsOf(leaves), from)

const leavesOf = (holders: Plain[], tenants: string[] = []) =>
  holders.map((holder, i) => ({ holder, key: 'ssn', field: ssn, tenant: tenants[i] ?? 'acme' }))

async function sealed(...values: string[]): Promise<Plain[]> {
  const holders = values.map((value): Plain => ({ ssn: value }))
  await sealLeaves(leavesOf(holders), keys, suite)
  return holders
}

describe('sealing and opening', () => {
  it('answers at once when the keys are in memory, and takes a promise for it when they are not', async () => {
    const first = leavesOf([{ ssn: 'a' }])
    const waiting = sealLeaves(first, keys, suite)
    expect(waiting).toBeInstanceOf(Promise)
    await waiting
    expect(sealLeaves(leavesOf([{ ssn: 'b' }]), keys, suite)).toBeUndefined()
    expect(openLeaves(first, keys)).toBeUndefined()
    expect(first[0]?.holder).toEqual({ ssn: 'a' })
  })

  it('does nothing, and requests no key, if there is nothing to do', () => {
    expect(sealLeaves([], keys, suite)).toBeUndefined()
    expect(openLeaves([], keys)).toBeUndefined()
    expect(keys.given).toEqual([])
  })
})

test('every envelope of a call has a nonce of its own, whatever field it is in', async () => {
  const fields = [
    ssn,
    { ...ssn, field: 'email', logicalField: 'email' },
    { ...ssn, field: 'notes', type: valueTypes.json },
  ]
  const holder: Plain = {}
  const leaves = fields.flatMap((field, f) =>
    Array.from({ length: 50 }, (_, i) => {
      holder[`${f}.${i}`] = 'x'
      return { holder, key: `${f}.${i}`, field: field as EncryptedField, tenant: i % 2 ? 'acme' : 'globex' }
    }),
  )
  await sealLeaves(leaves, keys, suite)
  const nonces = Object.values(holder).map((text) => parseEnvelope(decodeText(String(text))).nonce.toString('hex'))
  expect(new Set(nonces).size).toBe(150)
})

describe('more values than a request should wait for', () => {
  const many = async () => {
    const holders = Array.from({ length: 4_500 }, (_, i): Plain => ({ ssn: `${i}` }))
    await sealLeaves(leavesOf(holders), keys, suite)
    return holders
  }

  it('are opened while timers and sockets are served', async () => {
    const holders = await many()
    let turns = 0
    const count = () => {
      turns += 1
      setImmediate(count)
    }
    setImmediate(count)
    const opening = openLeaves(leavesOf(holders), keys)
    expect(opening).toBeInstanceOf(Promise)
    await opening
    // One after each slice of 500.
    expect(turns).toBeGreaterThanOrEqual(8)
    expect(holders.map(({ ssn: value }) => value)).toEqual(holders.map((_, i) => `${i}`))
    keys.expectNoneInUse()
  })

  it('are opened all or not at all', async () => {
    const holders = await many()
    const [last] = holders.slice(-1)
    if (last === undefined) throw new Error('there are many')
    last.ssn = String(last.ssn).slice(0, -24) + 'A'.repeat(24)
    const before = structuredClone(holders)
    await expect((async () => openLeaves(leavesOf(holders), keys))()).rejects.toThrow(/Patient\.ssn/)
    expect(holders).toEqual(before)
    keys.expectNoneInUse()
  })
})

it('opens a result of thousands of data keys, though KMS takes longer for all of them than a call may wait for one', async () => {
  const tenants = Array.from({ length: 3_000 }, (_, i) => `tenant-${i}`)
  const scripted = scriptedKms()
  const options = { app: 'test', kms: scripted, cmk: 'alias/a' }
  const writer = new DataKeys(options)
  const holders = tenants.map((tenant): Plain => ({ ssn: tenant }))
  const leaves = leavesOf(holders, tenants)
  for (let i = 0; i < leaves.length; i += 100) await sealLeaves(leaves.slice(i, i + 100), writer, suite)
  writer.close()
  scripted.before = () => new Promise((resolve) => setTimeout(resolve, 20))
  // 3,000 calls of 20 ms, 32 at a time, take two seconds.
  const reader = new DataKeys({ ...options, dataKeys: { timeout: 1_000, maxInFlight: 32, maxInFlightPerTenant: 32 } })
  await openLeaves(leaves, reader)
  expect(holders.map(({ ssn: value }) => value)).toEqual(tenants)
  reader.close()
})

it('looks up the rows of many data keys together, however their KMS calls end one after another', async () => {
  const tenants = Array.from({ length: 700 }, (_, i) => `tenant-${i}`)
  const rows = rowsInMemory()
  const scripted = scriptedKms()
  const processOf = () => {
    const made = new DataKeys({ app: 'test', kms: scripted, cmk: 'alias/a' })
    made.useTable(rows, false)
    return made
  }
  const writer = processOf()
  const holders = tenants.map((tenant): Plain => ({ ssn: tenant }))
  for (let i = 0; i < 700; i += 100) {
    await sealLeaves(leavesOf(holders.slice(i, i + 100), tenants.slice(i, i + 100)), writer, suite)
  }
  writer.close()
  let asked = 0
  scripted.before = () => new Promise((resolve) => setTimeout(resolve, 1 + (asked++ % 30)))
  rows.asked.length = 0
  const reader = processOf()
  await openLeaves(leavesOf(holders, tenants), reader)
  expect(holders.map(({ ssn: value }) => value)).toEqual(tenants)
  expect(rows.asked.filter((operation) => operation === 'find').length).toBeLessThan(10)
  reader.close()
})

describe('opening opens all or nothing', () => {
  const damage: [string, (envelope: string) => string][] = [
    ['is no envelope', () => 'plain'],
    [
      'was altered',
      (envelope) => `${envelope.slice(0, -6)}AAAA==`.replace('AAAA==', envelope.endsWith('==') ? 'AAAA==' : 'AAAAAA'),
    ],
  ]

  it.each(damage)('where one of them %s', async (_what, alter) => {
    const holders = await sealed('a', 'b', 'c')
    const [, , last] = holders
    if (last === undefined) throw new Error('three holders')
    last.ssn = alter(String(last.ssn))
    const before = structuredClone(holders)
    await expect((async () => openLeaves(leavesOf(holders), keys))()).rejects.toThrow(/Patient\.ssn/)
    expect(holders).toEqual(before)
  })
})

describe('sealing seals all or nothing', () => {
  it.each([
    ['a value is none that can be sealed', ['a', '\ud800'], ['acme', 'acme']],
    ['a tenant’s key cannot be had', ['a', 'b'], ['acme', 'nobody']],
  ])('where %s', async (_what, values, tenants) => {
    const holders = values.map((value): Plain => ({ ssn: value }))
    await expect((async () => sealLeaves(leavesOf(holders, tenants), keys, suite))()).rejects.toThrow(/Patient/)
    expect(holders.map((holder) => holder.ssn)).toEqual(values)
  })
})

describe('no key stays in use', () => {
  it('after values were sealed and opened, with cold keys and warm ones', async () => {
    const holders = await sealed('a', 'b')
    keys.evict('acme')
    await openLeaves(leavesOf(holders), keys)
    await sealed('c')
    keys.expectNoneInUse()
  })

  it('after opening failed, with warm keys and cold ones', async () => {
    const [good, bad] = await sealed('a', 'b')
    if (good === undefined || bad === undefined) throw new Error('two holders')
    const text = String(bad.ssn)
    const middle = text.length - 20
    bad.ssn = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
    const open = async () => openLeaves(leavesOf([structuredClone(good), structuredClone(bad)]), keys)
    await expect(open()).rejects.toMatchObject({ code: 'ENVELOPE_AUTHENTICATION_FAILED' })
    keys.evict('acme')
    await expect(open()).rejects.toMatchObject({ code: 'ENVELOPE_AUTHENTICATION_FAILED' })
    keys.expectNoneInUse()
  })

  it('after opening failed because another tenant’s key could not be obtained', async () => {
    const leaves = leavesOf([{ ssn: 'a' }, { ssn: 'b' }], ['acme', 'globex'])
    await sealLeaves(leaves, keys, suite)
    known.delete('globex')
    for (const tenant of ['acme', 'globex']) keys.evict(tenant)
    await expect((async () => openLeaves(leaves, keys))()).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
    expect(keys.given).toHaveLength(3)
    keys.expectNoneInUse()
  })

  it('after sealing failed because another tenant’s key could not be obtained', async () => {
    const seal = async () => sealLeaves(leavesOf([{ ssn: 'a' }, { ssn: 'b' }], ['acme', 'nobody']), keys, suite)
    await expect(seal()).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
    await expect(seal()).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_UNKNOWN' })
    keys.expectNoneInUse()
  })
})

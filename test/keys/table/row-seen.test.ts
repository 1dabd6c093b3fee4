import { describe, expect, it } from 'vitest'
import { decodeWrappedKey } from '../../../src/envelope/index.js'
import type { CmkConfig, DataKeysOptions } from '../../../src/keys/index.js'
import { MINUTE } from '../manual-clock.js'
import { arn, keyError } from '../scripted-kms.js'
import { codeOf } from '../using-keys.js'
import { rowsInMemory } from './rows-in-memory.js'
import { erase, open, seal, type TableRig, tableRig } from './table-rig.js'

const limits = { revalidate: '10m', grace: '5m' } as const

/** A process that has read a value of a key that another one made, and what inline values of that key would carry. */
async function readBy(options: Partial<DataKeysOptions> = {}) {
  const at = tableRig({ dataKeys: limits, ...options })
  at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
  const id = await seal(at.another())
  await open(at.keys, id)
  const row = at.rows.stored.get(id)
  if (row === undefined) throw new Error('nothing was stored')
  const wrappedKey = decodeWrappedKey(row.wrapTag, row.section)
  const openInline = async (): Promise<void> => (await at.keys.forOpening(id, 'acme', wrappedKey)).release()
  return { ...at, id, wrappedKey, openInline }
}

/** How often the table was asked for rows, and KMS for keys. */
const asked = ({ rows, kms }: Pick<TableRig, 'rows' | 'kms'>): [number, number] => [
  rows.asked.filter((operation) => operation === 'find').length,
  kms.count('Decrypt'),
]

describe('a key of the table opens while KMS consents and its row was seen', () => {
  it.each<[string, (at: Awaited<ReturnType<typeof readBy>>) => Promise<unknown>]>([
    ['an inline value of the same data key', (at) => at.openInline()],
    [
      'a rewrap',
      (at) => {
        at.kms.materials.set(arn('alias-acme'), 'b'.repeat(64))
        return at.keys.rewrap(at.id, at.wrappedKey)
      },
    ],
  ])('and %s, which asks KMS alone, does not keep an erased one readable', async (_, renew) => {
    const at = await readBy()
    erase(at, at.id)
    at.clock.advance(11 * MINUTE)
    await renew(at)
    at.clock.advance(5 * MINUTE)
    expect(await codeOf(() => open(at.keys, at.id))).toBe('ENVELOPE_DATA_KEY_ERASED')
    expect(at.keys.stats().cached, 'in memory').toBe(0)
  })

  it('and one that an inline value has brought into memory has not been seen', async () => {
    const at = await readBy()
    const cold = at.another()
    ;(await cold.forOpening(at.id, 'acme', at.wrappedKey)).release()
    erase(at, at.id)
    expect(await codeOf(() => open(cold, at.id))).toBe('ENVELOPE_DATA_KEY_ERASED')
  })

  it('where only the row is out of sight, the table is asked, and not KMS', async () => {
    const at = await readBy()
    at.clock.advance(11 * MINUTE)
    await at.openInline()
    const [finds, decrypts] = asked(at)
    await open(at.keys, at.id)
    expect(asked(at)).toEqual([finds + 1, decrypts])
    expect(at.keys.forOpening(at.id, 'acme', undefined), 'at once').not.toBeInstanceOf(Promise)
  })

  it('where only KMS’s consent has passed, KMS is asked, and not the table', async () => {
    const at = tableRig({ dataKeys: limits })
    const id = await seal(at.keys)
    at.clock.advance(8 * MINUTE)
    // The table is asked for the key that seals.
    await seal(at.keys)
    at.clock.advance(3 * MINUTE)
    const [finds, decrypts] = asked(at)
    await open(at.keys, id)
    expect(asked(at)).toEqual([finds, decrypts + 1])
  })

  it('a row that this process has stored was seen, also once its key is unwrapped from a new wrapped key', async () => {
    let cmk: CmkConfig = 'alias/old'
    const at = tableRig({ dataKeys: limits, cmk: () => cmk })
    const id = await seal(at.keys)
    await open(at.keys, id)
    cmk = { current: 'alias/new', previous: ['alias/old'] }
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    expect(await at.keys.rewrap(id, decodeWrappedKey(row.wrapTag, row.section))).toBeDefined()
    await open(at.keys, id)
    expect(asked(at)[0]).toBe(0)
  })

  it('the row counts as seen from when the table was asked, not from when it has answered', async () => {
    const at = await readBy()
    at.clock.advance(11 * MINUTE)
    at.rows.before = () => at.clock.advance(11 * MINUTE)
    await open(at.keys, at.id)
    erase(at, at.id)
    expect(await codeOf(() => open(at.keys, at.id))).toBe('ENVELOPE_DATA_KEY_ERASED')
  })

  it('where the process looks after the row, it is seen', async () => {
    const at = tableRig({ dataKeys: { revalidate: 1_000, grace: 0 } })
    const id = await seal(at.keys)
    const finds = () => asked(at)[0]
    at.clock.advance(800)
    await expect.poll(finds, { timeout: 20_000 }).toBeGreaterThan(0)
    const before = finds()
    at.clock.advance(600)
    const key = await at.keys.forOpening(id, 'acme', undefined)
    key.release()
    expect(asked(at)).toEqual([before, 1])
  })

  it('stays so while the table cannot be asked, for the grace from when its row was seen, however often KMS consents', async () => {
    const at = await readBy()
    at.rows.before = () => Promise.reject(new Error('down'))
    at.clock.advance(11 * MINUTE)
    await at.openInline()
    await open(at.keys, at.id)
    const [finds] = asked(at)
    await open(at.keys, at.id)
    expect(asked(at)[0], 'not asked again at once').toBe(finds)
    at.clock.advance(4 * MINUTE - 500)
    await at.openInline()
    await open(at.keys, at.id)
    at.clock.advance(501)
    expect(await codeOf(() => open(at.keys, at.id))).toBe('ENVELOPE_KEY_TABLE_UNAVAILABLE')
  })

  it('and is asked about at KMS also while the table cannot be asked', async () => {
    const at = await readBy()
    at.rows.before = () => Promise.reject(new Error('down'))
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_DISABLED'))
    at.clock.advance(11 * MINUTE)
    expect(await codeOf(() => open(at.keys, at.id))).toBe('ENVELOPE_KMS_DISABLED')
  })

  it('what a transaction has sealed under, and opens without a look, was not seen by it', async () => {
    const at = tableRig({ dataKeys: limits })
    await seal(at.keys)
    const inside = at.keys.inTransaction('t1', rowsInMemory())
    const id = await seal(inside)
    at.keys.evict('acme')
    await open(inside, id)
    erase(at, id)
    expect(await codeOf(() => open(at.keys, id))).toBe('ENVELOPE_DATA_KEY_ERASED')
  })

  it('and is dropped where the process meets its tombstone when it needs a key to seal with', async () => {
    const at = tableRig({ dataKeys: limits })
    const id = await seal(at.keys)
    erase(at, id)
    at.clock.advance(2 * MINUTE)
    expect(await seal(at.keys)).not.toBe(id)
    expect(await codeOf(() => open(at.keys, id))).toBe('ENVELOPE_DATA_KEY_ERASED')
  })
})

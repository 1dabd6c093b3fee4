import { describe, expect, it } from 'vitest'
import { MINUTE } from '../manual-clock.js'
import { keyError, signal } from '../scripted-kms.js'
import { codeOf } from '../using-keys.js'
import { rowsInMemory } from './rows-in-memory.js'
import { open, seal, tableRig } from './table-rig.js'

describe('a value whose data key is in the key table', () => {
  it('is opened by another process, and at once when the key is in memory', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    const other = at.another()
    await open(other, id)
    const key = other.forOpening(id, 'acme', undefined)
    expect(key).not.toBeInstanceOf(Promise)
    ;(await key).release()
    expect([at.kms.count('GenerateDataKey'), at.kms.count('Decrypt')]).toEqual([1, 1])
  })

  it('is opened also where new values are sealed inline', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    await open(at.another({ dataKeys: { store: 'inline' } }), id)
  })

  it('and 700 others cost two SELECTs, and a Decrypt each', async () => {
    const at = tableRig()
    const ids: string[] = []
    for (let i = 0; i < 700; i++) ids.push(await seal(at.keys, `tenant-${i}`))
    const other = at.another()
    at.rows.asked.length = 0
    await Promise.all(ids.map((id, i) => open(other, id, `tenant-${i}`)))
    expect(at.rows.asked).toEqual(['find', 'find'])
  })

  it('does not open for another tenant, whose row says that it has this id', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    const code = await codeOf(() => open(at.another(), id, 'ACME'))
    expect(code).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
    expect(await codeOf(() => open(at.keys, id, 'globex')), 'nor while it is in memory').toBe(
      'ENVELOPE_DATA_KEY_NOT_FOUND',
    )
  })

  it('does not open for another tenant in the transaction that sealed under the key, and KMS is not asked', async () => {
    const at = tableRig()
    await seal(at.keys)
    const inside = at.keys.inTransaction('t1', at.rows)
    const id = await seal(inside)
    const asked = at.kms.count()
    expect(await codeOf(() => open(inside, id, 'globex'))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
    at.keys.evict('acme')
    expect(await codeOf(() => open(inside, id, 'globex'))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
    expect(at.kms.count()).toBe(asked)
  })

  it('does not open for another app', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    expect(await codeOf(() => open(at.another({ app: 'other' }), id))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
  })

  it.each([
    ['of another data key', 'ENVELOPE_DATA_KEY_MISMATCH'],
    ['of another tenant', 'ENVELOPE_DATA_KEY_NOT_FOUND'],
    ['that was altered', 'ENVELOPE_KMS_INVALID_CIPHERTEXT'],
    ['that was cut', 'ENVELOPE_MALFORMED'],
  ])('does not open by a section %s', async (what, code) => {
    const at = tableRig({ dataKeys: { maxMessages: 1 } })
    const id = await seal(at.keys)
    const other = await seal(at.another())
    const foreign = await seal(at.keys, 'globex')
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    const sectionOf = (from: string): Buffer => at.rows.stored.get(from)?.section ?? Buffer.alloc(0)
    const altered = Buffer.from(row.section)
    altered.writeUInt8(altered.readUInt8(60) ^ 1, 60)
    const section = {
      'of another data key': sectionOf(other),
      'of another tenant': sectionOf(foreign),
      'that was altered': altered,
      'that was cut': row.section.subarray(0, -3),
    }[what]
    at.rows.stored.set(id, { ...row, section: section ?? row.section })
    expect(await codeOf(() => open(at.another(), id))).toBe(code)
    await open(at.another(), other)
  })

  it('is looked for once more after a moment, for a replica that lags', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    at.rows.stored.delete(id)
    at.rows.before = () => {
      if (at.rows.asked.length > asked + 1) at.rows.stored.set(id, row)
    }
    const asked = at.rows.asked.length
    await open(at.another(), id)
    expect(at.rows.asked.slice(asked)).toEqual(['find', 'find'])
  })

  it('is opened at once, beside others that are not there and are looked for once more', async () => {
    const at = tableRig()
    const id = await seal(at.another())
    const missing = Promise.all(['5e', '5f'].map((part) => codeOf(() => open(at.keys, part.repeat(16)))))
    let lost = false
    missing.then(() => {
      lost = true
    })
    await open(at.keys, id)
    expect(lost).toBe(false)
    expect(new Set(await missing)).toEqual(new Set(['ENVELOPE_DATA_KEY_NOT_FOUND']))
    expect(at.rows.asked.filter((operation) => operation === 'find')).toHaveLength(2)
  })

  it('and is not there fails with an error that may be retried, and is not asked for again at once', async () => {
    const at = tableRig()
    const id = '5e'.repeat(16)
    const error = await open(at.keys, id).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ENVELOPE_DATA_KEY_NOT_FOUND', tenant: 'acme', retryable: true })
    const asked = at.rows.asked.length
    expect(await codeOf(() => open(at.keys, id))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
    expect(at.rows.asked).toHaveLength(asked)
    expect(at.kms.count()).toBe(0)
  })

  it('was erased: a tombstone says so, and KMS is not asked', async () => {
    const at = tableRig()
    const id = await seal(at.keys)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    at.rows.stored.set(id, { ...row, section: Buffer.alloc(0) })
    expect(await codeOf(() => open(at.another(), id))).toBe('ENVELOPE_DATA_KEY_ERASED')
    expect(at.kms.count('Decrypt')).toBe(0)
  })

  it('was erased while its key was in memory: it opens for revalidate at most', async () => {
    const at = tableRig({ dataKeys: { revalidate: '10m' } })
    const id = await seal(at.another())
    await open(at.keys, id)
    const row = at.rows.stored.get(id)
    if (row === undefined) throw new Error('nothing was stored')
    at.rows.stored.set(id, { ...row, section: Buffer.alloc(0) })
    at.clock.advance(10 * MINUTE)
    expect(await codeOf(() => open(at.keys, id))).toBe('ENVELOPE_DATA_KEY_ERASED')
    expect(at.keys.stats().cached).toBe(0)
  })

  it('stays readable through an outage of the table for the grace, and no longer', async () => {
    const at = tableRig({ dataKeys: { revalidate: '10m', grace: '5m' } })
    const id = await seal(at.another())
    await open(at.keys, id)
    at.rows.before = () => Promise.reject(Object.assign(new Error('secret'), { code: 'P1001' }))
    at.clock.advance(11 * MINUTE)
    await open(at.keys, id)
    at.clock.advance(5 * MINUTE)
    const error = await open(at.keys, id).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ENVELOPE_KEY_TABLE_UNAVAILABLE', retryable: true })
    expect(String(error)).toContain('P1001')
    expect(String(error)).not.toContain('secret')
  })
})

describe('inside an interactive transaction', () => {
  it('look-ups go through its own client, and through no other', async () => {
    const at = tableRig()
    const id = await seal(at.another())
    const inside = rowsInMemory()
    for (const [name, row] of at.rows.stored) inside.stored.set(name, row)
    at.rows.before = () => Promise.reject(new Error('a transaction asked the base client'))
    await open(at.keys.inTransaction('t1', inside), id)
    expect(inside.asked).toEqual(['find'])
  })

  it('nobody waits for a look-up that somebody outside has begun', async () => {
    const at = tableRig()
    const id = await seal(at.another())
    const inside = rowsInMemory()
    for (const [name, row] of at.rows.stored) inside.stored.set(name, row)
    const never = signal()
    at.rows.before = () => never.promise
    const outside = open(at.keys, id)
    await open(at.keys.inTransaction('t1', inside), id)
    never.fire()
    await outside
  })

  it('a value that it has sealed itself is read though its snapshot does not show the key’s row', async () => {
    const at = tableRig()
    await seal(at.keys)
    const snapshot = rowsInMemory()
    const id = await seal(at.keys.inTransaction('t1', snapshot))
    at.keys.evict('acme')
    // A call of the same transaction, and of another one.
    await open(at.keys.inTransaction('t1', snapshot), id)
    at.keys.evict('acme')
    expect(await codeOf(() => open(at.keys.inTransaction('t2', snapshot), id))).toBe('ENVELOPE_DATA_KEY_NOT_FOUND')
  })

  it('a table that cannot be read is a typed error', async () => {
    const at = tableRig()
    const id = await seal(at.another())
    const inside = rowsInMemory()
    inside.before = () => Promise.reject(Object.assign(new Error('no such table'), { code: 'P2021' }))
    expect(await codeOf(() => open(at.keys.inTransaction('t1', inside), id))).toBe('ENVELOPE_KEY_TABLE_UNAVAILABLE')
  })
})

it('what KMS says of the CMK is what a reader is told', async () => {
  const at = tableRig()
  const id = await seal(at.another())
  at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_ACCESS_DENIED'))
  expect(await codeOf(() => open(at.keys, id))).toBe('ENVELOPE_KMS_ACCESS_DENIED')
})

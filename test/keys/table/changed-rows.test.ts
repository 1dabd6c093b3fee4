import { describe, expect, it } from 'vitest'
import { decodeWrappedKey } from '../../../src/envelope/index.js'
import { packWrappedKey } from '../../../src/keys/packed-wrapped-key.js'
import { MINUTE } from '../manual-clock.js'
import { arn, keyError } from '../scripted-kms.js'
import { tableEvents } from './table-events.js'
import { open, seal, type TableRig, tableRig } from './table-rig.js'

const events = tableEvents()

/** How often rows are looked after. */
const often = { dataKeys: { revalidate: 1_000 } } as const
const soon = { timeout: 20_000 } as const

function rowOf({ rows }: Pick<TableRig, 'rows'>, id: string) {
  const row = rows.stored.get(id)
  if (row === undefined) throw new Error('there is no such row')
  return row
}

/** Changes one bit of the wrapped key. */
function alter(at: Pick<TableRig, 'rows'>, id: string): void {
  const row = rowOf(at, id)
  const section = Buffer.from(row.section)
  section.writeUInt8(section.readUInt8(60) ^ 1, 60)
  at.rows.stored.set(id, { ...row, section })
}

/** Waits until the rows have been looked after so many times more. */
async function looks(at: Pick<TableRig, 'rows'>, count: number): Promise<void> {
  const finds = () => at.rows.asked.filter((operation) => operation === 'find').length
  const until = finds() + count
  await expect.poll(finds, soon).toBeGreaterThanOrEqual(until)
}

describe('a row of a key that seals, and is in memory', () => {
  it('and was altered, seals no more: others could not open what it seals', async () => {
    const at = tableRig(often)
    const id = await seal(at.keys)
    alter(at, id)
    await expect
      .poll(() => events, soon)
      .toMatchObject([{ type: 'key-table', outcome: 'row-skipped', tenant: 'acme', code: 'ENVELOPE_KMS_INVALID_CIPHERTEXT' }]) // biome-ignore format: short
    const next = await seal(at.keys)
    expect(next).not.toBe(id)
    await open(at.another(), next)
  })

  it.each<[string, (at: TableRig, id: string) => void, string]>([
    ['a section that was altered', alter, 'ENVELOPE_KMS_INVALID_CIPHERTEXT'],
    [
      'the tag of another CMK',
      (at, id) => at.rows.stored.set(id, { ...rowOf(at, id), wrapTag: Buffer.alloc(12, 1) }),
      'ENVELOPE_DATA_KEY_MISMATCH',
    ],
    [
      'the section of another tenant',
      (at, id) => {
        const other = [...at.rows.stored.values()].find(({ tenant }) => tenant === 'globex')
        at.rows.stored.set(id, { ...rowOf(at, id), section: other?.section ?? Buffer.alloc(9) })
      },
      'ENVELOPE_TENANT_MISMATCH',
    ],
    [
      'a section that was cut',
      (at, id) => at.rows.stored.set(id, { ...rowOf(at, id), section: rowOf(at, id).section.subarray(0, 20) }),
      'ENVELOPE_MALFORMED',
    ],
  ])('is not taken with %s when a key is needed', async (_, change, code) => {
    const at = tableRig()
    const id = await seal(at.keys)
    await seal(at.keys, 'globex')
    change(at, id)
    at.clock.advance(2 * MINUTE)
    expect(await seal(at.keys)).not.toBe(id)
    expect(events).toMatchObject([{ outcome: 'row-skipped', tenant: 'acme', code }])
  })

  it('and was rewrapped by another process, is unwrapped once and goes on sealing', async () => {
    const at = tableRig(often)
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const id = await seal(at.keys)
    at.kms.materials.set(arn('alias-acme'), 'b'.repeat(64))
    await at.another().rewrapTable('acme')
    const { section, wrapTag } = rowOf(at, id)
    const decrypts = at.kms.count('Decrypt')
    await looks(at, 3)
    expect(at.kms.count('Decrypt')).toBe(decrypts + 1)
    const { key } = await at.keys.forSealing('acme', [1])
    expect([key.id, key.wrappedKey]).toEqual([id, packWrappedKey(decodeWrappedKey(wrapTag, section))])
    key.release()
    expect(events).toEqual([])
    at.rows.stored.delete(id)
    await expect.poll(() => at.rows.stored.get(id)?.section, soon).toEqual(section)
  })

  it('and was rewrapped, goes on sealing with the counts that it had, also where it is met when a key is needed', async () => {
    const at = tableRig()
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const id = await seal(at.keys)
    at.kms.materials.set(arn('alias-acme'), 'b'.repeat(64))
    await at.another().rewrapTable('acme')
    at.clock.advance(2 * MINUTE)
    const reserved = at.rows.reserved.get(id)
    const decrypts = at.kms.count('Decrypt')
    expect(await seal(at.keys)).toBe(id)
    at.clock.advance(2 * MINUTE)
    expect(await seal(at.keys)).toBe(id)
    expect(at.kms.count('Decrypt')).toBe(decrypts + 1)
    expect(at.rows.reserved.get(id)).toBe(reserved)
    const { section } = rowOf(at, id)
    at.rows.stored.delete(id)
    at.clock.advance(2 * MINUTE)
    await seal(at.keys)
    expect(at.rows.stored.get(id)?.section).toEqual(section)
  })

  it('and was changed while KMS cannot be asked, is asked about again', async () => {
    const at = tableRig(often)
    at.kms.materials.set(arn('alias-acme'), 'a'.repeat(64))
    const id = await seal(at.keys)
    at.kms.materials.set(arn('alias-acme'), 'b'.repeat(64))
    await at.another().rewrapTable('acme')
    at.kms.before = () => Promise.reject(keyError('ENVELOPE_KMS_UNAVAILABLE'))
    at.clock.advance(600)
    await looks(at, 2)
    expect(events).toEqual([])
    // Nobody seals under it once its row was not seen as it was for so long.
    at.clock.advance(500)
    await expect(seal(at.keys)).rejects.toMatchObject({ code: 'ENVELOPE_KMS_UNAVAILABLE' })
    at.kms.before = () => {}
    await looks(at, 2)
    expect(await seal(at.keys)).toBe(id)
  })

  it('and is as it was, but for the key material in its tag, costs no call to KMS', async () => {
    const at = tableRig(often)
    const id = await seal(at.keys)
    const row = rowOf(at, id)
    at.rows.stored.set(id, { ...row, wrapTag: Buffer.concat([row.wrapTag.subarray(0, 6), Buffer.alloc(6, 1)]) })
    at.clock.advance(1_100)
    await looks(at, 2)
    expect(at.kms.count('Decrypt')).toBe(0)
    expect(await seal(at.keys)).toBe(id)
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import { anotherClient, decodeText, tagOf, wrappingOf } from '../support/rotation.js'
import { openStage } from '../support/stage.js'

const stage = await openStage()
const { acme, database, kms, plant, prisma, stored } = stage

const OLD = 'alias/tenant/acme'
const NEXT = 'alias/tenant/acme-next'
const { arn: next } = await kms.createKey({ alias: NEXT })
const cmk = { current: NEXT, previous: [OLD] }

/** Of no other column, which would say what the damaged one should be. */
const fields = ['Patient.ssn'] as const
const ssnOf = async (id: string) => String(await stored('patients', 'ssn', id))
const create = async (name: string) => {
  const data = { email: `${name}@example.com`, ssn: name }
  const { id } = await acme.patient.create({ data, select: { id: true } })
  return id
}
/** The same envelope with one byte of its prefix changed. */
const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(decodeText(text))
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return `pe1:${bytes.toString('base64')}`
}
const prefixOf = (text: string): number => 32 + decodeText(text).readUInt16BE(30)

beforeEach(async () => {
  kms.faults.clear()
  for (const table of ['visits', 'patients']) await database.execute(`DELETE FROM ${table}`)
  prisma.$encryption.evict('acme')
})

describe('a rewrap', () => {
  test('leaves alone, and names, an envelope that has lost or gained characters in its wrapped key', async () => {
    const ids: Record<string, string> = {}
    const damage: Record<string, (text: string) => string> = {
      good: (text) => text,
      one: (text) => text.slice(0, 100) + text.slice(101),
      four: (text) => text.slice(0, 100) + text.slice(104),
      more: (text) => `${text.slice(0, 100)}ABCD${text.slice(100)}`,
      last: (text) => flipped(text, prefixOf(text) - 5),
    }
    for (const name of Object.keys(damage)) ids[name] = await create(`${name} of the patients`)
    const planted: Record<string, string> = {}
    for (const [name, change] of Object.entries(damage)) {
      planted[name] = change(await ssnOf(ids[name] ?? ''))
      await plant('patients', 'ssn', ids[name] ?? '', planted[name] ?? '')
    }
    const at = anotherClient(stage, cmk, { rewrap: 'off' })
    const report = await at.prisma.$encryption.rewrap({ fields })
    expect(report).toMatchObject({ finished: true, rows: 5, changed: 1 })
    expect(Object.values(report.skipped).reduce((sum, count) => sum + count, 0)).toBe(4)
    const named = report.skippedRows.map(({ key }) => key.id).sort()
    expect(named).toEqual([ids.one, ids.four, ids.more, ids.last].sort())
    for (const name of ['one', 'four', 'more', 'last']) expect(await ssnOf(ids[name] ?? '')).toBe(planted[name])
    expect(wrappingOf(await ssnOf(ids.good ?? '')).cmk).toBe(tagOf(next))
    await at.close()
  })

  test('goes on by a good wrapped key where more than eight of its data key are damaged, and puts these right', async () => {
    const good = await create('good')
    const ids: string[] = []
    for (let i = 0; i < 12; i++) {
      // Twice each, so that they are more frequent than the good one.
      for (const half of ['a', 'b']) {
        const id = await create(`${i}${half}`)
        ids.push(id)
        const text = await ssnOf(id)
        await plant('patients', 'ssn', id, flipped(text, prefixOf(text) - 100 + i))
      }
    }
    const at = anotherClient(stage, cmk, { rewrap: 'off' })
    const report = await at.prisma.$encryption.rewrap({ fields })
    expect(report).toMatchObject({ finished: true, rows: 25, changed: 25, skipped: {} })
    for (const id of [good, ...ids]) expect(wrappingOf(await ssnOf(id)).cmk).toBe(tagOf(next))
    const rows = await at.acme.patient.findMany({ select: { ssn: true } })
    expect(rows).toHaveLength(25)
    await at.close()
  })

  test('replaces all wrapped keys of a data key, also those that it meets in a later batch', async () => {
    const ids = []
    for (const name of ['a', 'b', 'c', 'd']) ids.push(await create(name))
    ids.sort()
    const second = { current: OLD, previous: [NEXT] }
    // Each is wrapped by itself under the next CMK.
    for (const partition of await prisma.$encryption.partitions({ models: ['Patient'], rows: 1 })) {
      const own = anotherClient(stage, cmk, { rewrap: 'off' })
      await own.prisma.$encryption.rewrap({ partition, fields })
      await own.close()
    }
    const wholes = await Promise.all(ids.map(async (id) => (await ssnOf(id)).slice(0, 300)))
    expect(new Set(wholes).size).toBe(4)
    const at = anotherClient(stage, second, { rewrap: 'off' })
    kms.calls.reset()
    const report = await at.prisma.$encryption.rewrap({ rowsPerSecond: 2, fields })
    expect(report).toMatchObject({ finished: true, rows: 4, changed: 4, skipped: {} })
    expect(kms.calls.count('ReEncrypt')).toBe(1)
    expect(new Set(await Promise.all(ids.map(async (id) => (await ssnOf(id)).slice(0, 300)))).size).toBe(1)
    expect((await at.acme.patient.findMany()).map(({ ssn }) => ssn).sort()).toEqual(['a', 'b', 'c', 'd'])
    await at.close()
  })
})

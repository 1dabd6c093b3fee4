import { expect, test } from 'vitest'
import { updateStatement } from '../../src/databases/index.js'
import { openStage } from '../support/stage.js'

const { acme, database, plain, stored } = await openStage()

test('a rewrap writes only if the old value is unchanged to the letter, whatever the collation', async () => {
  const { id } = await acme.patient.create({ data: { email: 'ann@example.com', notes: 'n' } })
  const columns = { email_sealed: false, notes: true }
  for (const [column, json] of Object.entries(columns)) {
    const text = String(await stored('patients', column, id))
    const before: string = json ? JSON.parse(text) : text
    const write = (old: string) => {
      const cells = [{ column, json, before: old, after: 'pe1:new' }]
      const key = [{ column: 'id', value: id }]
      const { sql, parameters } = updateStatement(database.provider, {
        table: 'patients',
        schema: undefined,
        key,
        cells,
      })
      return plain.$executeRawUnsafe(sql, ...parameters)
    }
    expect(await write(before.toLowerCase())).toBe(0)
    expect(await write(`${before} `)).toBe(0)
    expect(await stored('patients', column, id)).toBe(text)
    expect(await write(before)).toBe(1)
    expect(await stored('patients', column, id)).toBe(json ? '"pe1:new"' : 'pe1:new')
  }
})

import { expect, test } from 'vitest'
import { LateTenant } from '../../../src/prisma/query/index.js'
import { indexOf } from '../../../src/prisma/query/index-choice.js'
import { clinic } from './plan-clinic.js'

const model = clinic.get('Patient')
const index = indexOf(model, 'email', 'acme')

function waiting() {
  const told: string[] = []
  const late = new LateTenant(
    { model, by: 'unique', where: { id: 'p' } },
    { found: (tenant) => told.push(tenant), missing: () => undefined },
  )
  const canonical = Buffer.from('ann@example.com')
  late.tokens.push({ holder: {}, key: index.field, index, tenant: '', canonical })
  return { late, told, canonical }
}

test('a token that waits for the tenant of a row gets it', async () => {
  const { late, told, canonical } = waiting()
  expect(await late.settle(async () => 'acme')).toBe('acme')
  expect(late.tokens).toMatchObject([{ tenant: 'acme' }])
  expect(told).toEqual(['acme'])
  expect(String(canonical)).toBe('ann@example.com')
})

test('the bytes that it would be computed from are wiped where there is no row', async () => {
  const { late, told, canonical } = waiting()
  expect(await late.settle(async () => undefined)).toBeUndefined()
  expect(told).toEqual([])
  expect([...canonical].every((byte) => byte === 0)).toBe(true)
})

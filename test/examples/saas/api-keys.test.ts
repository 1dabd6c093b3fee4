import { describe, expect, test } from 'vitest'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, withKey, create, idsIn } = saas
const { ann, bob, acme, globex } = await openOrganizations(saas)

describe('an API key', () => {
  test("of a person does what the person may, in each of the person's organisations", async () => {
    const { key, id } = await ann.ask<{ key: string; id: string }>('POST', '/api-keys', { name: "Ann's laptop" })
    const program = withKey(key)
    const document = await create(program, acme)
    expect(await idsIn(ann, acme)).toContain(document.id)
    expect(await program.ask('GET', '/organizations')).toEqual(await ann.ask('GET', '/organizations'))
    expect(await program.status('GET', `/organizations/${globex}/documents`)).toBe(404)

    expect(await ann.ask('GET', '/api-keys')).toMatchObject({ apiKeys: [{ id, name: "Ann's laptop" }] })
    expect(await bob.ask('GET', '/api-keys')).toEqual({ apiKeys: [] })
    expect(await bob.status('DELETE', `/api-keys/${id}`)).toBe(404)
    expect(await ann.status('DELETE', `/api-keys/${id}`)).toBe(204)
    expect(await program.status('GET', '/organizations')).toBe(401)
  })

  test('of an organisation reaches that organisation, and is nobody elsewhere', async () => {
    const { key, id } = await bob.ask<{ key: string; id: string }>('POST', `/organizations/${globex}/api-keys`, {
      name: 'Payroll',
    })
    const program = withKey(key)
    const document = await create(program, globex)
    expect(await idsIn(bob, globex)).toContain(document.id)
    expect(await program.status('GET', `/organizations/${acme}/documents`)).toBe(404)
    for (const path of ['/organizations', '/api-keys', `/organizations/${globex}/api-keys`]) {
      expect(await program.status('GET', path), path).toBe(403)
    }
    // It is the organisation's, not one of Bob's own.
    expect(await bob.ask('GET', '/api-keys')).toEqual({ apiKeys: [] })
    expect(await bob.ask('GET', `/organizations/${globex}/api-keys`)).toMatchObject({
      apiKeys: [{ id, name: 'Payroll' }],
    })
    expect(await bob.status('DELETE', `/api-keys/${id}`)).toBe(404)
    expect(await bob.status('DELETE', `/organizations/${globex}/api-keys/${id}`)).toBe(204)
    expect(await program.status('GET', `/organizations/${globex}/documents`)).toBe(401)
  })

  test('that does not exist is refused', async () => {
    for (const header of ['Bearer no-such-key', 'Bearer ', 'Basic YTpi', '']) {
      expect(await as({ Authorization: header }).status('GET', '/organizations'), header).toBe(401)
    }
  })
})

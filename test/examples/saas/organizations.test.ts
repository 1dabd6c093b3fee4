import { describe, expect, test } from 'vitest'
import { CONTRACT } from './contract.js'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, signUp, create, idsIn, linkTo, stored } = saas
const { ann, bob, acme, globex } = await openOrganizations(saas)

describe('organisations', () => {
  test('of one person are listed, and switched by the path', async () => {
    const { id: second } = await ann.ask<{ id: string }>('POST', '/organizations', { name: 'Archer Family' })
    expect(await ann.ask('GET', '/organizations')).toEqual({
      organizations: expect.arrayContaining([
        { id: acme, role: 'owner', name: 'Acme Works' },
        { id: second, role: 'owner', name: 'Archer Family' },
      ]),
    })
    const inSecond = await create(ann, second)
    expect(await idsIn(ann, second)).toEqual([inSecond.id])
    expect(await idsIn(ann, acme)).not.toContain(inSecond.id)
    // Not in the other one, although she is a member of both.
    expect(await ann.status('GET', `/organizations/${acme}/documents/${inSecond.id}`)).toBe(404)

    expect(await ann.status('DELETE', `/organizations/${second}`)).toBe(204)
    expect(await ann.status('GET', `/organizations/${second}`)).toBe(404)
    expect(await stored('SELECT id FROM Document WHERE organizationId = ?', [second])).toEqual([])
  })

  test('are changed by their owners', async () => {
    const changed = await ann.ask('PATCH', `/organizations/${acme}`, { billingEmail: 'bills@acme.example' })
    expect(changed).toMatchObject({ name: 'Acme Works', billingEmail: 'bills@acme.example' })
    expect(await ann.ask('GET', `/organizations/${acme}`)).toEqual(changed)
  })

  test('do not exist for others', async () => {
    const document = await create(bob, globex)
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', ''],
      ['GET', '/members'],
      ['GET', '/documents'],
      ['POST', '/documents', CONTRACT],
      ['GET', `/documents/${document.id}`],
      ['POST', `/documents/${document.id}/send`],
      ['GET', '/invitations'],
      ['POST', '/invitations', { email: 'ann@acme.example' }],
      ['POST', '/api-keys', { name: 'Mine' }],
    ] as const) {
      const foreign = await ann.send(method, `/organizations/${globex}${path}`, body)
      const absent = await ann.send(method, `/organizations/no-such-organization${path}`, body)
      expect(foreign.status, `${method} ${path}`).toBe(404)
      // No difference that would tell that it exists.
      expect(await foreign.text()).toBe(await absent.text())
    }
    expect(await bob.ask('GET', `/organizations/${globex}`)).toMatchObject({ name: 'Globex Corp' })
  })

  test("do not show another's documents to those who guess an id within their own", async () => {
    const mine = await create(ann, acme)
    const theirs = await create(bob, globex)
    const before = await stored('SELECT * FROM Document WHERE id = ?', [theirs.id])
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { title: 'Mine' }],
      ['DELETE', ''],
      ['POST', '/send'],
    ] as const) {
      expect(await ann.status(method, `/organizations/${acme}/documents/${theirs.id}${path}`, body), method).toBe(404)
    }
    expect(await ann.ask('GET', `/organizations/${acme}/documents?after=${theirs.id}`)).toEqual({ documents: [] })
    expect(await ann.status('DELETE', `/organizations/${acme}/invitations/${theirs.id}`)).toBe(404)
    expect(await idsIn(ann, acme)).toEqual([mine.id])
    expect(await stored('SELECT * FROM Document WHERE id = ?', [theirs.id])).toEqual(before)
  })
})

describe('an invitation', () => {
  test('is accepted by someone else, who is a member from then on, and no owner', async () => {
    const eve = await signUp('Eve Eliot', 'eve@people.example')
    expect(await eve.status('GET', `/organizations/${acme}/documents`)).toBe(404)

    await ann.ask('POST', `/organizations/${acme}/invitations`, { email: 'Eve@people.example' })
    const path = linkTo('Eve@people.example')
    expect(await as().status('GET', path)).toBe(401)
    expect(await eve.ask('GET', path)).toEqual({
      email: 'Eve@people.example',
      role: 'member',
      organization: { id: acme, name: 'Acme Works' },
    })
    expect(await eve.ask('POST', `${path}/accept`)).toEqual({ organizationId: acme, role: 'member' })

    const document = await create(eve, acme)
    expect(await ann.ask('GET', `/organizations/${acme}/documents/${document.id}`)).toMatchObject({
      title: CONTRACT.title,
    })
    const { members } = await ann.ask<{ members: { id: string; email: string; role: string }[] }>(
      'GET',
      `/organizations/${acme}/members`,
    )
    expect(members.map(({ email, role }) => [email, role])).toEqual([
      ['ann@acme.example', 'owner'],
      ['eve@people.example', 'member'],
    ])
    expect(await eve.status('PATCH', `/organizations/${acme}`, { name: 'Mine' })).toBe(403)
    expect(await eve.status('POST', `/organizations/${acme}/invitations`, { email: 'x@people.example' })).toBe(403)
    expect(await eve.status('DELETE', `/organizations/${acme}`)).toBe(403)

    // Who is a member already does not use it up.
    await ann.ask('POST', `/organizations/${acme}/invitations`, { email: 'new@people.example' })
    const other = linkTo('new@people.example')
    expect(await ann.status('POST', `${other}/accept`)).toBe(409)
    expect(await ann.status('GET', other)).toBe(200)

    // Once.
    const fay = await signUp('Fay Fox', 'fay@people.example')
    expect(await fay.status('POST', `${path}/accept`)).toBe(404)

    expect(await ann.status('DELETE', `/organizations/${acme}/members/${members[1]?.id}`)).toBe(204)
    expect(await eve.status('GET', `/organizations/${acme}/documents`)).toBe(404)
    expect(await ann.status('DELETE', `/organizations/${acme}/members/${members[0]?.id}`)).toBe(409)
  })

  test('is made once for an address, can be withdrawn, and expires', async () => {
    const path = `/organizations/${acme}/invitations`
    const { id } = await ann.ask<{ id: string }>('POST', path, { email: 'gil@people.example' })
    expect(await ann.status('POST', path, { email: 'GIL@people.example' })).toBe(409)
    // Another organisation may invite the same person.
    expect(await bob.status('POST', `/organizations/${globex}/invitations`, { email: 'gil@people.example' })).toBe(201)
    expect(await ann.ask('GET', path)).toMatchObject({
      invitations: expect.arrayContaining([expect.objectContaining({ id, email: 'gil@people.example' })]),
    })
    expect(await ann.status('DELETE', `${path}/${id}`)).toBe(204)

    const link = linkTo('gil@people.example')
    expect(await bob.status('GET', link)).toBe(200)
    await stored('UPDATE Invitation SET expiresAt = ?', [new Date(0).toISOString()])
    expect(await bob.status('GET', link)).toBe(404)
    expect(await bob.status('POST', `${link}/accept`)).toBe(404)
  })

  test('with an unknown token is not found', async () => {
    expect(await ann.status('GET', '/invitations/no-such-token')).toBe(404)
    expect(await ann.status('POST', '/invitations/no-such-token/accept')).toBe(404)
  })
})

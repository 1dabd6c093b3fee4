import { betterAuth } from 'better-auth'
import { afterEach, describe, expect, test } from 'vitest'
import { createAuth } from '../../../examples/saas/auth.js'
import { openSaas } from './stage.js'

/**
 * What better-auth asks of its Prisma adapter beyond the routes that the example has: other providers, lists of sessions,
 * changes of address. Called as its plugins and routes do, through its internal adapter.
 */

const { prisma, services, log, stored } = await openSaas()
const { options } = createAuth(prisma, services)
/** Where people come from, for its hooks. */
const SOURCE = { method: 'email-password' } as const
const HOUR = 60 * 60 * 1000

afterEach(() => {
  expect(log).toEqual([])
})

describe.each([
  ['one query a table', false],
  ['joins', true],
])('the adapter of better-auth, with %s', (name, joins) => {
  const auth = betterAuth({ ...options, advanced: { database: { joins } } })
  const email = (who: string) => `${who}@${joins ? 'joins' : 'queries'}.example`
  const person = (who: string) => ({ name: `Person ${who}`, email: email(who), emailVerified: true })

  test('signs people up by another provider, and finds them by their id there', async () => {
    const adapter = (await auth.$context).internalAdapter
    const account = { providerId: 'github', accountId: `gh-1 ${name}`, accessToken: 'gho_1', scope: 'user' }
    const { user } = await adapter.createOAuthUser(person('ann'), account)
    expect(await adapter.findAccountByKey({ providerId: 'github', accountId: account.accountId })).toMatchObject(
      account,
    )
    expect(await adapter.findAccountByKey({ providerId: 'gitlab', accountId: account.accountId })).toBeNull()
    expect(await adapter.findAccountOwnerByKey({ providerId: 'github', accountId: account.accountId })).toMatchObject({
      kind: 'owned',
      user: { id: user.id, email: email('ann') },
    })

    const [found] = await adapter.findAccounts(user.id)
    await adapter.updateAccount(found?.id ?? '', { accessToken: 'gho_2', refreshToken: 'ghr_2' })
    expect(await adapter.findAccounts(user.id)).toMatchObject([{ accessToken: 'gho_2', refreshToken: 'ghr_2' }])
    const [row] = await stored('SELECT accountId, accessToken, refreshToken FROM Account WHERE userId = ?', [user.id])
    for (const column of Object.values(row ?? {})) expect(column).toMatch(/^pe1:/)

    // One account of a provider for one id: the index is unique.
    await expect(adapter.createOAuthUser(person('not-ann'), account)).rejects.toMatchObject({ code: 'P2002' })
    // Both or neither: the adapter has transactions.
    expect(await adapter.findUserByEmail(email('not-ann'))).toBeNull()
  })

  test('finds people with their accounts, and changes their address and password', async () => {
    const adapter = (await auth.$context).internalAdapter
    const user = await adapter.createUser(person('bob'), SOURCE)
    await adapter.createAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: 'hash 1' })
    expect(await adapter.findUserByEmail(email('BOB'), { includeAccounts: true })).toMatchObject({
      user: { id: user.id, name: 'Person bob' },
      accounts: [{ password: 'hash 1' }],
    })
    await adapter.updatePassword(user.id, 'hash 2')
    expect(await adapter.findCredentialAccount(user.id)).toMatchObject({ password: 'hash 2' })

    expect(await adapter.updateUserByEmail(email('bob'), { name: 'Robert' })).toMatchObject({ name: 'Robert' })
    expect(await adapter.updateUser(user.id, { email: email('robert') })).toMatchObject({ email: email('robert') })
    expect(await adapter.findUserByEmail(email('bob'))).toBeNull()
    expect(await adapter.findUserByEmail(email('robert'))).toMatchObject({ user: { id: user.id } })
  })

  test('keeps sessions: finds, lists, extends and ends them by their tokens', async () => {
    const adapter = (await auth.$context).internalAdapter
    const user = await adapter.createUser(person('cleo'), SOURCE)
    const first = await adapter.createSession(user.id)
    const second = await adapter.createSession(user.id)
    expect(await adapter.findSession(first.token)).toMatchObject({ session: { id: first.id }, user: { id: user.id } })
    expect(await adapter.findSession('no such token')).toBeNull()
    expect((await adapter.findSessions([first.token, second.token])).map(({ user }) => user.name)).toEqual([
      'Person cleo',
      'Person cleo',
    ])
    const expiresAt = new Date(Date.now() + HOUR)
    expect(await adapter.updateSession(first.token, { expiresAt, userAgent: 'Lynx' })).toMatchObject({
      userAgent: 'Lynx',
    })
    expect(
      (await adapter.listSessions(user.id, { onlyActiveSessions: true })).map(({ token }) => token).toSorted(),
    ).toEqual([first.token, second.token].toSorted())
    await adapter.deleteSession(first.token)
    expect(await adapter.findSession(first.token)).toBeNull()
    await adapter.deleteSessions([second.token])
    expect(await adapter.listSessions(user.id)).toEqual([])

    await adapter.createSession(user.id)
    await adapter.deleteUser(user.id)
    expect(await stored('SELECT id FROM Session WHERE userId = ?', [user.id])).toEqual([])
    expect(await adapter.findUserById(user.id)).toBeNull()
  })

  test('keeps tokens of verification, each of which is consumed once', async () => {
    const adapter = (await auth.$context).internalAdapter
    const identifier = `magic-link-${name}`
    const expiresAt = new Date(Date.now() + HOUR)
    await adapter.createVerificationValue({ identifier, value: 'old', expiresAt })
    expect(await adapter.findVerificationValue(identifier)).toMatchObject({ identifier, value: 'old', expiresAt })
    await adapter.updateVerificationByIdentifier(identifier, { value: 'new' })
    expect(await adapter.findVerificationValue('another')).toBeNull()
    const consumed = await Promise.all([1, 2, 3].map(() => adapter.consumeVerificationValue(identifier)))
    expect(consumed.filter((row) => row !== null).map(({ value }) => value)).toEqual(['new'])
    expect(await stored('SELECT id FROM VerificationToken')).toEqual([])
  })

  test('is refused what an encrypted column cannot answer: to search it by a part, or to sort by it', async () => {
    const adapter = (await auth.$context).internalAdapter
    // As better-auth's admin plugin lists people.
    const byPart = [{ field: 'email', operator: 'contains', value: 'queries' } as const]
    const refused = { code: 'ENVELOPE_FILTER_UNSUPPORTED' }
    await expect(adapter.listUsers(10, 0, undefined, byPart)).rejects.toMatchObject(refused)
    await expect(adapter.listUsers(10, 0, { field: 'name', direction: 'asc' })).rejects.toMatchObject(refused)
    // What it can: sort by a plain column, find by the whole address.
    const whole = [{ field: 'email', value: email('ann') }]
    expect(await adapter.listUsers(10, 0, { field: 'createdAt', direction: 'asc' }, whole)).toMatchObject([
      person('ann'),
    ])
    expect(await adapter.countTotalUsers(whole)).toBe(1)
  })
})

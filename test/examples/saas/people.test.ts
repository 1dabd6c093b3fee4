import { describe, expect, test } from 'vitest'
import { PASSWORD } from './contract.js'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, signUp, logIn, linkTo, stored } = saas
await openOrganizations(saas)

describe('people', () => {
  test('sign up, log out, and log in again, whatever the letter case of their address', async () => {
    const visitor = await signUp('Cleo Carter', 'cleo@people.example')
    expect(await visitor.status('GET', '/organizations')).toBe(200)
    expect(await visitor.ask('GET', '/auth/get-session')).toMatchObject({
      user: { name: 'Cleo Carter', email: 'cleo@people.example' },
    })

    const cookie = visitor.cookie
    expect(await visitor.status('POST', '/auth/sign-out', {})).toBe(200)
    expect(await visitor.status('GET', '/organizations')).toBe(401)
    // Nor with the cookie from before: the session is gone from the database.
    expect(await as({ Cookie: cookie }).status('GET', '/organizations')).toBe(401)

    expect(await logIn(visitor, 'CLEO@People.example', PASSWORD)).toBe(200)
    expect(await visitor.status('GET', '/organizations')).toBe(200)
  })

  test('do not get in with a wrong password, an unknown address, or a forged cookie', async () => {
    const visitor = as()
    expect(await logIn(visitor, 'ann@acme.example', 'wrong horse battery')).toBe(401)
    expect(await logIn(visitor, 'nobody@acme.example', PASSWORD)).toBe(401)
    expect(await visitor.status('GET', '/organizations')).toBe(401)
    expect(await as({ Cookie: 'better-auth.session_token=abc.def' }).status('GET', '/organizations')).toBe(401)
  })

  test('cannot sign up twice with one address', async () => {
    const again = { name: 'Not Ann', email: 'ANN@acme.example', password: PASSWORD }
    expect(await as().status('POST', '/auth/sign-up/email', again)).toBe(422)
    expect(await stored('SELECT count(*) AS n FROM "User" WHERE "emailIndex" IS NULL')).toEqual([{ n: 0 }])
  })

  test('set a new password by a link that works once, and ends the old password', async () => {
    const visitor = await signUp('Dora Dell', 'dora@people.example')
    expect(await visitor.status('POST', '/auth/request-password-reset', { email: 'DORA@people.example' })).toBe(200)
    const [tokens] = await stored('SELECT * FROM VerificationToken')
    expect([tokens?.identifier, tokens?.value].every((column) => String(column).startsWith('pe1:'))).toBe(true)

    const token = /reset-password\/([^?]+)/.exec(linkTo('dora@people.example'))?.[1]
    const change = { token, newPassword: 'staple staple staple' }
    expect(await as().status('POST', '/auth/reset-password', change)).toBe(200)
    expect(await as().status('POST', '/auth/reset-password', change)).toBe(400)
    expect(await logIn(as(), 'dora@people.example', PASSWORD)).toBe(401)
    expect(await logIn(as(), 'dora@people.example', 'staple staple staple')).toBe(200)
    expect(await stored('SELECT * FROM VerificationToken')).toEqual([])
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aliasOf } from '../../examples/saas/db.js'
import { chooseKms } from '../../examples/saas/kms.js'
import { ORIGIN, openSaas } from './saas-stage.js'
import { Visitor } from './saas-visitor.js'
import { startExample } from './start-example.js'

interface Recipient {
  id: string
  name: string
  email: string
  signedAt: string | null
  fields: { id: string; label: string; value: string | null }[]
}

interface Document {
  id: string
  title: string
  body: string
  status: string
  recipients: Recipient[]
}

interface SigningPage {
  name: string
  signedAt: string | null
  document: { title: string }
  fields: { id: string; label: string; value: string | null }[]
}

const PASSWORD = 'correct horse battery'
const CONTRACT = {
  title: 'Employment contract of Ruth',
  body: 'Ruth begins in May, for 4,200 a month.',
  recipients: [
    { name: 'Ruth Ogden', email: 'Ruth@people.example', fields: ['Bank account', 'Birthday'] },
    { name: 'Sam Tailor', email: 'sam@people.example' },
  ],
}
const IBAN = 'DE02120300000000202051'

const { app, prisma, kms, folder, outbox, log, refusals, stored } = await openSaas()
let ann: Visitor
let bob: Visitor
/** Ann's, and Bob's. */
let acme: string
let globex: string

beforeAll(async () => {
  ann = await signUp('Ann Archer', 'Ann@acme.example')
  bob = await signUp('Bob Barker', 'bob@globex.example')
  acme = (
    await ann.ask<{ id: string }>('POST', '/organizations', { name: 'Acme Works', billingEmail: 'pay@acme.example' })
  ).id
  globex = (await bob.ask<{ id: string }>('POST', '/organizations', { name: 'Globex Corp' })).id
})
afterEach(() => {
  const written = [...log.map((entry) => JSON.stringify(entry)), ...refusals]
  const failures = log.filter(({ level }) => level === 'error')
  log.length = 0
  refusals.length = 0
  expect(written.filter((line) => SECRETS.some((secret) => line.includes(secret)))).toEqual([])
  // A test that means to make the application fail takes its entries out.
  expect(failures).toEqual([])
})

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
    expect(await stored('SELECT * FROM Document WHERE id = ?', [theirs.id])).toEqual(before)
  })
})

describe('an invitation', () => {
  test('is accepted by someone else, who is a member from then on, and no owner', async () => {
    const eve = await signUp('Eve Eliot', 'eve@people.example')
    expect(await eve.status('GET', `/organizations/${acme}/documents`)).toBe(404)

    await ann.ask('POST', `/organizations/${acme}/invitations`, { email: 'Eve@people.example' })
    const path = new URL(linkTo('Eve@people.example')).pathname
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
    const other = new URL(linkTo('new@people.example')).pathname
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

    const link = new URL(linkTo('gil@people.example')).pathname
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

describe('a document', () => {
  test('is created with its recipients, read, changed, and deleted', async () => {
    const document = await create(ann, acme)
    const path = `/organizations/${acme}/documents/${document.id}`
    expect(document).toMatchObject({
      ...CONTRACT,
      status: 'draft',
      recipients: [
        {
          name: 'Ruth Ogden',
          email: 'Ruth@people.example',
          fields: [{ label: 'Bank account', value: null }, { label: 'Birthday' }],
        },
        { name: 'Sam Tailor', fields: [] },
      ],
    })
    expect(JSON.stringify(document)).not.toMatch(/token|Index/)
    expect(await ann.ask('GET', path)).toEqual(document)
    expect(await ann.ask('PATCH', path, { title: 'A better title' })).toEqual({ ...document, title: 'A better title' })
    expect(await ann.status('DELETE', path)).toBe(204)
    expect(await ann.status('GET', path)).toBe(404)
    expect(await stored('SELECT id FROM Recipient WHERE documentId = ?', [document.id])).toEqual([])
  })

  test("is found by a recipient's address, in its own organisation only", async () => {
    const email = 'hal@people.example'
    const mine = await create(ann, acme, { ...CONTRACT, recipients: [{ name: 'Hal', email }] })
    const theirs = await create(bob, globex, { ...CONTRACT, recipients: [{ name: 'Hal', email }] })
    expect(await idsIn(ann, acme, `?recipient=${email.toUpperCase()}`)).toEqual([mine.id])
    expect(await idsIn(bob, globex, `?recipient=${email}`)).toEqual([theirs.id])
    expect(await idsIn(ann, acme, '?recipient=nobody@people.example')).toEqual([])
  })

  test('is signed by a link, without an account', async () => {
    const document = await create(ann, acme)
    const path = `/organizations/${acme}/documents/${document.id}`
    // Before it is sent, nobody has the link.
    expect(await as().status('GET', `/sign/${await tokenOf(document.recipients[0])}`)).toBe(404)
    expect(await ann.ask('POST', `${path}/send`)).toEqual({ id: document.id, status: 'sent' })
    expect(await ann.status('PATCH', path, { title: 'Too late' })).toBe(409)
    expect(await ann.status('POST', `${path}/send`)).toBe(409)

    const ruth = as()
    const link = new URL(linkTo('Ruth@people.example')).pathname
    const page = await ruth.ask<SigningPage>('GET', link)
    expect(page).toMatchObject({
      name: 'Ruth Ogden',
      signedAt: null,
      document: { title: CONTRACT.title },
    })

    const [account, birthday] = page.fields.map(({ id }) => id)
    if (account === undefined || birthday === undefined) throw new Error('two fields were expected')
    const sam = new URL(linkTo('sam@people.example')).pathname
    for (const fields of [{}, { [account]: IBAN }, { [account]: IBAN, other: 'x' }]) {
      expect(await ruth.status('POST', link, { fields })).toBe(400)
    }
    // Ruth's fields are not for Sam to fill in.
    expect(await as().status('POST', sam, { fields: { [account]: 'mine', [birthday]: 'mine' } })).toBe(400)

    const fields = { [account]: IBAN, [birthday]: '1980-02-29' }
    expect(await ruth.ask('POST', link, { fields })).toEqual({ signedAt: expect.any(String) })
    expect(await ruth.status('POST', link, { fields })).toBe(409)
    expect(await as().status('POST', sam, {})).toBe(200)

    const signed = await ann.ask<Document>('GET', path)
    expect(signed.recipients.every(({ signedAt }) => signedAt !== null)).toBe(true)
    expect(signed.recipients[0]?.fields.map(({ value }) => value)).toEqual([IBAN, '1980-02-29'])
    expect((await ruth.ask<SigningPage>('GET', link)).fields[0]?.value).toBe(IBAN)
  })

  test('is signed once by those who sign at once', async () => {
    const document = await create(ann, acme, {
      ...CONTRACT,
      recipients: [{ name: 'Ida', email: 'ida@people.example' }],
    })
    await ann.ask('POST', `/organizations/${acme}/documents/${document.id}/send`)
    const link = new URL(linkTo('ida@people.example')).pathname
    const statuses = await Promise.all([1, 2, 3].map(() => as().status('POST', link, {})))
    expect(statuses.toSorted()).toEqual([200, 409, 409])
  })

  test('has no link that can be guessed', async () => {
    for (const token of ['no-such-token', 'x'.repeat(4000), '%00', '%F0%9F%98%80', "'%20OR%201=1"]) {
      expect(await as().status('GET', `/sign/${token}`), token).toBe(404)
      expect(await as().status('POST', `/sign/${token}`, {}), token).toBe(404)
    }
  })
})

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

describe('a request', () => {
  test.each([
    ['a value of the wrong type', { ...CONTRACT, title: 5 }],
    ['a lone surrogate', { ...CONTRACT, title: 'a\ud800' }],
    ['nothing where there must be something', { ...CONTRACT, title: ' ' }],
    ['no recipients', { ...CONTRACT, recipients: [] }],
    ['an address that is none', { ...CONTRACT, recipients: [{ name: 'Ruth', email: 'ruth' }] }],
    ['a filter in the place of a value', { ...CONTRACT, title: { set: 'x' } }],
    ['an organisation of its own choice', { ...CONTRACT, organizationId: 'other' }],
    ['a list', [CONTRACT]],
    ['null', null],
    ['what is not JSON', '{"title": '],
    ['an empty body', ''],
  ])('with %s is answered 400', async (_, body) => {
    expect(await ann.status('POST', `/organizations/${acme}/documents`, body)).toBe(400)
  })

  test('with two recipients of one address is answered 409', async () => {
    const recipients = [CONTRACT.recipients[1], { name: 'Sam again', email: 'SAM@people.example' }]
    expect(await ann.status('POST', `/organizations/${acme}/documents`, { ...CONTRACT, recipients })).toBe(409)
  })

  test('with a body that is too large is answered 413', async () => {
    const body = JSON.stringify({ ...CONTRACT, body: 'x'.repeat(300_000) })
    const sender = as({ Cookie: ann.cookie, 'Content-Length': String(body.length) })
    expect(await sender.status('POST', `/organizations/${acme}/documents`, body)).toBe(413)
  })

  test('for what does not exist is answered 404, and to strangers 401', async () => {
    for (const path of [
      '/nothing',
      `/organizations/${acme}/nothing`,
      `/organizations/${acme}/documents/1%20OR%201=1`,
    ]) {
      expect(await ann.status('GET', path), path).toBe(404)
    }
    for (const path of ['/organizations', `/organizations/${acme}`, '/api-keys', '/nothing']) {
      expect(await as().status('GET', path), path).toBe(401)
    }
  })

  test('to log in with what is no login is refused', async () => {
    for (const body of [{}, [], { email: 5, password: {} }, { email: { contains: '' }, password: 'x' }, '{"email": ']) {
      const status = await as().status('POST', '/auth/sign-in/email', body)
      expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
      expect(status, JSON.stringify(body)).toBeLessThan(500)
    }
    // It answers as before.
    expect(await logIn(as(), 'ann@acme.example', PASSWORD)).toBe(200)
  })
})

describe('a damaged row', () => {
  test('is answered 500, and its error is for the operator alone', async () => {
    const document = await create(ann, acme)
    await stored('UPDATE Document SET title = ? WHERE id = ?', [CONTRACT.title, document.id])
    const answer = await ann.send('GET', `/organizations/${acme}/documents/${document.id}`)
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      type: 'urn:signatures:problem:internal',
      title: 'Something went wrong on our side.',
      status: 500,
    })
    const failures = log.filter(({ level }) => level === 'error')
    expect(failures).toMatchObject([{ model: 'Document', field: 'title', tenant: acme }])
    expect(JSON.stringify(failures)).not.toContain(CONTRACT.title)
    log.length = 0
    await ann.ask('DELETE', `/organizations/${acme}/documents/${document.id}`)
  })
})

describe('a disabled CMK', () => {
  test('shuts out its own organisation alone: people still log in, and work in their others', async () => {
    const mine = await create(ann, acme)
    const { cmk } = await kms.provider.describeKey({ keyId: aliasOf(globex) })
    const document = await create(bob, globex)
    await kms.client.send(new DisableKeyCommand({ KeyId: cmk.arn }))
    // What a running process does by itself when `revalidate` has passed.
    prisma.$encryption.evict(globex)
    try {
      expect(await bob.status('GET', `/organizations/${globex}/documents/${document.id}`)).toBe(503)
      expect(log.filter(({ level }) => level === 'error')).toMatchObject([
        { code: 'ENVELOPE_KMS_DISABLED', tenant: globex },
      ])
      log.length = 0
      expect(await logIn(as(), 'bob@globex.example', PASSWORD)).toBe(200)
      expect(await ann.status('GET', `/organizations/${acme}/documents/${mine.id}`)).toBe(200)
    } finally {
      await kms.client.send(new EnableKeyCommand({ KeyId: cmk.arn }))
      prisma.$encryption.evict(globex)
    }
    expect(await bob.status('GET', `/organizations/${globex}/documents/${document.id}`)).toBe(200)
  })
})

describe('in the database', () => {
  test('every column of a person or a document is ciphertext, whoever wrote it', async () => {
    const sealed = {
      User: ['name', 'email'],
      Account: ['accountId', 'password'],
      Session: ['token', 'ipAddress', 'userAgent'],
      Organization: ['billingEmail'],
      Invitation: ['email', 'token'],
      Document: ['title', 'body'],
      Recipient: ['name', 'email', 'token'],
      Field: ['label'],
      ApiKey: ['name'],
    }
    await ann.ask('POST', '/api-keys', { name: 'Kept' })
    for (const [table, columns] of Object.entries(sealed)) {
      const rows = await stored(`SELECT * FROM "${table}"`)
      expect(rows.length, table).toBeGreaterThan(0)
      for (const column of columns) {
        const values = rows.map((row) => row[column]).filter((value) => value !== null)
        expect(values.length, `${table}.${column}`).toBeGreaterThan(0)
        for (const value of values) expect(value, `${table}.${column}`).toMatch(/^pe1:/)
      }
    }
  })

  test('no file holds a value, a token, a password or its hash', async () => {
    const files = readdirSync(folder).filter((name) => name.startsWith('signatures.db'))
    const bytes = Buffer.concat(files.map((name) => readFileSync(join(folder, name))))
    // The control: what is not encrypted is found.
    expect(bytes.includes('sent') && bytes.includes(acme)).toBe(true)
    const hashes = await prisma.account.findMany({ select: { password: true } })
    const tokens = outbox.map(({ link }) => new URL(link).pathname.split('/').at(-1) ?? '')
    const sessions = await prisma.session.findMany({ select: { token: true } })
    const secrets = [
      ...SECRETS,
      ...tokens,
      ...sessions.map(({ token }) => token),
      ...hashes.map(({ password }) => password ?? ''),
    ]
    expect(secrets.every((secret) => secret.length > 3)).toBe(true)
    expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([])
  })
})

describe('without an organisation', () => {
  test('the client reaches nothing of any', async () => {
    for (const work of [
      () => prisma.document.findMany(),
      () => prisma.recipient.count(),
      () => prisma.organization.findMany(),
      () => prisma.apiKey.findMany(),
      () => prisma.user.findMany({ include: { apiKeys: true } }),
      () => prisma.membership.findMany({ include: { organization: true } }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'ENVELOPE_TENANT_REQUIRED' })
    }
  })
})

describe('the KMS', () => {
  test('is AWS KMS by an environment variable, otherwise the embedded one, but never in production', async () => {
    const file = join(folder, 'chosen.json')
    expect(Object.keys((await chooseKms({ KMS: 'aws', AWS_REGION: 'eu-central-1' }, file)).provider)).toContain(
      'generateDataKey',
    )
    await expect(chooseKms({ KMS: 'aws' }, file)).rejects.toThrow('AWS_REGION')
    await expect(chooseKms({ NODE_ENV: 'production' }, file)).rejects.toThrow('KMS=aws')
    const { provider, createKey } = await chooseKms({}, file)
    await createKey('new')
    expect((await provider.describeKey({ keyId: aliasOf('new') })).enabled).toBe(true)
  })
})

describe('npm run example:saas', () => {
  test('starts, answers, keeps its data, and stops in order', async () => {
    const data = join(folder, 'example')
    const first = await startExample('examples/saas/server.ts', data, { BASE_URL: ORIGIN })
    const answer = await post(`${first.url}/auth/sign-up/email`, {
      name: 'Ann Archer',
      email: 'ann@acme.example',
      password: PASSWORD,
    })
    expect(answer.status).toBe(200)
    const cookie = answer.headers.getSetCookie().join()
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    const headers = { Cookie: cookie.split(';')[0] ?? '' }
    expect((await post(`${first.url}/organizations`, { name: 'Acme Works' }, headers)).status).toBe(201)
    // A request that another site makes a browser send.
    const evil = { ...headers, Origin: 'https://evil.example' }
    expect((await post(`${first.url}/auth/sign-out`, {}, evil)).status).toBe(403)
    expect(await first.stop()).toEqual({ code: 0, last: 'stopped' })

    const second = await startExample('examples/saas/server.ts', data, { BASE_URL: ORIGIN })
    const kept = await fetch(`${second.url}/organizations`, { headers })
    expect(await kept.json()).toMatchObject({ organizations: [{ name: 'Acme Works', role: 'owner' }] })
    expect(await second.stop()).toEqual({ code: 0, last: 'stopped' })
    const lines = [...first.lines, ...second.lines]
    expect(lines.filter((line) => SECRETS.some((secret) => line.includes(secret)))).toEqual([])
  }, 60_000)
})

/** What must be in no file, and no line of the log. */
const SECRETS = [
  'Ann Archer',
  'acme.example',
  'Bob Barker',
  'globex.example',
  'people.example',
  CONTRACT.title,
  CONTRACT.body,
  'Ruth Ogden',
  'Bank account',
  IBAN,
  '1980-02-29',
  '203.0.113.7',
  'Mozilla',
  'Payroll',
  PASSWORD,
]

function as(headers: Record<string, string> = {}): Visitor {
  const browser = { Origin: ORIGIN, 'User-Agent': 'Mozilla/5.0', 'X-Forwarded-For': '203.0.113.7' }
  return new Visitor(app, refusals, { ...browser, ...headers })
}

function withKey(key: string): Visitor {
  return new Visitor(app, refusals, { Authorization: `Bearer ${key}` })
}

async function signUp(name: string, email: string): Promise<Visitor> {
  const visitor = as()
  await visitor.ask('POST', '/auth/sign-up/email', { name, email, password: PASSWORD })
  return visitor
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
    body: JSON.stringify(body),
  })
}

function logIn(visitor: Visitor, email: string, password: string): Promise<number> {
  return visitor.status('POST', '/auth/sign-in/email', { email, password })
}

function create(visitor: Visitor, organization: string, document: object = CONTRACT): Promise<Document> {
  return visitor.ask<Document>('POST', `/organizations/${organization}/documents`, document)
}

async function idsIn(visitor: Visitor, organization: string, query = ''): Promise<string[]> {
  const { documents } = await visitor.ask<{ documents: Document[] }>(
    'GET',
    `/organizations/${organization}/documents${query}`,
  )
  return documents.map(({ id }) => id)
}

/** The link in the last message to an address. */
function linkTo(email: string): string {
  const message = outbox.findLast(({ to }) => to === email)
  if (message === undefined) throw new Error(`no message to ${email}`)
  return message.link
}

async function tokenOf(recipient: Recipient | undefined): Promise<string> {
  const { token } = await prisma
    .$forTenant(acme)
    .recipient.findUniqueOrThrow({ where: { id: recipient?.id ?? '' }, select: { token: true } })
  return token
}

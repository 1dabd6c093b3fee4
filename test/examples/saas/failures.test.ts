import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { aliasOf } from '../../../examples/saas/db.js'
import { CONTRACT, PASSWORD, SECRETS } from './contract.js'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, logIn, create, log, kms, prisma, stored } = saas
const { ann, bob, acme, globex } = await openOrganizations(saas)

afterEach(() => {
  vi.restoreAllMocks()
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

describe('a broken database', () => {
  test('is answered 500, and the log holds none of what was sent', async () => {
    await stored('ALTER TABLE Field RENAME TO Elsewhere')
    try {
      expect(await ann.status('POST', `/organizations/${acme}/documents`, CONTRACT)).toBe(500)
    } finally {
      await stored('ALTER TABLE Elsewhere RENAME TO Field')
    }
    const failures = log.splice(0).map((entry) => JSON.stringify(entry))
    expect(failures).toEqual([expect.stringContaining('PrismaClientKnownRequestError')])
    expect(SECRETS.filter((secret) => failures[0]?.includes(secret))).toEqual([])
    await create(ann, acme)
  })

  test('is no reason to print the address of someone who logs in', async () => {
    const printed = (['log', 'info', 'warn', 'error'] as const).map((method) => vi.spyOn(console, method))
    await stored('ALTER TABLE "Session" RENAME TO Elsewhere')
    try {
      expect(await logIn(as(), 'ann@acme.example', PASSWORD)).toBe(500)
    } finally {
      await stored('ALTER TABLE Elsewhere RENAME TO "Session"')
    }
    const failures = log.splice(0).map((entry) => JSON.stringify(entry))
    expect(failures).toEqual([expect.stringContaining('PrismaClientKnownRequestError')])
    expect(SECRETS.filter((secret) => failures[0]?.includes(secret))).toEqual([])
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([])
    expect(await logIn(as(), 'ann@acme.example', PASSWORD)).toBe(200)
  })
})

describe('a mail service that fails', () => {
  test('is answered 500, and nothing of its message is logged', async () => {
    saas.mail.error = new Error('550 no such mailbox:\n    at eve@people.example')
    try {
      expect(await ann.status('POST', `/organizations/${acme}/invitations`, { email: 'eve@people.example' })).toBe(500)
    } finally {
      delete saas.mail.error
    }
    expect(log).toMatchObject([{ event: 'request failed', error: 'Error' }])
    expect(JSON.stringify(log.splice(0))).not.toContain('people.example')
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

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CONTRACT, type Document, IBAN, type SigningPage } from './contract.js'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, create, idsIn, linkTo, prisma, stored } = saas
const { ann, bob, acme, globex } = await openOrganizations(saas)

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

  test('is listed after the newer ones, page by page', async () => {
    const older = await create(ann, acme)
    await sleep(2)
    const newer = await create(ann, acme)
    expect((await idsIn(ann, acme)).slice(0, 2)).toEqual([newer.id, older.id])
    expect((await idsIn(ann, acme, `?after=${newer.id}`))[0]).toBe(older.id)
    expect(await idsIn(bob, globex, `?after=${newer.id}`)).toEqual([])
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
    expect(await as().status('GET', `/sign/${await tokenOf(document)}`)).toBe(404)
    expect(await ann.ask('POST', `${path}/send`)).toEqual({ id: document.id, status: 'sent' })
    expect(await ann.status('PATCH', path, { title: 'Too late' })).toBe(409)
    expect(await ann.status('POST', `${path}/send`)).toBe(409)

    const ruth = as()
    const link = linkTo('Ruth@people.example')
    const page = await ruth.ask<SigningPage>('GET', link)
    expect(page).toMatchObject({
      name: 'Ruth Ogden',
      signedAt: null,
      document: { title: CONTRACT.title },
    })

    const [account, birthday] = page.fields.map(({ id }) => id)
    if (account === undefined || birthday === undefined) throw new Error('two fields were expected')
    const sam = linkTo('sam@people.example')
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
    const link = linkTo('ida@people.example')
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

/** The token in the link of the first recipient, as nobody but the application knows it. */
async function tokenOf({ recipients }: Document): Promise<string> {
  const { token } = await prisma
    .$forTenant(acme)
    .recipient.findUniqueOrThrow({ where: { id: recipients[0]?.id ?? '' }, select: { token: true } })
  return token
}

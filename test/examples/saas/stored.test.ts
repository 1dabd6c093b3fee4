import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { IBAN, SECRETS, type SigningPage } from './contract.js'
import { openOrganizations, openSaas } from './stage.js'

const saas = await openSaas()
const { as, create, linkTo, prisma, folder, outbox, stored } = saas
const { ann, bob, acme, globex } = await openOrganizations(saas)

// Something in each table.
await as().send('POST', '/auth/request-password-reset', { email: 'ann@acme.example' })
await ann.ask('POST', '/api-keys', { name: "Ann's laptop" })
await bob.ask('POST', `/organizations/${globex}/api-keys`, { name: 'Payroll' })
await ann.ask('POST', `/organizations/${acme}/invitations`, { email: 'eve@people.example' })
const { id } = await create(ann, acme)
await ann.ask('POST', `/organizations/${acme}/documents/${id}/send`)
const link = linkTo('Ruth@people.example')
const { fields } = await as().ask<SigningPage>('GET', link)
const values = fields.map((field, i) => [field.id, i === 0 ? IBAN : '1980-02-29'])
await as().ask('POST', link, { fields: Object.fromEntries(values) })

describe('in the database', () => {
  test('every column of a person or a document is ciphertext, whoever wrote it', async () => {
    const sealed = {
      User: ['name', 'email'],
      VerificationToken: ['identifier', 'value'],
      Account: ['accountId', 'password'],
      Session: ['token', 'ipAddress', 'userAgent'],
      Organization: ['billingEmail'],
      Invitation: ['email', 'token'],
      Document: ['title', 'body'],
      Recipient: ['name', 'email', 'token'],
      Field: ['label', 'value'],
      ApiKey: ['name'],
    }
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

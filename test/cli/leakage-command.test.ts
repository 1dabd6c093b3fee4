import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { it as base, describe, expect } from 'vitest'
import { fieldEncryption } from '../../src/index.js'
import { localKms } from '../../src/kms/local-kms/index.js'
import { PrismaClient } from '../generated/sqlite/client/client.js'
import { encryptedModels } from '../generated/sqlite/encryption/index.js'
import { type Application, clientText, createApplication } from './application.js'
import { runCommand } from './run-command.js'

/** Three patients of acme's, two with one address, and one of globex's. */
const it = base.extend<{ app: Application }>({
  app: async ({ task: _ }, use) => {
    const app = await createApplication()
    const kms = localKms({ file: join(app.folder, 'kms.json'), create: ['alias/*'] })
    const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: app.url }) }).$extends(
      fieldEncryption({
        models: encryptedModels,
        app: 'cli',
        kms: kms.provider,
        cmk: (tenant) => `alias/${tenant}`,
        indexCmk: 'alias/index',
      }),
    )
    for (const [tenant, email] of [
      ['acme', 'ann@x.io'],
      ['acme', 'ann@x.io'],
      ['acme', 'bob@x.io'],
      ['globex', 'ann@x.io'],
    ] as const)
      await prisma.$forTenant(tenant).patient.create({ data: { email } })
    await prisma.$disconnect()
    await app.configure(`${clientText("(tenant) => 'alias/' + tenant")}
export default defineConfig({ client: extended, tenants: () => ['acme', 'globex', 'empty'] })
`)
    await use(app)
  },
})

const EMAIL = ['leakage', '--field', 'Patient.email']

describe('prisma-envelope leakage', { timeout: 60_000 }, () => {
  it('prints what each index shows, and of the larger tenants', async ({ app }) => {
    const { code, out, err } = await runCommand(EMAIL, app.folder)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^model +index +tenant +rows +with token +tokens +commonest +alone +below 5 +lengths +alone, by length too\n/,
    )
    expect(out).toMatch(/\nPatient +emailIndex +\(all\) +4 +4 +3 +75\.0 % +50\.0 % +100\.0 % +1 +50\.0 %\n/)
    expect(out).toMatch(/\n +acme +3 +3 +2 +66\.7 % +33\.3 % +100\.0 % +1 +33\.3 %\n/)
    expect(out).not.toContain('estimated')
  })

  it('prints all as JSON, of one tenant', async ({ app }) => {
    const { code, out } = await runCommand(['leakage', '--tenant', 'acme', '--model', 'Patient', '--json'], app.folder)
    expect(code).toBe(0)
    const { indexes, finished } = JSON.parse(out)
    expect(finished).toBe(true)
    expect(indexes).toMatchObject([
      { index: 'emailIndex', pad: 16, rows: 3, byToken: { classes: 2, largest: 2, alone: 1 } },
    ])
  })

  it('refuses a tenant of whom there is nothing, and whom the configuration does not have', async ({ app }) => {
    const { code, out, err } = await runCommand(['leakage', '--tenant', 'nobody'], app.folder)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/ENVELOPE_TENANT_UNKNOWN|nothing of the tenant "nobody" was found/)
    expect((await runCommand(['leakage', '--tenant', 'empty'], app.folder)).code).toBe(0)
  })

  it('runs the attacks with a list, says that they are an estimate, and never prints a value', async ({ app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'name,people\nANN@x.io,90\n"bob@x.io",10\n')
    const { code, out, err } = await runCommand([...EMAIL, '--values', 'names.csv'], app.folder)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/\nemailIndex +rank of tokens +\d+\.\d %\n +rank, within each length +\d+\.\d %\n/)
    expect(out).toContain('Somebody who knows 2 values')
    expect(out).toContain('This is an estimate')
    expect(out).not.toMatch(/ann|bob/i)
  })

  it('says in one sentence how many values each index tells apart, and how many have no such part', async ({ app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'ann@x.io,5\nanna@x.io,3\nbob@x.io,2\nnobody,1\n')
    const { code, out } = await runCommand(['leakage', '--field', 'Login.email', '--values', 'names.csv'], app.folder)
    expect(code).toBe(0)
    expect(out).toMatch(
      /Somebody who knows the values of the list \(different ones, by index: .*emailDomain: 2\) and how/,
    )
    expect(out).toContain('emailDomain: 1 value of the list does not have the part that it is of.')
    await writeFile(join(app.folder, 'names.csv'), 'ann@x.io,5\n')
    const one = await runCommand([...EMAIL, '--values', 'names.csv'], app.folder)
    expect(one.out).toContain('Somebody who knows 1 value and how common it is would')
  })

  it('opens a sample to see whether they are right', async ({ app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'ann@x.io,90\nbob@x.io,10\n')
    const { code, out } = await runCommand([...EMAIL, '--values', 'names.csv', '--sample', '50'], app.folder)
    expect(code).toBe(0)
    expect(out).toMatch(/\nemailIndex +rank of tokens +\d+\.\d % +100\.0 %\n/)
    expect(out).toContain('emailIndex: 4 rows drawn at random were opened.')
    expect(out).not.toMatch(/ann|bob|This is an estimate/i)
  })

  it('ends with 3 above the share that --fail-above says, and says which index it is', async ({ app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'ann@x.io,90\nbob@x.io,10\n')
    const run = (share: string, ...more: string[]) =>
      runCommand([...EMAIL, '--values', 'names.csv', '--fail-above', share, ...more], app.folder)
    const low = await run('0.1')
    expect(low.code).toBe(3)
    expect(low.err).toMatch(
      /^prisma-envelope leakage: Patient\.emailIndex: attacks name \d+\.\d % of the rows, above 10 %\.\n$/,
    )
    expect((await run('1')).code).toBe(0)
    // What is true counts too: all are named.
    expect((await run('0.99', '--sample', '50')).code).toBe(3)
  })

  it('ends with 3 where there is no token to judge by', async ({ app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'ann@x.io,1\n')
    const { code, err } = await runCommand(
      ['leakage', '--field', 'Login.email', '--values', 'names.csv', '--fail-above', '0.5'],
      app.folder,
    )
    expect([code, err]).toEqual([3, 'prisma-envelope leakage: no row has a token: there is nothing to judge by.\n'])
  })

  it.for<[text: string | Buffer, complaint: string]>([
    ['', 'names.csv is empty: write a value and its weight into each line'],
    ['\n\n', 'names.csv is empty: write a value and its weight into each line'],
    ['name,people\n', 'names.csv has a header and no values'],
    ['secret,1\nsecret,many\n', 'names.csv, line 2: the weight must be a number, such as how often the value occurs'],
    ['secret,1\nsecret,\n', 'names.csv, line 2: the weight must be a number, such as how often the value occurs'],
    [
      'secret,1\nsecret,Infinity\n',
      'names.csv, line 2: the weight must be a number, such as how often the value occurs',
    ],
    ['secret,1\nsecret,-5\n', 'names.csv, line 2: the weight must not be negative'],
    ['secret\nsecret\n', 'names.csv, line 1: there must be two columns, a value and its weight, and there are 1'],
    ['secret,1,5\n', 'names.csv, line 1: there must be two columns, a value and its weight, and there are 3'],
    [
      'secret,"1,234"\nsecret,"1,234"\n',
      'names.csv, line 1: the weight must be a number, such as how often the value occurs',
    ],
    ['secret,20%\n', 'names.csv, line 1: the weight must be a number, such as how often the value occurs'],
    ['secret,1e400\n', 'names.csv, line 1: the weight must be a number, such as how often the value occurs'],
    ['secret,1\n"secret,2\n', 'names.csv is not CSV (RFC 4180): look for quotes around line 2'],
    ['secret,1\nsec"ret",2\n', 'names.csv is not CSV (RFC 4180): look for quotes around line 2'],
    [Buffer.from('secr\xe9t,1\n', 'latin1'), 'names.csv is not in UTF-8'],
  ])('refuses a list that is none, without what is in it: %j', async ([text, complaint], { app }) => {
    await writeFile(join(app.folder, 'names.csv'), text)
    const { code, out, err } = await runCommand([...EMAIL, '--values', 'names.csv'], app.folder)
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(`prisma-envelope leakage: ${complaint}. Try \`prisma-envelope leakage --help\`.\n`)
    expect(err).not.toMatch(/secr/)
  })

  it('reads RFC 4180: quotes, commas and line breaks in values, a byte order mark, CRLF', async ({ app }) => {
    const text = '\ufeffvalue,weight\r\n"a ""b"", c",1\r\n"two\r\nlines",2.5e0\r\nann@x.io,3\r\n'
    await writeFile(join(app.folder, 'names.csv'), text)
    const { code, out } = await runCommand([...EMAIL, '--values', 'names.csv', '--json'], app.folder)
    expect(code).toBe(0)
    expect(JSON.parse(out).values).toEqual({ emailIndex: { known: 3, withoutToken: 0 } })
  })

  it.for<[args: string[], complaint: RegExp]>([
    [['leakage', '--values', 'names.csv'], /--values are those of one field: name it, as in --field Patient\.email/],
    [[...EMAIL, 'Login.email', '--values', 'names.csv'], /--values are those of one field/],
    [[...EMAIL, '--values', 'none.csv'], /none\.csv cannot be read \(ENOENT\)/],
    [[...EMAIL, '--sample', '5'], /--sample scores the attacks, which need --values/],
    [
      [...EMAIL, '--fail-above', '0.1'],
      /--fail-above is for the share of rows that attacks name, and these need --values/,
    ],
    [[...EMAIL, '--values', 'names.csv', '--fail-above', '10'], /It must be a share from 0 to 1, such as 0\.1/],
    [[...EMAIL, '--values', 'names.csv', '--fail-above', 'x'], /It must be a share from 0 to 1/],
    [[...EMAIL, '--values', 'names.csv', '--sample', '-1'], /It must be a whole number above 0/],
  ])('refuses %j', async ([args, complaint], { app }) => {
    await writeFile(join(app.folder, 'names.csv'), 'a,1\n')
    const { code, err } = await runCommand(args, app.folder)
    expect(err).toMatch(complaint)
    expect(code).toBe(2)
  })

  it.for<[field: string, complaint: RegExp]>([
    ['Patient.nope', /"Patient\.nope" is not an encrypted field/],
    ['Patient.ssn', /Patient\.ssn has no index: fields with an index are .*Patient\.email/],
    ['email', /"email" is not an encrypted field, as in "Patient\.email"/],
  ])('says of a field that has no index, or is none: %s', async ([field, complaint], { app }) => {
    const { code, err } = await runCommand(['leakage', '--field', field], app.folder)
    expect(err).toMatch(complaint)
    expect(code).toBe(1)
  })

  it('is described with its exit codes', async () => {
    const { out } = await runCommand(['leakage', '--help'])
    expect(out.replaceAll(/\s+/g, ' ')).toContain('With --fail-above, ends with 3')
    expect(await readFile('docs/cli.md', 'utf8')).toContain('## leakage')
  })
})

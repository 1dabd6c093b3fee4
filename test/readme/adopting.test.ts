import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository, run } from '../generator/prisma-generate.js'
import { blocksOf, isFragment, page } from './documentation.js'
import { createProject, createTables, type Project } from './project.js'

const adopting = page('docs/adopting.md')

describe('the code in docs/adopting.md', () => {
  let project: Project
  beforeAll(async () => {
    const [models, code] = blocksOf(adopting)
    if (models === undefined || code === undefined) throw new Error('the page has no schema and no code')
    const files = blocksOf(page('README.md'))
      .filter((block) => !isFragment(block) && !/^src\/(main|example)\.ts$/.test(block.file ?? ''))
      .map((block) => {
        if (block.language !== 'prisma') return block
        const text = block.text
          .replace('"prisma-envelope"', '"prisma-envelope"\n  types = "patch"\n  sharedTenant = "main"')
          .replace(/^model [\s\S]*/m, models.text.replace(/^.*\n/, ''))
        return { ...block, text }
      })
    project = await createProject([...files, code])
    await createTables(project, files.find(({ language }) => language === 'prisma')?.text ?? '')
  }, 120_000)
  afterAll(() => project.remove())

  test('is a schema that prisma generate accepts, without a warning', () => {
    expect(project.generated).toMatchObject({ code: 0 })
    expect(project.generated.output).not.toMatch(/warn/i)
  })

  test('type-checks against the generated client and the package', async () => {
    const tsc = join(repository, 'node_modules', 'typescript', 'lib', 'tsc.js')
    expect(await run(process.execPath, [tsc, '-p', project.folder], project.folder)).toEqual({ code: 0, output: '' })
  }, 120_000)

  test('does what it says', async () => {
    await writeFile(
      join(project.folder, 'drive.ts'),
      `import { prisma } from './src/db'
       import * as calls from './src/sharing'
       const show = (name, value) => console.log(name + ' ' + JSON.stringify(value))
       const user = await calls.signUp('Ann@example.com', 'Ann')
       show('again', (await calls.signUp('ann@example.com', 'Ann B')).id === user.id)
       await prisma.account.create({ data: { provider: 'google', providerAccountId: 'g1', accessToken: 'secret', userId: user.id } })
       show('login', (await calls.login('google', 'g1'))?.user.name)
       const team = await calls.createTeam('acme', 'Acme', user.id)
       show('team', [team.settings, team.memberships[0]?.user.name])
       const acme = prisma.$forTenant('acme')
       await acme.invitation.create({ data: { email: 'bob@example.com', token: 't1', teamId: 'acme' } })
       show('invitation', (await calls.openInvitation('t1'))?.email)
       show('nobody', await calls.openInvitation('t2'))
       await calls.createTeam('globex', 'Globex', user.id)
       const document = await calls.createDocument('acme', 'Contract', [{ name: 'Bob', email: 'Bob@example.com', token: 'r1' }])
       show('document', [document.body, document.recipients[0]?.name])
       show('sent', (await calls.sentTo('acme', 'bob@example.com')).map(({ document }) => document.title))
       show('elsewhere', await calls.sentTo('globex', 'bob@example.com'))
       await acme.apiKey.create({ data: { hash: 'h1', label: "the team's" } })
       await prisma.$forTenant('main').apiKey.create({ data: { hash: 'h2', label: 'mine', userId: user.id } })
       show('keys', (await calls.keysFor('acme', user.id)).map(({ label }) => label))
       const stored = await prisma.$queryRaw\`SELECT email, name FROM "User" UNION ALL SELECT email, token FROM "Recipient" UNION ALL SELECT label, label FROM "ApiKey"\`
       show('sealed', stored.every((row) => Object.values(row).every((value) => value.startsWith('pe1:'))))
       const found = await prisma.$encryption.tenantOf('Recipient', { token: 'r1' })
       show('tenant', found)
       await prisma.document.findMany().catch(({ code }) => show('unbound', code))
       await prisma.$disconnect()`,
    )
    const { code, output } = await project.run('drive.ts')
    expect(code, output).toBe(0)
    expect(output.match(/^\w+ .*$/gm)).toEqual([
      'again true',
      'login "Ann B"',
      'team [{"timezone":"UTC"},"Ann B"]',
      'invitation "bob@example.com"',
      'nobody null',
      'document ["Please sign","Bob"]',
      'sent ["Contract"]',
      'elsewhere []',
      `keys ["the team's","mine"]`,
      'sealed true',
      'tenant "acme"',
      'unbound "ENVELOPE_TENANT_REQUIRED"',
    ])
  }, 60_000)
})

describe('the messages in docs/adopting.md', () => {
  const folder = join(repository, 'src')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(schema|generator)\/.*\.ts$/.test(path))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
    // As they are printed: the pieces of a message in one.
    .replaceAll(/['`] \+\s*['`]/g, '')
    .replaceAll(/\\`/g, '`')
  const shown = [...adopting.matchAll(/^\| (\*.*?) \| /gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/\*([^*]+)\*/g)].map(([, message = '']) => message),
  )

  test('are found', () => expect(shown.length).toBeGreaterThan(30))

  test.each(shown)('%s is said by prisma generate', (message) => {
    for (const part of message.split('…').map((text) => text.trim())) expect(sources.includes(part), part).toBe(true)
  })
})

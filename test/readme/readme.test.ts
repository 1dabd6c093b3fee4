import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataKeyLimits } from '../../src/keys/options.js'
import { repository, run } from '../generator/prisma-generate.js'
import { anchorsOf, blocksOf, page, pagesIn } from './documentation.js'
import { createProject, createTables, forSqlite, type Project } from './project.js'

const readme = page('README.md')
const blocks = [...blocksOf(readme), ...blocksOf(page('docs/errors.md'))]

describe('the code in README.md', () => {
  test('names the file that it stands in', () => {
    for (const { language, file, text } of blocksOf(readme)) {
      if (language === 'ts' || language === 'prisma') expect(file, text).toBeDefined()
    }
  })

  describe('as it stands', () => {
    let project: Project
    beforeAll(async () => {
      project = await createProject(blocks)
    }, 120_000)
    afterAll(() => project.remove())

    test('is a schema that prisma generate takes, without a warning', () => {
      expect(project.generated).toMatchObject({ code: 0 })
      expect(project.generated.output).not.toMatch(/warn/i)
    })

    test('type-checks against the generated client and the package', async () => {
      const tsc = join(repository, 'node_modules', 'typescript', 'lib', 'tsc.js')
      expect(await run(process.execPath, [tsc, '-p', project.folder], project.folder)).toEqual({ code: 0, output: '' })
    }, 120_000)
  })

  describe('on SQLite and the embedded KMS', () => {
    let project: Project
    beforeAll(async () => {
      const sqlite = blocks.map(forSqlite)
      project = await createProject(sqlite)
      await createTables(project, sqlite.find(({ language }) => language === 'prisma')?.text ?? '')
    }, 120_000)
    afterAll(() => project.remove())

    test('does what it says', async () => {
      await writeFile(
        join(project.folder, 'run.ts'),
        `const { prisma } = await import('./src/db')
         await import('./src/patients')
         await import('./src/isolation')
         await import('./src/raw')
         const sql = prisma.$executeRawUnsafe.bind(prisma)
         const existing = 'INSERT INTO Patient (id, tenantId, email, ssn, notes) '
         // Everything that a row can hold, a text that begins like an envelope, and more rows than a page.
         await sql(existing + "VALUES ('old', 'acme', 'old@example.com', '078-05-1120', '{\\"allergies\\": [\\"nuts\\"]}')")
         await sql(existing + "VALUES ('odd', 'globex', 'pe1: is how it begins', 'pe1:AAAA', '\\"pe1:text\\"')")
         await sql(existing + "VALUES ('bare', 'acme', '', NULL, NULL)")
         await sql(existing + "SELECT 'row' || value, 'acme', 'row' || value || '@example.com', NULL, NULL FROM generate_series(1, 501)")
         const stored = () => prisma.$queryRaw\`SELECT * FROM Patient ORDER BY id\`
         await import('./src/encrypt-existing')
         const once = await stored()
         await import('./src/encrypt-existing?again')
         const show = (value) => console.log(JSON.stringify(value))
         for (const id of ['old', 'odd', 'bare', 'row501'])
           show(await prisma.patient.findUnique({ where: { id }, omit: { createdAt: true, ward: true } }))
         const values = once.flatMap(({ email, ssn, notes }) => [email, ssn, notes]).filter((value) => value !== null)
         const sealed = values.filter((value) => /^"?pe1:[^ ]{300,}"?$/.test(value))
         show({ rows: once.length, values: values.length, sealed: sealed.length })
         show({ changedByTheSecondRun: JSON.stringify(await stored()) !== JSON.stringify(once) })`,
      )
      const tsx = join(repository, 'node_modules', 'tsx', 'dist', 'cli.mjs')
      const { code, output } = await run(process.execPath, [tsx, 'run.ts'], project.folder)
      expect(code, output).toBe(0)
      expect(output).toContain("email: 'ann@example.com'")
      expect(output).toMatch(/email: 'pe1:/)
      expect(output.match(/ENVELOPE_\w+/g)).toEqual(['ENVELOPE_FILTER_UNSUPPORTED'])
      // Another tenant's row.
      expect(output).toMatch(/^null$/m)
      expect(output).toContain("{ tenantId: 'globex', email: 'eve@example.com' }")
      const rows = [
        { id: 'old', tenantId: 'acme', email: 'old@example.com', ssn: '078-05-1120', notes: { allergies: ['nuts'] } },
        { id: 'odd', tenantId: 'globex', email: 'pe1: is how it begins', ssn: 'pe1:AAAA', notes: 'pe1:text' },
        { id: 'bare', tenantId: 'acme', email: '', ssn: null, notes: null },
        { id: 'row501', tenantId: 'acme', email: 'row501@example.com', ssn: null, notes: null },
      ]
      for (const row of rows) expect(output).toContain(JSON.stringify(row))
      expect(output).toMatch(/^\{"rows":507,"values":(\d+),"sealed":\1\}$/m)
      expect(output).toContain('{"changedByTheSecondRun":false}')
    }, 120_000)
  })
})

const pages = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...pagesIn('docs'),
  ...pagesIn('examples'),
]

test.each(pages)('%s links to pages and headings that exist', (path) => {
  for (const [, target = ''] of page(path).matchAll(/\]\(((?!https?:)[^)\s]+)\)/g)) {
    const [file = '', anchor] = target.split('#')
    const linked = file === '' ? path : join(dirname(path), file)
    expect(existsSync(join(repository, linked)), `${path}: ${target}`).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(page(linked)), `${path}: ${target}`).toContain(anchor)
  }
})

test('docs/README.md lists every page of docs/', () => {
  const listed = [...page('docs/README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => join('docs', target))
  const others = pagesIn('docs').filter((path) => dirname(path) === 'docs' && path !== join('docs', 'README.md'))
  expect(others.filter((path) => !listed.includes(path))).toEqual([])
})

describe('README.md', () => {
  test('lists every option of dataKeys', () => {
    for (const option of Object.keys(dataKeyLimits())) expect(readme).toContain(`| \`dataKeys.${option}\` |`)
  })
})

import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataKeyLimits } from '../../src/keys/data-key-options.js'
import { repository, run } from '../generator/prisma-generate.js'
import { anchorsOf, type Block, blocksOf, guide, isFragment, page, pagesIn } from './documentation.js'
import { createProject, createTables, forSqlite, type Project } from './project.js'

const readme = blocksOf(page('README.md')).filter((block) => !isFragment(block))
const search = blocksOf(page('docs/search.md')).filter(({ language }) => language === 'ts' || language === 'prisma')
/** Frameworks that this repository does not install, and the modules of the page that import those. */
const OTHER_FRAMEWORKS = /'(?:express|fastify|@nestjs\/\w+|\.\/prisma\.module|\.\/tenant\.middleware)'/
const frameworks = blocksOf(page('docs/frameworks.md')).filter(
  ({ file, text }) => file?.startsWith('src/') && !OTHER_FRAMEWORKS.test(text),
)
const scripts = ['docs/schema-changes.md', 'docs/rotation.md']
  .flatMap((path) => blocksOf(page(path)))
  .filter(({ language }) => language === 'ts')
const blocks = [...guide, ...frameworks, ...scripts, ...blocksOf(page('docs/errors.md'))]

test('the code of the README and of the guide names its file', () => {
  for (const { language, file, text } of [...blocksOf(page('README.md')), ...guide, ...search]) {
    if (language === 'ts' || language === 'prisma') expect(file, text).toBeDefined()
  }
})

describe('the code in README.md', () => {
  let project: Project
  beforeAll(async () => {
    project = await createProject(readme)
    await createTables(project, schemaOf(readme))
  }, 120_000)
  afterAll(() => project.remove())

  test('is a schema that prisma generate accepts, without a warning', () => expectGenerated(project))

  test('type-checks against the generated client and the package', () => expectTypes(project), 120_000)

  test('prints what it says', async () => {
    const { code, output } = await project.run('src/main.ts')
    expect(code, output).toBe(0)
    expect(output).toContain("email: 'Ann@example.com'")
    expect(output).toContain("notes: { allergies: [ 'latex' ] }")
    expect(output).toMatch(/email: 'pe1:[\s\S]*notes: '"?pe1:[\s\S]*ward: '4B'[\s\S]*^\[\]$/m)
    expect(output.match(/ENVELOPE_\w+/g)).toEqual(['ENVELOPE_FILTER_UNSUPPORTED', 'ENVELOPE_TENANT_REQUIRED'])
  }, 60_000)

  test('finds what it stores, in the example at its top', async () => {
    const example = readme.find(({ file }) => file === 'src/example.ts')?.text ?? ''
    const found = example.replace(/^await (.*findFirst.*\)) \/\/.*$/m, 'console.log((await $1)?.email)')
    await writeFile(join(project.folder, 'src/shown.ts'), found)
    expect((await project.run('src/shown.ts')).output).toBe('Ann@example.com\n')
  }, 60_000)
})

describe('the code in docs/search.md', () => {
  let project: Project
  beforeAll(async () => {
    const model = schemaOf(search)
    const files = readme.map((block) =>
      block.language === 'prisma' ? { ...block, text: block.text.replace(/^model [\s\S]*/m, model) } : block,
    )
    project = await createProject([...files, ...search.filter((block) => !isFragment(block))])
    await createTables(project, schemaOf(files))
  }, 120_000)
  afterAll(() => project.remove())

  test('is a schema that prisma generate accepts, without a warning', () => expectGenerated(project))

  test('type-checks against the generated client and the package', async () => {
    // The README's program writes columns that this schema does not have.
    for (const file of ['main', 'example']) await rm(join(project.folder, `src/${file}.ts`))
    await expectTypes(project)
  }, 120_000)

  test('finds the row, in each way', async () => {
    const { code, output } = await project.run('src/search.ts')
    expect(code, output).toBe(0)
    expect(output.match(/^Ann@example\.com$/gm)).toHaveLength(2)
  }, 60_000)
})

describe('the code in docs/', () => {
  describe('as it stands', () => {
    let project: Project
    beforeAll(async () => {
      project = await createProject(blocks)
    }, 120_000)
    afterAll(() => project.remove())

    test('is a schema that prisma generate accepts, without a warning', () => expectGenerated(project))

    test('type-checks against the generated client and the package', () => expectTypes(project), 120_000)
  })

  describe('on SQLite and the embedded KMS', () => {
    let project: Project
    beforeAll(async () => {
      const sqlite = blocks.map(forSqlite)
      project = await createProject(sqlite)
      await createTables(project, schemaOf(sqlite))
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
         // The texts that only look like envelopes have been reported.
         await prisma.$encryption.backfill({ malformed: 'seal' })
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
      const codes = ['ENVELOPE_FILTER_UNSUPPORTED', ...Array(4).fill('ENVELOPE_MALFORMED')]
      expect(output.match(/ENVELOPE_\w+/g)).toEqual(codes)
      expect(output).toMatch(/^Patient \{ id: 'odd' \} email ENVELOPE_MALFORMED$/m)
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

function schemaOf(files: readonly Block[]): string {
  return files.find(({ language }) => language === 'prisma')?.text ?? ''
}

function expectGenerated({ generated }: Project): void {
  expect(generated).toMatchObject({ code: 0 })
  expect(generated.output).not.toMatch(/warn/i)
}

async function expectTypes({ folder }: Project): Promise<void> {
  const tsc = join(repository, 'node_modules', 'typescript', 'lib', 'tsc.js')
  expect(await run(process.execPath, [tsc, '-p', folder], folder)).toEqual({ code: 0, output: '' })
}

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

test.each(pages)('%s names npm scripts that exist', (path) => {
  const { scripts: known } = JSON.parse(page('package.json'))
  for (const [, script = ''] of page(path).matchAll(/\bnpm run ([\w:-]+)/g))
    expect(Object.keys(known)).toContain(script)
})

test('README.md stays short', () => {
  expect(page('README.md').split('\n').length).toBeLessThan(250)
})

test('docs/options.md lists every option of dataKeys', () => {
  // What follows from maxMessages is no option of its own.
  for (const option of Object.keys(dataKeyLimits()).filter((name) => name !== 'maxTableMessages'))
    expect(page('docs/options.md')).toContain(`| \`dataKeys.${option}\` |`)
})

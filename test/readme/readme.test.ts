import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataKeyLimits } from '../../src/keys/options.js'
import { type Outcome, repository, run } from '../generator/prisma-generate.js'
import { anchorsOf, type Block, blocksOf, page } from './documentation.js'

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
      project = await createProject((block) => block)
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
      project = await createProject(forSqlite)
      await createTables(project)
    }, 120_000)
    afterAll(() => project.remove())

    test('does what it says', async () => {
      await writeFile(
        join(project.folder, 'run.ts'),
        `const { prisma } = await import('./src/db')
         await import('./src/patients')
         await import('./src/isolation')
         await import('./src/raw')
         await prisma.$executeRaw\`INSERT INTO Patient (id, tenantId, email, ssn) VALUES ('old', 'acme', 'old@example.com', NULL)\`
         await import('./src/encrypt-existing')
         console.log(await prisma.patient.findUnique({ where: { id: 'old' } }))
         const rows = await prisma.$queryRaw\`SELECT email FROM Patient\`
         console.log('sealed:', rows.filter(({ email }) => email.startsWith('pe1:')).length, 'of', rows.length)`,
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
      expect(output).toContain("email: 'old@example.com'")
      expect(output).toContain('sealed: 4 of 4')
    }, 120_000)
  })
})

describe('README.md', () => {
  test('links to pages and headings that exist', () => {
    for (const path of ['README.md', 'docs/errors.md']) {
      for (const [, target = ''] of page(path).matchAll(/\]\(((?!https?:)[^)]+)\)/g)) {
        const [file = '', anchor] = target.split('#')
        const linked = file === '' ? path : join(dirname(path), file)
        expect(existsSync(join(repository, linked)), `${path}: ${target}`).toBe(true)
        if (anchor !== undefined) expect(anchorsOf(page(linked)), `${path}: ${target}`).toContain(anchor)
      }
    }
  })

  test('lists every option of dataKeys', () => {
    for (const option of Object.keys(dataKeyLimits())) expect(readme).toContain(`| \`dataKeys.${option}\` |`)
  })
})

interface Project {
  readonly folder: string
  readonly generated: Outcome
  remove(): Promise<void>
}

/** The README's files in a folder of this repository, where `prisma-envelope` means this package, and generated. */
async function createProject(change: (block: Block) => Block): Promise<Project> {
  const folder = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), '.tmp-'))
  const files: Record<string, string> = {
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'ES2023',
        module: 'ESNext',
        moduleResolution: 'bundler',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
      },
      include: ['src'],
    }),
  }
  for (const [i, block] of blocks.entries()) {
    if (block.language !== 'ts' && block.language !== 'prisma') continue
    const { file = `src/unnamed-${i}.ts`, text } = change(block)
    files[file.replace(/\.ts, (.*)$/, (_, when: string) => `.${when.replaceAll(' ', '-')}.ts`)] = text
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const engine = join(folder, 'schema-engine')
  await writeFile(engine, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  const bin = join(repository, 'node_modules', '.bin')
  const generated = await run(
    process.execPath,
    [join(repository, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--no-hints'],
    folder,
    {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      PRISMA_SCHEMA_ENGINE_BINARY: engine,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
      NO_COLOR: '1',
    },
  )
  return { folder, generated, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The two lines that differ: the database, and the embedded KMS in place of AWS. */
function forSqlite(block: Block): Block {
  if (block.file === 'src/kms.ts') return { ...block, file: 'src/kms.aws.ts' }
  if (block.file?.startsWith('src/kms.ts,')) return { ...block, file: 'src/kms.ts' }
  const text = block.text
    .replace('provider = "postgresql"', 'provider = "sqlite"')
    .replace("import { PrismaPg } from '@prisma/adapter-pg'", "import { PrismaLibSql } from '@prisma/adapter-libsql'")
    .replace(/new PrismaPg\(.*\)/, "new PrismaLibSql({ url: 'file:readme.db' })")
  return { ...block, text }
}

async function createTables({ folder }: Project): Promise<void> {
  // A script of this repository, without types.
  const { schemaSql }: { schemaSql: (provider: string, files: object[]) => Promise<string> } = await import(
    join(repository, 'scripts', 'schema-sql.mjs')
  )
  const schema = blocks.filter(({ language }) => language === 'prisma').map(forSqlite)[0]?.text ?? ''
  const client = createClient({ url: `file:${join(folder, 'readme.db')}` })
  await client.executeMultiple(await schemaSql('sqlite', [{ path: 'schema.prisma', content: schema }]))
  client.close()
}

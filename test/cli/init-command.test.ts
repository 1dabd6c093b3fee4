import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { it as base, describe, expect, vi } from 'vitest'
import { createProject, type Project, relativeMain, repository } from '../generator/prisma-generate.js'
import { type CommandRun, runCommand } from './run-command.js'

interface Application extends Project {
  init(...args: string[]): Promise<CommandRun>
}

const it = base.extend<{ app: Application }>({
  app: async ({ onTestFinished }, use) => {
    const project = await createProject()
    onTestFinished(() => project.remove())
    await use({ ...project, init: (...args) => runCommand(['init', ...args], project.folder) })
  },
})

const schema = 'prisma/schema.prisma'
const schemaText = (provider = 'sqlite', output = '../src/generated/prisma'): string => `generator client {
  provider = "prisma-client"
  output   = "${output}"
}

datasource db {
  provider = "${provider}"
}

model Patient {
  id       String @id
  tenantId String @default("")
  email    String
}
`

/** What TypeScript says of what was written. */
function compiled(folder: string): string[] {
  const program = ts.createProgram([join(folder, 'src/db.ts'), join(folder, 'prisma-envelope.config.ts')], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  })
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('prisma-envelope init', { timeout: 120_000 }, () => {
  it('writes what generates, compiles and can be examined', async ({ app }) => {
    await app.write({ [schema]: schemaText(), 'package.json': '{ "type": "module" }', '.gitignore': 'node_modules\n' })
    const { code, out, err } = await app.init('--yes', '--app', 'clinic')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('add to prisma/schema.prisma\n  + generator encryption {')
    expect(out).toContain('create src/db.ts\n')
    expect(out).toContain('1. npm install @prisma/adapter-libsql\n')
    expect(await app.read('.gitignore')).toBe('node_modules\n.local/\n')

    const written = await app.read(schema)
    expect(written).toMatch(/^generator client \{[^}]+\}\n\ngenerator encryption \{[^}]+\}\n\ndatasource/)
    // Here there is no `prisma-envelope` for a shell to find.
    const annotated = written
      .replace('"prisma-envelope"', `"node --import tsx ${relativeMain}"`)
      .replace('@default("")', '@default("") /// @encrypted.tenant')
      .replace('email    String', 'email    String /// @encrypted')
    await app.write({ [schema]: annotated })
    expect(await app.generate()).toMatchObject({ code: 0, output: expect.stringContaining('Key table: DataKey') })

    await mkdir(join(app.folder, 'node_modules'))
    await symlink(repository, join(app.folder, 'node_modules/prisma-envelope'), 'junction')
    expect(compiled(app.folder)).toEqual([])
    vi.stubEnv('DATABASE_URL', `file:${join(app.folder, 'empty.db')}`)
    const examined = await runCommand(['doctor', '--tenant', 'acme'], app.folder)
    vi.unstubAllEnvs()
    expect(examined).toMatchObject({ code: 3, err: '' })
    expect(examined.out).toContain('problem  column Patient.email: The database has no such column.')
    expect(examined.out).not.toMatch(/data-key|index-key|cmk/)
  })

  it.for(['nodenext', 'bundler'] as const)('imports as %s does', async (resolution, { app }) => {
    await app.write({
      [schema]: schemaText('postgresql'),
      'tsconfig.json': JSON.stringify({
        compilerOptions: { module: resolution === 'nodenext' ? 'NodeNext' : 'preserve' },
      }),
    })
    await app.init('--yes', '--kms', 'aws', '--region', 'eu-west-1', '--no-keys')
    const db = await app.read('src/db.ts')
    const file = resolution === 'nodenext' ? '/index.js' : ''
    expect(db).toContain(`from './generated/encryption${file}'\n`)
    expect(db).toContain(`from './kms${resolution === 'nodenext' ? '.js' : ''}'\n`)
    expect(db).toContain("import { PrismaPg } from '@prisma/adapter-pg'\n")
    expect(await app.read('src/kms.ts')).toContain("awsKms({ region: 'eu-west-1' })")
    expect(await app.read(schema)).not.toContain('@encrypted.keys')
    await expect(app.read('.gitignore')).rejects.toThrow('ENOENT')
  })

  it('replaces nothing, and prints what is missing', async ({ app }) => {
    await app.write({ [schema]: schemaText(), 'src/db.ts': 'export const mine = 1\n' })
    const first = await app.init('--yes', '--app', 'clinic')
    expect(first.out).toMatch(
      /leave {2}src\/db\.ts, which is there already\. It should contain:\n {2}\+ import \{ PrismaLibSql \}/,
    )
    expect(await app.read('src/db.ts')).toBe('export const mine = 1\n')
    const before = await app.read(schema)
    const second = await app.init('--yes', '--app', 'clinic')
    expect(second.out).toContain('Nothing is left to write.\n')
    expect(await app.read(schema)).toBe(before)
  })

  it('writes nothing with --dry-run, and without a terminal to ask at', async ({ app }) => {
    await app.write({ [schema]: schemaText() })
    const { out } = await app.init('--dry-run')
    expect(out).toMatch(/create src\/kms\.ts\n {2}\+ import \{ localKms \}/)
    await expect(app.read('src/kms.ts')).rejects.toThrow('ENOENT')
    expect(await app.init()).toMatchObject({ code: 2, err: expect.stringContaining('pass --yes or --dry-run') })
    expect(await app.read(schema)).toBe(schemaText())
  })

  it.for<[string, Record<string, string>, string[], RegExp]>([
    ['no schema', {}, [], /There is no prisma\/schema\.prisma here/],
    ['no such schema', {}, ['--schema', 'x.prisma'], /There is no x\.prisma/],
    [
      'no client',
      { [schema]: 'datasource db {\n  provider = "sqlite"\n}\n' },
      [],
      /has no generator block of a Prisma client/,
    ],
    ['MongoDB', { [schema]: schemaText('mongodb') }, [], /The database "mongodb" .* is not supported/],
    ['a name that is no alias', { [schema]: schemaText() }, ['--app', 'a b'], /--app cannot be "a b": Use letters/],
  ])('says what is wrong where there is %s', async ([, files, args, complaint], { app }) => {
    await app.write(files)
    const { code, out, err } = await app.init('--yes', ...args)
    expect(err).toMatch(complaint)
    expect([code > 0, out]).toEqual([true, ''])
  })

  it('finds the schema of prisma.config.ts, and a folder of several files', async ({ app }) => {
    const [generator = '', models = ''] = schemaText().split(/(?=datasource)/)
    await app.write({
      'prisma.config.ts': "export default { schema: 'db' }\n",
      'db/models/patient.prisma': models,
      'db/main.prisma': generator.replace('../src/generated', './generated'),
    })
    const { code, out } = await app.init('--yes')
    expect([code, out]).toEqual([0, expect.stringContaining('add to db/main.prisma\n')])
    expect(await app.read('db/main.prisma')).toContain('output   = "generated/encryption"')
    expect(await app.read('db/db.ts')).toContain("from './generated/prisma/client'")
  })
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client'
import { type Outcome, repository, run } from '../generator/prisma-generate.js'
import type { Block } from './documentation.js'

export interface Project {
  readonly folder: string
  /** What `prisma generate` said. */
  readonly generated: Outcome
  generate(): Promise<Outcome>
  /** Runs a module of the project. */
  run(module: string): Promise<Outcome>
  remove(): Promise<void>
}

/** The files of a page's blocks in a folder of this repository, where `prisma-envelope` means this package, and generated. */
export async function createProject(blocks: readonly Block[]): Promise<Project> {
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
      include: ['src', 'prisma.config.ts'],
    }),
  }
  for (const [i, block] of blocks.entries()) {
    if (block.language !== 'ts' && block.language !== 'prisma') continue
    const { file = `src/unnamed-${i}.ts`, text } = block
    files[file.replace(/\.ts, (.*)$/, (_, when: string) => `.${when.replaceAll(' ', '-')}.ts`)] = text
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const engine = join(folder, 'schema-engine')
  await writeFile(engine, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  const bin = join(repository, 'node_modules', '.bin')
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    PRISMA_SCHEMA_ENGINE_BINARY: engine,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1',
  }
  const prisma = join(repository, 'node_modules', 'prisma', 'build', 'index.js')
  const tsx = join(repository, 'node_modules', 'tsx', 'dist', 'cli.mjs')
  const generate = () => run(process.execPath, [prisma, 'generate', '--no-hints'], folder, env)
  return {
    folder,
    generated: await generate(),
    generate,
    run: (module) => run(process.execPath, [tsx, module], folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The two lines that differ: the database, and the embedded KMS instead of AWS. */
export function forSqlite(block: Block): Block {
  if (block.file === 'src/kms.ts') return { ...block, file: 'src/kms.aws.ts' }
  if (block.file === 'src/kms.ts, in development') return { ...block, file: 'src/kms.ts' }
  const text = block.text
    .replace('provider = "postgresql"', 'provider = "sqlite"')
    .replace("import { PrismaPg } from '@prisma/adapter-pg'", "import { PrismaLibSql } from '@prisma/adapter-libsql'")
    .replace(/new PrismaPg\(.*\)/, "new PrismaLibSql({ url: 'file:dev.db' })")
  return { ...block, text }
}

/** The tables of a schema, in the project's SQLite file. */
export async function createTables({ folder }: Project, schema: string): Promise<void> {
  // A script of this repository, without types.
  const { schemaSql }: { schemaSql: (provider: string, files: object[]) => Promise<string> } = await import(
    join(repository, 'scripts', 'schema-sql.mjs')
  )
  const client = createClient({ url: `file:${join(folder, 'dev.db')}` })
  await client.executeMultiple(await schemaSql('sqlite', [{ path: 'schema.prisma', content: schema }]))
  client.close()
}

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
export const repository = resolve(here, '../..')
export const main = join(repository, 'src/cli/main.ts')
const prisma = join(repository, 'node_modules/prisma/build/index.js')

/** A project folder of its own, inside the repository, so that `@prisma/client` resolves. */
export interface Project {
  readonly folder: string
  /** What Prisma's CLI is started with. */
  readonly env: NodeJS.ProcessEnv
  write(files: Record<string, string>): Promise<void>
  read(file: string): Promise<string>
  /** Runs the real `prisma generate`. */
  generate(schema?: string, ...options: string[]): Promise<Outcome>
  remove(): Promise<void>
}

export interface Outcome {
  readonly code: number | null
  /** Both streams, without colours. */
  readonly output: string
}

export async function createProject(): Promise<Project> {
  const folder = await mkdtemp(join(here, '.tmp-'))
  // The CLI looks for a schema engine, which `generate` never runs.
  const engine = join(folder, 'schema-engine')
  await writeFile(engine, '#!/bin/sh\nexit 0\n')
  await chmod(engine, 0o755)
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: engine, CHECKPOINT_DISABLE: '1', NO_COLOR: '1' }
  return {
    folder,
    env,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true })
        await writeFile(join(folder, name), text)
      }
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    generate: (schema = 'prisma/schema.prisma', ...options) =>
      run(process.execPath, [prisma, 'generate', '--schema', schema, ...options], folder, env),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The two generators and the datasource of a schema. */
export function head(options: { client?: string; provider?: string; encryption?: string } = {}): string {
  const {
    client = 'prisma-client',
    provider = 'postgresql',
    encryption = 'output = "../src/generated/encryption"',
  } = options
  return `generator client {
  provider = "${client}"
  output   = "../src/generated/prisma"
  ${isPrisma6 ? 'engineType = "client"' : ''}
}

generator encryption {
  provider = "node --import tsx ${relativeMain}"
  ${encryption}
}

datasource db {
  provider = "${provider}"
  ${isPrisma6 ? 'url = "postgresql://localhost"' : ''}
}
`
}

const { version } = JSON.parse(readFileSync(join(repository, 'node_modules/prisma/package.json'), 'utf8')) as {
  version: string
}
/** Which `scripts/with-prisma.mjs` installs in a copy: it wants an engine to be named, and the database's address. */
const isPrisma6 = version.startsWith('6.')

// The provider is a shell command that runs in the CLI's folder, two below the tests' own.
export const relativeMain = relative(join(here, 'x'), main)

export function run(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const take = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', failed)
    child.on('close', (code) => done({ code, output: stripVTControlCharacters(output) }))
  })
}

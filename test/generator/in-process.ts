import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { getDMMF } from '@prisma/get-dmmf'
import { runGenerator } from '../../src/generator/index.js'

export interface Reply {
  readonly id: number | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data: unknown }
}

export interface GeneratorRun {
  readonly replies: readonly Reply[]
  /** The message of the first reply that is an error. */
  readonly error: string | undefined
  readonly stdout: string
}

/** Feeds the generator with lines on its stdin and collects what it says. */
export async function talk(lines: readonly (string | object)[]): Promise<GeneratorRun> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const running = runGenerator({ ...streams, version: '1.2.3' })
  for (const line of lines) streams.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
  streams.stdin.end()
  await running
  streams.stdout.end()
  streams.stderr.end()
  const said = (await text(streams.stderr)).split('\n').filter((line) => line !== '')
  const replies = said.map((line): Reply => JSON.parse(line))
  return {
    replies,
    error: replies.find(({ error }) => error !== undefined)?.error?.message,
    stdout: await text(streams.stdout),
  }
}

/** A folder with a schema in it, for which the generator is called as Prisma calls it, without the CLI. */
export interface Workspace {
  readonly folder: string
  write(file: string, content: string): Promise<void>
  read(file: string): Promise<string>
  generate(models: string, config?: Record<string, unknown>, otherGenerators?: unknown[]): Promise<GeneratorRun>
  remove(): Promise<void>
}

export async function createWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(import.meta.dirname, '.tmp-'))
  const write = async (file: string, content: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), content)
  }
  return {
    folder,
    write,
    read: (file) => readFile(join(folder, file), 'utf8'),
    async generate(models, config = {}, otherGenerators = []) {
      const source = `datasource db {\n  provider = "postgresql"\n}\n${models}`
      await write('prisma/schema.prisma', source)
      const dmmf = await getDMMF({ datamodel: [['schema.prisma', source]] })
      if (!('datamodel' in dmmf)) throw new Error(`Prisma refuses this schema: ${dmmf.error.message}`)
      const sourceFilePath = join(folder, 'prisma/schema.prisma')
      const params = {
        generator: { name: 'encryption', output: { value: join(folder, 'encryption') }, config, sourceFilePath },
        otherGenerators,
        datasources: [{ name: 'db', provider: 'postgresql', activeProvider: 'postgresql' }],
        schemaPath: sourceFilePath,
        datamodel: source,
        dmmf: { datamodel: dmmf.datamodel },
      }
      return talk([{ jsonrpc: '2.0', id: 1, method: 'generate', params }])
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

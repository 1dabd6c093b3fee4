import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { providerNamed } from '../../databases/index.js'

/** What `init` has to know of an application. Paths are relative to its folder. */
export interface Project {
  /** The schema file with the client's generator block. */
  readonly schemaFile: string
  readonly schema: string
  /** Where that block ends in the file's text. */
  readonly blockEnd: number
  /** Prisma's `datasource.provider`. */
  readonly provider: string
  /** The folder of the generated client; `undefined` where it is `@prisma/client` itself. */
  readonly client: string | undefined
  /** The folder for our generated module. */
  readonly encryption: string
  /** The folder for `kms.ts` and `db.ts`. */
  readonly sources: string
  /** Whether imports name files with their extensions: TypeScript's `nodenext`. */
  readonly extensions: boolean
  /** What `package.json` lists. */
  readonly packages: ReadonlySet<string>
  /** The names of models, enums, types and views. */
  readonly names: readonly string[]
  readonly hasGenerator: boolean
  readonly hasKeyTable: boolean
}

/** Throws an error that says what to pass, where there is no schema that Prisma could generate a client from. */
export function readProject(cwd: string, given: string | undefined): Project {
  const at = (path: string): string => resolve(cwd, path)
  const files = schemaFiles(cwd, given)
  const texts = files.map((file) => ({ file, text: readFileSync(at(file), 'utf8') }))
  const all = texts.map(({ text }) => text).join('\n')
  const block = texts
    .map(({ file, text }) => ({
      file,
      text,
      match: /^generator\s+\w+\s*\{[^}]*"prisma-client(?:-js)?"[^}]*\}/m.exec(text),
    }))
    .find(({ match }) => match !== null)
  if (block?.match == null) {
    throw new Error(
      `${files.join(', ')} has no generator block of a Prisma client. Write that first (\`npx prisma init\` does).`,
    )
  }
  const named = /^datasource\s+\w+\s*\{[^}]*?\bprovider\s*=\s*"(\w+)"/m.exec(all)?.[1] ?? ''
  const provider = providerNamed(named)
  if (provider === undefined)
    throw new Error(`The database ${JSON.stringify(named)} of ${block.file} is not supported.`)
  const output = /\boutput\s*=\s*"([^"]+)"/.exec(block.match[0])?.[1]
  const client = output === undefined ? undefined : join(dirname(block.file), output)
  const generated = client === undefined ? 'src/generated' : dirname(client)
  return {
    schemaFile: block.file,
    schema: block.text,
    blockEnd: block.match.index + block.match[0].length,
    provider,
    client,
    encryption: join(generated, 'encryption'),
    sources: basename(generated) === 'generated' ? dirname(generated) : generated,
    extensions: usesExtensions(at('tsconfig.json')),
    packages: packagesIn(at('package.json')),
    names: [...all.matchAll(/^(?:model|enum|type|view)\s+(\w+)/gm)].map(([, name = '']) => name),
    hasGenerator: /"[^"]*prisma-envelope[^"]*"/.test(all),
    hasKeyTable: all.includes('@encrypted.keys'),
  }
}

function schemaFiles(cwd: string, given: string | undefined): string[] {
  const config = ['ts', 'mts', 'js', 'mjs']
    .map((ext) => join(cwd, `prisma.config.${ext}`))
    .find((file) => existsSync(file))
  const configured =
    config === undefined ? undefined : /\bschema:\s*['"`]([^'"`]+)/.exec(readFileSync(config, 'utf8'))?.[1]
  const places = given === undefined ? [configured, 'prisma/schema.prisma', 'schema.prisma', 'prisma/schema'] : [given]
  const found = places.find((place) => place !== undefined && existsSync(resolve(cwd, place)))
  if (found === undefined) {
    throw new Error(
      given === undefined
        ? 'There is no prisma/schema.prisma here. Run this in the folder of the application, or pass `--schema <path>`.'
        : `There is no ${given}. Pass the schema file, or its folder, with \`--schema <path>\`.`,
    )
  }
  if (!statSync(resolve(cwd, found)).isDirectory()) return [found]
  return readdirSync(resolve(cwd, found), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => relative(cwd, resolve(cwd, found, name)))
}

function usesExtensions(file: string): boolean {
  if (!existsSync(file)) return false
  return /"module(?:Resolution)?"\s*:\s*"node(?:16|18|20|next)"/i.test(readFileSync(file, 'utf8'))
}

function packagesIn(file: string): Set<string> {
  if (!existsSync(file)) return new Set()
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies?: object
    devDependencies?: object
  }
  return new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)])
}

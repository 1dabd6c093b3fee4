import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patchedUse, patchModels } from './patch-schema.js'
import { createProject, head, type Project, repository } from './prisma-generate.js'

/** Each starts the Prisma CLI or the TypeScript compiler, which takes seconds. */
const timeout = 120_000

const encryption = (...options: string[]): string => ['output = "../src/generated/encryption"', ...options].join('\n  ')
const patch = 'types = "patch"'
const mark = '/* Patched by prisma-envelope (`types = "patch"`):'

describe.each([
  {
    client: 'prisma-client',
    entry: './src/generated/prisma/client.js',
    files: ['Patient.ts', 'Account.ts', 'Note.ts', 'Clinic.ts'],
  },
  { client: 'prisma-client-js', entry: './src/generated/prisma/index.js', files: ['index.d.ts'] },
])('types = "patch" with $client', { timeout }, ({ client, entry, files }) => {
  const folder = client === 'prisma-client' ? 'src/generated/prisma/models' : 'src/generated/prisma'
  let project: Project
  const texts = () => Promise.all(files.map((file) => project.read(`${folder}/${file}`)))

  beforeAll(async () => {
    project = await createProject()
    await project.write({ 'prisma/schema.prisma': head({ client, encryption: encryption(patch) }) + patchModels })
    const { code, output } = await project.generate()
    expect(output).toContain('Generated prisma-envelope')
    expect(code).toBe(0)
  }, timeout)
  afterAll(() => project.remove())

  it('widens the unique inputs, and narrows what encrypted fields take', async () => {
    const file = join(project.folder, 'use.mts')
    await writeFile(file, patchedUse(entry, repository))
    expect(typeErrors(file)).toEqual([])
  })

  it('marks the files that it changed, and leaves the others', async () => {
    for (const text of await texts()) expect(text.startsWith(mark)).toBe(true)
    const others = (await readdir(join(project.folder, folder))).filter(
      (name) => /\.ts$/.test(name) && !files.includes(name),
    )
    expect(others.length).toBeGreaterThan(0)
    for (const name of others) expect(await project.read(`${folder}/${name}`)).not.toContain('prisma-envelope')
    expect((await readdir(join(project.folder, folder))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('writes the same bytes when it runs again', async () => {
    const before = await texts()
    expect(await project.generate()).toMatchObject({ code: 0 })
    expect(await texts()).toEqual(before)
  })

  it('refuses to be above the client, and says so', async () => {
    const [clientBlock = '', ownBlock = '', rest = ''] = head({ client, encryption: encryption(patch) }).split(
      /(?=generator encryption|datasource)/,
    )
    await project.write({ 'prisma/schema.prisma': ownBlock + clientBlock + rest + patchModels })
    const { code, output } = await project.generate()
    expect(output).toContain('Move `generator encryption` below it')
    expect(code).not.toBe(0)
  })
})

/** What TypeScript says about one file. */
function typeErrors(file: string): string[] {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(repository, 'node_modules/@types')],
  })
  const source = program.getSourceFile(file)
  return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
    const { line } = ts.getLineAndCharacterOfPosition(source ?? ts.createSourceFile(file, '', 9), start)
    return `${source?.text.split('\n')[line]?.trim()}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The floors of `src/`, which `.dependency-cruiser.mjs` lists from the lowest up and keeps apart. */

const rules: unknown = await import(new URL('../../.dependency-cruiser.mjs', import.meta.url).href)
type Layers = Readonly<Record<string, readonly string[]>>
const { mayImport, rooms } = rules as { mayImport: Layers; rooms: Layers }

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')

const floors = Object.keys(mayImport)
/** The floor that a file is on; a floor inside another one is told first. */
const floorOf = (file: string) =>
  floors
    .filter((floor) => file === `${floor}.ts` || file.startsWith(`${floor}/`))
    .sort((a, b) => b.length - a.length)
    .at(0)

describe('src/ itself', () => {
  it('holds the entry point and the errors, and folders', () => {
    expect(files.filter((file) => !file.includes('/')).sort()).toEqual(['errors.ts', 'index.ts'])
  })

  it('has no file of more than 350 lines that does not say at its top why', () => {
    const long = files.filter((file) => textOf(file).split('\n').length > 351)
    expect(long.filter((file) => !textOf(file).split('*/')[0]?.includes('more than 350 lines'))).toEqual([])
  })
})

/** Which of these parts of src/ each imports. */
function importsBetween(parts: readonly string[], partOf: (file: string) => string | undefined) {
  const imported = new Map(parts.map((part) => [part, new Set<string>()]))
  for (const file of files) {
    // The wiring may import everything, and is no reason for the rest of its floor to.
    if (file === 'prisma/extension.ts') continue
    const part = partOf(file)
    for (const [, specifier] of textOf(file).matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+)'/g)) {
      const target = partOf(join(dirname(file), specifier ?? '').replace(/\.js$/, '.ts'))
      if (part !== undefined && target !== undefined && target !== part) imported.get(part)?.add(target)
    }
  }
  return imported
}

describe.each([
  { parts: 'each floor', layers: mayImport, partOf: floorOf },
  { parts: 'each room of keys/', layers: rooms, partOf: (file: string) => /^keys\/([^/]+)\//.exec(file)?.[1] },
])('what $parts may import', ({ layers, partOf }) => {
  const parts = Object.keys(layers)
  const imported = importsBetween(parts, partOf)

  it.each(parts)('%s imports all that it may', (part) => {
    expect([...(imported.get(part) ?? [])].sort()).toEqual([...(layers[part] ?? [])].sort())
  })

  it.each(parts)('%s may import lower ones only', (part) => {
    const lower = parts.slice(0, parts.indexOf(part))
    expect(layers[part]?.filter((one) => !lower.includes(one))).toEqual([])
  })
})

/** By name, and by the members that tell Prisma's own objects apart. */
const PRISMA =
  /@prisma\/|PrismaPromise|PrismaClient|\b_(?:getName|getNamespace|toGraphQLInputType|runtimeDataModel|engineConfig|originalClient|createItxClient|globalOmit|extensions)\b|\bifUndefined\b|\b__internalParams\b|\$(?:query|execute)Raw|\$extends|\$transaction\b/

describe('the floors up to leaves/', () => {
  it.each(floors.slice(0, floors.indexOf('leaves') + 1))('%s knows Prisma neither by name nor by shape', (floor) => {
    const own = files.filter((file) => floorOf(file) === floor)
    expect(own).not.toEqual([])
    expect(own.filter((file) => PRISMA.test(textOf(file)))).toEqual([])
  })
})

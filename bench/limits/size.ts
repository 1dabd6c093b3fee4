import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { table } from '../report/table.js'

interface Esbuild {
  buildSync(options: object): { outputFiles: { contents: Uint8Array }[] }
}

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/** What an application takes with `import 'prisma-envelope'`, without the packages that it depends on. */
export function size(): string {
  const files = importedFrom('index.js')
  const whole = [...files].reduce((sum, file) => sum + readFileSync(join(dist, file)).length, 0)
  const minified = minify()
  const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`
  return table(
    ['import of prisma-envelope, its packages aside', ''],
    [
      [`as shipped, comments and all (${files.size} files)`, kilobytes(whole)],
      ['minified by esbuild', kilobytes(minified.length)],
      ['minified and gzipped', kilobytes(gzipSync(minified).length)],
    ],
  )
}

function importedFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const source = readFileSync(join(dist, file), 'utf8')
  for (const [, imported] of source.matchAll(/from "\.\/([^"]+)"/g)) importedFrom(imported ?? '', seen)
  return seen
}

function minify(): Uint8Array {
  // What runs this file, tsx, is made of it.
  const require = createRequire(import.meta.url)
  const esbuild = createRequire(dirname(require.resolve('tsx/package.json')))('esbuild') as Esbuild
  const { outputFiles } = esbuild.buildSync({
    ...{ entryPoints: [join(dist, 'index.js')], bundle: true, minify: true, write: false },
    ...{ packages: 'external', platform: 'node', format: 'esm', logLevel: 'silent' },
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { table } from '../report/table.js'
import { dist, minifiedBundle } from './bundle.js'

/** What `import 'prisma-envelope'` adds to an application, without the packages that it depends on. */
export function size(): string {
  const files = importedFrom('index.js')
  const whole = [...files].reduce((sum, file) => sum + readFileSync(join(dist, file)).length, 0)
  const minified = minifiedBundle()
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

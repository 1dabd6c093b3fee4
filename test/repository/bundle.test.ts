import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { dist, minifiedBundle } from '../../bench/limits/bundle.js'
import recorded from './bundle.json' with { type: 'json' }

/**
 * What an application gets with `import 'prisma-envelope'`: bytes and modules, which no noise changes. Where one of these
 * fails on purpose, write the new figures into `bundle.json`, and say in the commit what they are for.
 */

/** In bytes: what a fix may add without a word. */
const MARGIN = 1_000

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the bundle is as large as it was', () => {
  const bundle = minifiedBundle()
  const sizes = { minified: bundle.length, gzipped: gzipSync(bundle).length }
  expect(Math.abs(sizes.minified - recorded.minified), JSON.stringify(sizes)).toBeLessThan(MARGIN)
  expect(Math.abs(sizes.gzipped - recorded.gzipped), JSON.stringify(sizes)).toBeLessThan(MARGIN)
})

test('an import loads the packages and the folders of src/ that it did, and nothing else', () => {
  const files = filesLoadedBy('index.js')
  const own = files.filter((file) => file.startsWith('dist/')).flatMap(sourcesOf)
  expect({
    packages: unique(files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1])),
    folders: unique(own.map((source) => dirname(source))),
  }).toEqual({ packages: recorded.packages, folders: recorded.folders })
})

/** The files that a new process loads for one of `dist/`, from the repository on: what V8 counts coverage of is loaded. */
function filesLoadedBy(entry: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'prisma-envelope-coverage-'))
  try {
    const source = `await import(${JSON.stringify(pathToFileURL(join(dist, entry)).href)})`
    const env = { ...process.env, NODE_V8_COVERAGE: folder }
    execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd: root, env })
    const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Coverage)
    const urls = reports.flatMap(({ result }) => result.map(({ url }) => url))
    return urls
      .filter((url) => url.startsWith('file:') && !url.endsWith('[eval1]'))
      .map((url) => relative(root, fileURLToPath(url)).replaceAll('\\', '/'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Coverage {
  readonly result: readonly { readonly url: string }[]
}

/** The files of `src/` that a built file was made of. */
function sourcesOf(file: string): string[] {
  const { sources } = JSON.parse(readFileSync(join(root, `${file}.map`), 'utf8')) as { sources: string[] }
  return sources.map((source) => relative(root, resolve(root, dirname(file), source)).replaceAll('\\', '/'))
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

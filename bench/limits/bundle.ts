import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** The built package. */
export const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/**
 * What `import 'prisma-envelope'` loads, minified, without the packages that it depends on: the entry with what it imports. What is loaded
 * when it is first called is in files of its own, as in any bundle that is split.
 */
export function minifiedBundle(): Uint8Array {
  const { outputFiles, metafile } = buildSync({
    ...{ entryPoints: [join(dist, 'index.js')], bundle: true, minify: true, write: false, outdir: dist },
    ...{ packages: 'external', platform: 'node', format: 'esm', logLevel: 'silent', splitting: true, metafile: true },
  })
  const importsOf = new Map(Object.entries(metafile.outputs).map(([file, { imports }]) => [basename(file), imports]))
  const loaded = new Set<string>()
  const load = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    for (const { path, kind } of importsOf.get(file) ?? []) if (kind === 'import-statement') load(basename(path))
  }
  load('index.js')
  const contents = outputFiles.filter(({ path }) => loaded.has(basename(path))).map((file) => file.contents)
  return Buffer.concat(contents)
}

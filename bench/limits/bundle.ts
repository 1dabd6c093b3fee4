import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** The built package. */
export const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/** What `import 'prisma-envelope'` loads, in one minified file, without the packages that it depends on. */
export function minifiedBundle(): Uint8Array {
  const { outputFiles } = buildSync({
    ...{ entryPoints: [join(dist, 'index.js')], bundle: true, minify: true, write: false },
    ...{ packages: 'external', platform: 'node', format: 'esm', logLevel: 'silent' },
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

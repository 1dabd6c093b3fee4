import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './paths.mjs'

/**
 * The client generator that the integration tests run with: `prisma-client`, or `prisma-client-js` where
 * `TEST_CLIENT_GENERATOR` says so.
 */
export const testGenerator = process.env.TEST_CLIENT_GENERATOR || 'prisma-client'
if (!['prisma-client', 'prisma-client-js'].includes(testGenerator)) {
  throw new Error(`TEST_CLIENT_GENERATOR: neither prisma-client nor prisma-client-js, but ${testGenerator}`)
}

/** Whether the Prisma that is installed is older than 7. Read late: it may only just have been installed. */
function isPrisma6() {
  const { version } = createRequire(join(root, 'package.json'))('prisma/package.json')
  return Number(version.split('.')[0]) < 7
}

/**
 * A `generator` block of a client, for the Prisma that is installed.
 *
 * @param {{ name?: string, provider?: string, output: string, previewFeatures?: readonly string[] }} block
 */
export function clientGenerator({ name = 'client', provider = 'prisma-client', output, previewFeatures = [] }) {
  const options = { provider, output }
  if (provider === 'prisma-client') {
    Object.assign(options, { moduleFormat: 'esm', generatedFileExtension: 'ts', importFileExtension: 'js' })
  }
  // The client without Rust, the only one that Prisma 7 has.
  if (isPrisma6()) options.engineType = 'client'
  if (previewFeatures.length > 0) options.previewFeatures = previewFeatures
  const lines = Object.entries(options).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}`)
  return `generator ${name} {\n${lines.join('\n')}\n}\n`
}

/** The schema as the installed Prisma wants it: Prisma 6 wants a `url`, which Prisma 7 refuses. No adapter reads it. */
export function withUrl(psl) {
  if (!isPrisma6()) return psl
  return psl.replace(/^datasource db \{$/m, '$&\n  url = "file:./unused.db"')
}

/**
 * Where the tests run with `prisma-client-js`, which makes CommonJS: a module beside its client that re-exports it under
 * the name that `prisma-client` gives its own, and the copy of Prisma's runtime that the client uses.
 */
export function writeCommonJsEntry(folder) {
  if (testGenerator === 'prisma-client-js') writeFileSync(join(folder, 'client.ts'), commonJsEntry)
}

const commonJsEntry = `import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
export const { Prisma, PrismaClient } = require('./index.js')
export const runtime = require('./runtime/client.js')
`

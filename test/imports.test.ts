import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { compileModels } from '../src/prisma/query/index.js'
import type { ModelMap } from '../src/schema/model-map.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The packages whose files are loaded when the code has run, in a process of its own. */
function packagesLoadedBy(code: string): string[] {
  const source = `${code}
    const { createRequire } = await import('node:module')
    const files = Object.keys(createRequire(import.meta.url).cache)
    console.log(JSON.stringify(files))`
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
    cwd: root,
    encoding: 'utf8',
  })
  const files: string[] = JSON.parse(output.trim().split('\n').at(-1) ?? '')
  const names = files.flatMap((file) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? [])
  return [...new Set(names)]
}

it('importing the package, and making a provider, does not load the AWS SDK; the first call does', () => {
  const load = `const { awsKms } = await import('./src/index.ts'); const kms = awsKms({ region: 'eu-central-1' });`
  expect(packagesLoadedBy(load)).not.toContainEqual(expect.stringMatching(/^@(aws-sdk|smithy)/))
  // Closed at once: nothing is sent.
  const call = `const called = kms.describeKey({ keyId: 'alias/a' }).catch(() => {}); kms.close(); await called`
  expect(packagesLoadedBy(`process.env.AWS_EC2_METADATA_DISABLED = 'true'; ${load} ${call}`)).toContain(
    '@aws-sdk/client-kms',
  )
}, 60_000)

it('a model map is compiled once, however many clients are extended with it', () => {
  const map: ModelMap = { version: 2, provider: 'sqlite', models: {} } as never
  expect(compileModels(map)).toBe(compileModels(map))
  expect(compileModels({ ...map })).not.toBe(compileModels(map))
})

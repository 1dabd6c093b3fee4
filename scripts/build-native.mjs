/**
 * Builds the optional accelerator, `native/*.c`, for this platform: `npm run build:native [-- --sanitize]`.
 * Into `prebuilds/`, or with `--into FOLDER` into a folder like it elsewhere.
 *
 * It needs a C compiler (`CC`, else `cc`) and nothing else: the headers are npm's `node-api-headers`, OpenSSL is the one in
 * the running Node. With `--sanitize` it is built with AddressSanitizer and UndefinedBehaviorSanitizer, for tests.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './prepare/paths.mjs'

const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers')
const sanitize = process.argv.includes('--sanitize')
const into = process.argv.indexOf('--into')
const prebuilds = into === -1 ? join(root, 'prebuilds') : process.argv[into + 1]
const folder = join(prebuilds, `${process.platform}-${process.arch}`)

const sources = readdirSync(join(root, 'native'))
  .filter((name) => name.endsWith('.c'))
  .map((name) => join(root, 'native', name))
const warnings = ['-Wall', '-Wextra', '-Werror']
// All symbols are looked up when it is loaded: a Node that lacks one does not load it, instead of ending in the middle.
const linking =
  process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-Wl,-z,now,-z,relro']
const checks = sanitize ? ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : []

mkdirSync(folder, { recursive: true })
execFileSync(
  process.env.CC ?? 'cc',
  [
    ...['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
    ...warnings,
    ...checks,
    `-I${headers}`,
    ...sources,
    ...linking,
    ...['-o', join(folder, 'aes-256-gcm.node')],
  ],
  { stdio: 'inherit' },
)

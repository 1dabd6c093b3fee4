/**
 * Runs the integration tests with another Prisma: `node scripts/with-prisma.mjs 6.19.3 [--project sqlite …]`.
 *
 * In a copy of the checkout, in a temporary folder that is deleted at the end: what is installed and generated here stays
 * as it is. The rest of the command line goes to vitest. The tools that make SQL and data models of schemas are no part
 * of what an application runs, and stay at their versions.
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [version, ...vitestArguments] = process.argv.slice(2)
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  console.error('Usage: node scripts/with-prisma.mjs <version> [arguments of vitest]')
  process.exit(2)
}

const copy = mkdtempSync(join(tmpdir(), 'prisma-envelope-with-prisma-'))
let child
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopped = true
    child?.kill(signal)
  })
}

try {
  copyCheckout()
  writeVersions()
  console.log(`with-prisma: install Prisma ${version} in ${copy}, which can take two minutes`)
  const installed = await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  const prepared = installed === 0 ? await run(process.execPath, ['scripts/prepare.mjs', 'integration']) : installed
  const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...vitestArguments]
  process.exitCode = prepared === 0 ? await run(process.execPath, vitest) : prepared
} finally {
  rmSync(copy, { recursive: true, force: true, maxRetries: 3 })
}

/** What git would commit, new files included. */
function copyCheckout() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const path of new Set(listed.toString().split('\0'))) {
    if (path !== '') cpSync(join(root, path), join(copy, path), { recursive: true })
  }
}

function writeVersions() {
  const path = join(copy, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  const { devDependencies } = manifest
  for (const name of Object.keys(devDependencies)) {
    if (/^(prisma|@prisma\/(client|adapter-.*|driver-adapter-utils))$/.test(name)) devDependencies[name] = version
  }
  // The last of the read replicas' extension for Prisma 6.
  if (version.startsWith('6.')) devDependencies['@prisma/extension-read-replicas'] = '0.4.1'
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`)
}

/** Returns the exit code. */
function run(program, args) {
  if (stopped) return 130
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32'
    child = spawn(program, args, { cwd: copy, stdio: 'inherit', shell: windows && program === 'npm' })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './paths.mjs'
import { run } from './run.mjs'
import { readIfAny, whenChanged } from './stamp.mjs'

/**
 * `npm ci`, unless `node_modules` already holds what `package-lock.json` says.
 *
 * Without the packages' install scripts: none is needed here, they may download or compile, and code of strangers that
 * runs at installation is a risk.
 */
export async function installDependencies() {
  await whenChanged('install', { inputs: ['package-lock.json'], outputs: ['node_modules'] }, async () => {
    if (isInstalled()) return
    await run('install dependencies with npm ci, which can take a minute', [
      'npm',
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ])
  })
}

/**
 * `npm ci` in `bench/peers/`, whose packages nothing else uses. Without them the benchmark still runs, and says what it leaves
 * out.
 */
export async function installBenchPeers() {
  const files = { inputs: ['bench/peers/package-lock.json'], outputs: ['bench/peers/node_modules'] }
  try {
    await whenChanged('install-bench', files, () =>
      run('install what the benchmark compares with, which can take a minute', [
        ...['npm', 'ci', '--prefix', 'bench/peers', '--ignore-scripts', '--no-audit', '--no-fund'],
      ]),
    )
  } catch (error) {
    console.error(`prepare: nothing to compare with, since its installation failed:\n${error.message}`)
  }
}

/** Whether someone ran `npm ci` or `npm install` before: npm keeps a list of what it installed. */
function isInstalled() {
  const listed = readIfAny(join(nodeModules, '.package-lock.json'))
  if (listed === undefined) return false
  const installed = JSON.parse(listed).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    // Optional: built for another platform, perhaps.
    if (installed[path] === undefined) return entry.optional === true
    return installed[path].version === entry.version && installed[path].integrity === entry.integrity
  })
}

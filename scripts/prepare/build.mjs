import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './paths.mjs'
import { run } from './run.mjs'
import { whenChanged } from './stamp.mjs'

/** Beside `dist/`, so that source maps name the same paths. */
const buildFolder = '.tmp-dist-'

/** Builds `dist/` where the sources changed, and puts the command where `npx` and `npm run` find it. */
export async function buildPackage() {
  const inputs = ['src', 'package.json', 'tsconfig.json', 'tsdown.config.ts']
  const outputs = ['dist/index.js', 'dist/index.cjs', 'dist/cli.js']
  await whenChanged('build', { inputs, outputs }, async () => {
    // Left by a build that was killed. Its bundler may still be writing there, so each build has a folder of its own.
    for (const name of readdirSync(root)) {
      if (name.startsWith(buildFolder)) rmSync(join(root, name), { recursive: true, force: true })
    }
    const folder = mkdtempSync(join(root, buildFolder))
    const tsdown = join('node_modules', 'tsdown', 'dist', 'run.mjs')
    await run('build the package', [process.execPath, tsdown, '--out-dir', folder])
    replaceFiles(folder, join(root, 'dist'))
  })
  linkCommand()
}

/**
 * Moves the files of one folder into another, in the place of what is there. A demo or a test that runs meanwhile finds
 * every file there and whole: each is renamed over the previous one. What is new goes first, since the others import it,
 * and what is left over is deleted last.
 */
function replaceFiles(from, to) {
  mkdirSync(to, { recursive: true })
  const former = new Set(readdirSync(to))
  const files = readdirSync(from)
  for (const name of [...files.filter((file) => !former.has(file)), ...files.filter((file) => former.has(file))]) {
    renameSync(join(from, name), join(to, name))
    former.delete(name)
  }
  for (const name of former) rmSync(join(to, name), { recursive: true })
  rmSync(from, { recursive: true })
}

/**
 * `node_modules/.bin/prisma-envelope`, as an installation of the package would make it: `provider = "prisma-envelope"`
 * in a schema of this repository then means this checkout.
 */
function linkCommand() {
  const link = join(nodeModules, '.bin', 'prisma-envelope')
  const command = join(root, 'dist', 'cli.js')
  mkdirSync(join(nodeModules, '.bin'), { recursive: true })
  if (process.platform === 'win32') {
    writeFileSync(`${link}.cmd`, `@node "${command}" %*\r\n`)
    return
  }
  chmodSync(command, 0o755)
  if (existsSync(link)) return
  rmSync(link, { force: true })
  symlinkSync('../../dist/cli.js', link)
}

import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeModules, root } from './paths.mjs'
import { run } from './run.mjs'
import { whenChanged } from './stamp.mjs'

/** Builds `dist/` where the sources changed, and puts the command where `npx` and `npm run` find it. */
export async function buildPackage() {
  const inputs = ['src', 'package.json', 'tsconfig.json', 'tsdown.config.ts']
  const outputs = ['dist/index.js', 'dist/index.cjs', 'dist/cli.js']
  await whenChanged('build', { inputs, outputs }, async () => {
    await run('build the package', [process.execPath, join('node_modules', 'tsdown', 'dist', 'run.mjs')])
  })
  linkCommand()
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

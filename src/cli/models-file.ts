import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EnvelopeConfigError } from '../errors.js'
import { readModule } from '../generator/read-module.js'
import type { ModelMap } from '../schema/model-map.js'

/** Where generated modules are, relative to the application's folder: the documented places, and the default one. */
export const conventionalFolders = ['src/generated/encryption', 'generated/encryption', 'app/generated/encryption']

/**
 * The model map of the generated module at `path` (a folder or a file), or at one of the conventional places. The
 * module is read, not run. Throws `ENVELOPE_CONFIG_INVALID`.
 */
export async function loadModels(cwd: string, path: string | undefined): Promise<ModelMap> {
  const file = path === undefined ? await findModule(cwd) : await moduleAt(cwd, path)
  if (file !== undefined) return readModule(await readFile(resolve(cwd, file), 'utf8'), file)
  throw invalid(
    path === undefined
      ? `There is no generated module at ${conventionalFolders.join(', ')}. Say where it is with \`--models <path>\`: the \`output\` of the generator \`prisma-envelope\`, after \`prisma generate\`.`
      : `There is no generated module at ${path}. Give \`--models\` the \`output\` of the generator \`prisma-envelope\`, after \`prisma generate\`.`,
  )
}

async function findModule(cwd: string): Promise<string | undefined> {
  const found: string[] = []
  for (const folder of conventionalFolders) {
    const file = await moduleAt(cwd, folder)
    if (file !== undefined) found.push(file)
  }
  if (found.length > 1) {
    throw invalid(`There are several generated modules: ${found.join(', ')}. Say which with \`--models <path>\`.`)
  }
  return found[0]
}

/** The file itself, or the module in the folder. */
async function moduleAt(cwd: string, path: string): Promise<string | undefined> {
  for (const file of [path, join(path, 'index.ts'), join(path, 'index.js')]) {
    if (await isFile(resolve(cwd, file))) return file
  }
  return undefined
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true
}

function invalid(message: string): EnvelopeConfigError {
  return new EnvelopeConfigError('ENVELOPE_CONFIG_INVALID', message)
}
